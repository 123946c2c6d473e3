import { afterAll, beforeAll, expect, test } from 'vitest';
import { derive } from '../../../lib/ids.ts';
import type { PayoutSchedule } from '../../../lib/payouts/schedule.ts';
import { programs } from '../../../lib/store/programs.ts';
import { FRESH, type JobsGround, jobsGround, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let draftDue: Step;
beforeAll(async () => {
  ground = await jobsGround();
  draftDue = (await import('../../../functions/jobs/draft-due-payouts.ts')).handler as Step;
});
afterAll(() => ground.stop());

async function given(name: string, timeZone: string, schedule: PayoutSchedule, since: string): Promise<GivenProgram> {
  const program = await givenProgram(ground, name, { timeZone });
  const store = programs(ground.engine.client, ground.tables.core);
  const { brandId } = program;
  const person = { brandId, person: 'mia@shop.example', keyId: 'key_0', action: 'updateProgram', target: 'a program' };
  const entry = () => ({ ...person, auditId: derive('audit', name), at: since });
  const to = (stored: object) => ({ ...stored, payoutSchedule: schedule, payoutScheduleSince: since }) as never;
  await store.update(brandId, program.programId, to, entry);
  return program;
}
const draft = (program: GivenProgram, asOf: string) => draftDue({ brandId: program.brandId, asOf }, FRESH);
/** As-of times of the runs that were started for a program. */
const drafted = ({ programId }: GivenProgram) =>
  Object.values(ground.started('draft-payout'))
    .filter((input) => input.programId === programId)
    .map(({ asOf, madeBy }) => [asOf, madeBy])
    .sort();

test('a run is drafted as of the beginning of its day in the program’s time zone, once however often it is asked', async () => {
  const auckland = await given('monthly', 'Pacific/Auckland', { every: 'month', day: 1 }, '2026-02-10T00:00:00.000Z');
  // The first of April begins in Auckland at 11:00 UTC of the day before.
  expect(await draft(auckland, '2026-03-31T10:59:59.000Z')).toMatchObject({ tally: { programs: 1, started: 0 } });
  expect(await draft(auckland, '2026-03-31T11:00:00.000Z')).toMatchObject({ tally: { started: 1 } });
  expect(await draft(auckland, '2026-04-01T05:00:00.000Z')).toMatchObject({ tally: { started: 0, alreadyThere: 1 } });
  expect(drafted(auckland)).toEqual([['2026-03-31T11:00:00.000Z', 'system:payout-schedule']]);
});

test('days on which nothing ran are caught up with, through a change of clocks', async () => {
  const chicago = await given('daily', 'America/Chicago', { every: 'day' }, '2026-01-01T00:00:00.000Z');
  await draft(chicago, '2026-03-07T05:00:00.000Z');
  await draft(chicago, '2026-03-10T05:00:00.000Z');
  // Midnight is 06:00 UTC until the clocks go forward on the eighth, then 05:00.
  expect(
    drafted(chicago)
      .slice(-5)
      .map(([asOf]) => asOf),
  ).toEqual([
    '2026-03-06T06:00:00.000Z',
    '2026-03-07T06:00:00.000Z',
    '2026-03-08T06:00:00.000Z',
    '2026-03-09T05:00:00.000Z',
    '2026-03-10T05:00:00.000Z',
  ]);
});

test('no run is drafted for a day before the schedule was set, nor without one', async () => {
  const weekly = await given('weekly', 'UTC', { every: 'day' }, '2026-03-05T12:00:00.000Z');
  await draft(weekly, '2026-03-06T05:00:00.000Z');
  expect(drafted(weekly).map(([asOf]) => asOf)).toEqual(['2026-03-05T00:00:00.000Z', '2026-03-06T00:00:00.000Z']);
  const none = await givenProgram(ground, 'by hand');
  expect(await draft(none, '2026-03-06T05:00:00.000Z')).toMatchObject({ tally: { programs: 1, started: 0 } });
});
