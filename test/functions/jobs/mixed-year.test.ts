import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { atOnce } from '../../../lib/at-once.ts';
import { type FilingSteps, file1099, filingSteps } from '../../support/filing.ts';
import { type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import {
  MIXED_AS_OF,
  MIXED_YEAR,
  type MixedPayee,
  mixedPayees,
  readYear,
  readyToFile,
  storeMixed,
} from '../../support/mixed-payees.ts';
import { payeesOn } from '../../support/payees.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type ReadReturn, sumOf } from '../../support/return-readers.ts';

const COUNT = 180;

let ground: JobsGround;
let steps: FilingSteps;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await filingSteps();
});
afterAll(() => ground.stop());
afterEach(() => vi.useRealTimers());

/** A year that is over, with every kind of payee in it. */
async function given(name: string, count: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(MIXED_AS_OF) });
  const program = await givenProgram(ground, name);
  await readyToFile(ground, payeesOn(ground), program);
  const payees = mixedPayees(count);
  const ids = await storeMixed(ground, program, payees);
  return { program, payees, ids, order: { brandId: program.brandId, year: MIXED_YEAR, asOf: MIXED_AS_OF } };
}

/** What went out of the ledgers of some partners, journal by journal. */
async function ledgerOf(program: GivenProgram, ids: readonly string[]) {
  const entries = (await atOnce(16, ids, program.chain)).flat().flatMap((journal) => journal.entries);
  const sum = (account: string) =>
    entries.filter((one) => one.account === account).reduce((total, { cents }) => total + cents, 0);
  return { compensationCents: sum('paid') + sum('withheld'), withheldCents: sum('withheld') };
}

const short = ({ account, tin, compensationCents, withheldCents }: ReadReturn) =>
  `${account} ${tin} ${compensationCents} ${withheldCents}`;

test('a year of every kind of payee: files of at most 100, each decision as worked out by hand, sums to the cent', async () => {
  const { program, payees, ids, order } = await given('mixed year', COUNT);
  const { made, summary } = await file1099(steps, order);

  const { irs, colorado } = readYear(ground, program);
  expect(made).toEqual([...irs, ...colorado].map((_, place) => place + 1));
  for (const one of [...irs, ...colorado]) expect(one.length).toBeLessThanOrEqual(100);
  const chosen = (which: (payee: MixedPayee) => boolean) => payees.flatMap((one, place) => (which(one) ? [place] : []));
  const expected = (places: readonly number[]) =>
    places.map(
      (place) => `${ids[place]} ${payees[place]!.tin} ${payees[place]!.cents} ${payees[place]!.withheldCents ?? 0}`,
    );
  const [dueAtIrs, dueInColorado] = [chosen(({ irs: is }) => is), chosen(({ colorado: is }) => is)];
  expect(irs.flat().map(short).sort()).toEqual(expected(dueAtIrs).sort());
  expect(colorado.flat().map(short).sort()).toEqual(expected(dueInColorado).sort());

  const idsAt = (places: readonly number[]) => places.map((place) => ids[place]!);
  expect(sumOf(irs.flat())).toEqual({ records: dueAtIrs.length, ...(await ledgerOf(program, idsAt(dueAtIrs))) });
  expect(sumOf(colorado.flat())).toMatchObject(await ledgerOf(program, idsAt(dueInColorado)));
  const blocked = await ledgerOf(program, idsAt(chosen(({ blocked: is }) => is === true)));
  const providers = await ledgerOf(program, idsAt(chosen(({ rail }) => rail === 'paypal')));
  const everything = await ledgerOf(program, ids);
  expect(summary).toMatchObject({
    payees: COUNT,
    grossCents: everything.compensationCents - providers.compensationCents,
    reportedByProviderCents: providers.compensationCents,
    form945Cents: everything.withheldCents,
    filed: { payees: dueAtIrs.length, cents: sumOf(irs.flat()).compensationCents },
    blocked: { cents: blocked.compensationCents },
    due: { payees: 0, cents: 0 },
    changed: { payees: 0, cents: 0 },
  });
  for (const mode of ['original', 'corrected']) expect((await file1099(steps, { ...order, mode })).made).toEqual([]);
}, 120_000);
