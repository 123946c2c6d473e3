import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditChain } from '../../lib/ledger/audit.ts';
import { everyPage, until } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { operator } from '../support/cut-off.ts';
import { chains, journals, month, positions } from '../support/month.ts';
import { type Shop, shop } from '../support/shop.ts';

let ground: Booted;
let ops: ReturnType<typeof operator>;
beforeAll(async () => {
  ground = await booted();
  ops = operator(ground);
});
afterAll(async () => {
  ops?.close();
  await ground?.close();
});

const END = '2026-04-01T12:00:00.000Z';

type Step = (workflow: string, input: object) => Promise<number>;

const wholeStep: Step = async (workflow, input) => {
  expect(await ops.run(workflow, input)).toBe('SUCCEEDED');
  return 0;
};
const cutOffStep: Step = async (workflow, input) => {
  const { cut, ended } = await ops.cutAgainAndAgain(workflow, input);
  expect(ended).toBe('SUCCEEDED');
  return cut;
};

/** Settles, releases, drafts, approves, pays and confirms a program's month, each workflow run as `step` runs it. */
async function close({ programId }: Shop, step: Step): Promise<Record<string, number>> {
  const { brandId } = ground.credentials;
  const { finance, approver } = ground.people;
  const cuts: Record<string, number> = {};
  const go = async (workflow: string, input: object) => {
    cuts[workflow] = await step(workflow, { brandId, ...input });
  };
  await go('settle-conversions', { programId, asOf: END });
  await go('release-commissions', { programId, asOf: END });
  await go('draft-payout', { programId, asOf: END, madeBy: 'finance@brand.example' });
  const [drafted] = await everyPage<{ runId: string; fileHash: string }>(finance, `/v1/payouts?programId=${programId}`);
  const { runId, fileHash } = drafted!;
  await approver.call('POST', `/v1/payouts/${runId}/approval`, { body: { hash: fileHash }, at: END });
  // The approval starts a run of its own; it is left to itself or cut like the others.
  if (step === cutOffStep) await ops.stopAll('pay-payout');
  await go('pay-payout', { runId });
  const items = () => everyPage<{ itemId: string; status: string }>(finance, `/v1/payouts/${runId}/items`);
  await until('sending', items, (all) => all.every(({ status }) => status !== 'reserved'));
  for (const { itemId } of await items())
    await finance.call('POST', `/v1/payouts/${runId}/items/${itemId}/confirmation`, { body: {}, at: END });
  await go('pay-payout', { runId });
  return cuts;
}

test('every workflow cut off in the middle, five times over, and run again comes to what one whole run comes to', async () => {
  const whole = await shop(ground, { policy: { model: 'position-based' } });
  const cutOff = await shop(ground, { policy: { model: 'position-based' } });
  const inOrder = async (sends: (() => Promise<unknown>)[]) => {
    for (const send of sends) await send();
  };
  const names = [await month(whole, inOrder), await month(cutOff, inOrder)] as const;
  // On a busy machine clicks go through the queue and are stored a moment later.
  await ground.laptop.idle(120_000);

  await close(whole, wholeStep);
  const cuts = await close(cutOff, cutOffStep);
  // A run that ended before it was cut proves nothing.
  for (const [workflow, cut] of Object.entries(cuts)) expect(cut, `${workflow} was cut off`).toBeGreaterThan(0);

  const [once, again] = [await journals(ground, whole.programId), await journals(ground, cutOff.programId)];
  expect(positions(again, names[1])).toEqual(positions(once, names[0]));
  for (const chain of chains(again)) expect(auditChain(chain)).toEqual([]);
  expect(chains(once).some((chain) => chain.at(-1)!.after.balances.paid > 0)).toBe(true);

  const told = async ({ programId }: Shop, people: ReadonlyMap<string, string>) => {
    const all = [...people].map(async ([partnerId, name]) => {
      const path = `/v1/programs/${programId}/partners/${partnerId}/statements`;
      const statements = await everyPage<{ closingCents: number; openingCents: number }>(ground.people.owner, path);
      return [name, statements.map(({ openingCents, closingCents }) => [openingCents, closingCents])] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  };
  const statements = await told(cutOff, names[1]);
  expect(statements).toEqual(await told(whole, names[0]));
  expect(Object.values(statements).flat().length).toBeGreaterThan(0);
});
