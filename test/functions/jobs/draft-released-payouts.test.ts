import { afterAll, beforeAll, expect, test } from 'vitest';
import { derive } from '../../../lib/ids.ts';
import type { PayoutSchedule } from '../../../lib/payouts/schedule.ts';
import { programs } from '../../../lib/store/programs.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { fanOut, type JobsGround, jobsGround, SPENT, type Step, untilDone } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram, type ProgramOptions } from '../../support/program.ts';

/** Ten percent, payable after 30 days unless a test says otherwise. */
let ground: JobsGround;
let planSettlement: Step;
let settleShard: Step;
let planRelease: Step;
let releaseShard: Step;
let draftReleased: Step;
beforeAll(async () => {
  ground = await jobsGround();
  planSettlement = (await import('../../../functions/jobs/plan-settlement.ts')).handler as Step;
  settleShard = (await import('../../../functions/jobs/settle-shard.ts')).handler as Step;
  planRelease = (await import('../../../functions/jobs/plan-release.ts')).handler as Step;
  releaseShard = (await import('../../../functions/jobs/release-shard.ts')).handler as Step;
  draftReleased = (await import('../../../functions/jobs/draft-released-payouts.ts')).handler as Step;
});
afterAll(() => ground.stop());

const ORDERED = '2026-03-10T10:00:00.000Z';
const BEFORE = '2026-04-08T02:15:00.000Z';
const AFTER = '2026-04-10T02:15:00.000Z';

async function given(name: string, over: ProgramOptions & { schedule?: PayoutSchedule } = {}) {
  const { schedule = { every: 'release' }, ...options } = over;
  const program = await givenProgram(ground, name, options);
  const { brandId, programId } = program;
  const told = { brandId, person: 'mia@shop.example', keyId: 'key_0', action: 'updateProgram', target: programId };
  const entry = () => ({ ...told, auditId: derive('audit', name), at: ORDERED });
  const to = (stored: object) => ({ ...stored, payoutSchedule: schedule }) as never;
  await programs(ground.engine.client, ground.tables.core).update(brandId, programId, to, entry);
  return program;
}

async function ordered(program: GivenProgram, partnerId: string, at = ORDERED) {
  const clickId = await program.click(partnerId, `v${partnerId.slice(-6)}`, at);
  await program.order(`o-${partnerId.slice(4)}-${at}`, at, { clickId });
  await fanOut(planSettlement, settleShard, { brandId: program.brandId, asOf: at });
}

/** The workflow release-commissions. */
async function release({ brandId }: { brandId: string }, asOf: string, over: object = {}, context?: typeof SPENT) {
  const { plan } = await fanOut(planRelease, releaseShard, { brandId, asOf, ...over });
  return plan.idle ? { idle: true } : untilDone(draftReleased, plan, context);
}
const drafted = ({ programId }: GivenProgram) =>
  Object.values(ground.started('draft-payout'))
    .filter((input) => input.programId === programId)
    .map(({ asOf, madeBy }) => [asOf, madeBy]);

test('what a release made payable is drafted as of the release, once however often it is run, and waits for a person', async () => {
  const program = await given('instant');
  await ordered(program, await program.partner('Ann'));
  expect(await release(program, BEFORE)).toMatchObject({ tally: { programs: 1, started: 0 } });
  expect(drafted(program)).toEqual([]);
  expect(await release(program, AFTER)).toMatchObject({ tally: { programs: 1, started: 1 }, cursor: null });
  expect(await release(program, AFTER)).toMatchObject({ tally: { started: 0, alreadyThere: 1 } });
  expect(drafted(program)).toEqual([[AFTER, 'system:payout-schedule']]);
});

test('commission without a hold is released and drafted as soon as it is settled, once for each settlement', async () => {
  // Given a program that holds nothing and pays after every release, one that holds nothing and pays monthly, and one with a hold.
  const program = await given('no hold', { payoutTerms: { holdDays: 0 } });
  const { brandId, programId } = program;
  const monthly = await given('no hold, monthly', {
    ...{ ofBrand: brandId, payoutTerms: { holdDays: 0 } },
    schedule: { every: 'month', day: 1 },
  });
  const held = await given('held', { ofBrand: brandId });
  const ann = await program.partner('Ann');
  const started = () =>
    Object.entries(ground.started('release-commissions')).filter(([name]) => name.startsWith(brandId));

  // When the daily release of the day is over, and an order of the day is settled after it.
  await release(program, '2026-03-10T02:15:00.000Z');
  await ordered(monthly, await monthly.partner('Mia'));
  await ordered(held, await held.partner('Hal'));
  await ordered(program, ann);
  expect(await program.balances(ann)).toEqual({ expense: -1_000, pending: 1_000 });

  // Then the settlement has started the release of that program alone, which pays and drafts.
  const input = { brandId, programId, asOf: ORDERED };
  expect(started()).toEqual([[`${brandId}-${programId}-20260310100000000`, input]]);
  await release(program, ORDERED, { programId });
  expect(await program.balances(ann)).toEqual({ expense: -1_000, payable: 1_000 });
  expect(drafted(program)).toEqual([[ORDERED, 'system:payout-schedule']]);

  // Settled again there is nothing to do, nor is anything started by a settlement that is only tried.
  const { plan } = await fanOut(planSettlement, settleShard, { brandId, asOf: ORDERED });
  expect(plan).toMatchObject({ idle: true, more: null });
  const next = '2026-03-10T10:05:00.000Z';
  await program.order('tried', next, { clickId: await program.click(ann, 'tried', next) });
  await fanOut(planSettlement, settleShard, { brandId, asOf: next, dryRun: true });
  expect(started()).toHaveLength(1);
});

test('nobody is drafted for who may not be paid, nor by a release that is only tried', async () => {
  const program = await given('nobody', { payoutTerms: { minimumCents: 100_000 } });
  await ordered(program, await program.partner('Ann'));
  expect(await release(program, AFTER)).toMatchObject({ tally: { programs: 1, started: 0 } });
  const tried = await given('tried');
  await ordered(tried, await tried.partner('Ann'));
  expect(await release(tried, AFTER, { dryRun: true })).toMatchObject({ tally: { programs: 0, started: 0 } });
  expect([...drafted(program), ...drafted(tried)]).toEqual([]);
});

test('whose payment waits for a tax form is drafted for once the brand withholds', async () => {
  const program = await given('withholds');
  await ordered(program, await program.partner('Ann', { taxFormOnFile: false, country: 'US' }));
  expect(await release(program, AFTER)).toMatchObject({ tally: { programs: 1, started: 0 } });
  const told = { brandId: program.brandId, person: 'mia@shop.example', keyId: 'key_0', action: 'setTaxSettings' };
  const entry = () => ({
    ...told,
    auditId: derive('audit', 'withholds', 'settings'),
    at: AFTER,
    target: 'tax-settings',
  });
  const chosen = TaxSettings.parse({ withholding: 'withhold' });
  await taxSettings(ground.engine.client, ground.tables.core).set(program.brandId, chosen, entry);
  expect(await release(program, AFTER)).toMatchObject({ tally: { programs: 1, started: 1 } });
});

test('other schedules are left alone, and a release with nothing to do for them stays idle', async () => {
  const program = await given('monthly', { schedule: { every: 'month', day: 1 } });
  await ordered(program, await program.partner('Ann'));
  expect(await release(program, AFTER)).toMatchObject({ tally: { programs: 0, started: 0 } });
  expect(await release(program, AFTER)).toEqual({ idle: true });
});

test('a call that is out of time goes on with the next program', async () => {
  const first = await given('first of two');
  await ordered(first, await first.partner('Ann'));
  const second = await given('second of two', { ofBrand: first.brandId });
  await ordered(second, await second.partner('Bob'));
  expect(await release(first, AFTER, {}, SPENT)).toMatchObject({ cursor: null, tally: { started: 1 } });
  expect([drafted(first), drafted(second)]).toEqual([
    [[AFTER, 'system:payout-schedule']],
    [[AFTER, 'system:payout-schedule']],
  ]);
});

test('one program’s release drafts no other’s run', async () => {
  const first = await given('only this');
  await ordered(first, await first.partner('Ann'));
  const other = await given('not that', { ofBrand: first.brandId });
  await ordered(other, await other.partner('Bob'));
  await release(first, AFTER, { programId: first.programId });
  expect(drafted(first)).toHaveLength(1);
  expect(drafted(other)).toEqual([]);
});
