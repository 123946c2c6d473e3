import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileYear } from '../../../lib/store/file-year.ts';
import type { StoredFiler } from '../../../lib/store/tax-filers.ts';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { taxYear } from '../../../lib/tax/tax-year.ts';
import { assess } from '../../../lib/tax/year-end/assess.ts';
import type { Filed, Mode } from '../../../lib/tax/year-end/filing.ts';
import { knownHeader } from '../../../lib/tax/year-end/iris-header.ts';
import type { FilingPlace } from '../../../lib/tax/year-end/order.ts';
import type { Submission } from '../../../lib/tax/year-end/submission.ts';

const AT = '2027-01-12T10:00:00.000Z';
const of = { brandId: 'brd_a', year: 2026 };
const W9: TaxFormOnFile = {
  ...{ version: 1, form: 'w9', duty: 'report', why: 'Reported.', tinType: 'ssn', tinLast4: '6789' },
  ...{ signedOn: '2026-01-02', receivedAt: AT, warnings: [], notices: [] },
};
const LEAVES = {
  ...{ 'person.first': 'Mara', 'person.last': 'Lindt', 'tin.box': 'ssn', 'tin.number': '123-45-6789' },
  ...{ 'address.line1': '12 Ridge Road', 'address.city': 'Austin', 'address.state': 'TX', 'address.zip': '78701' },
};

/** A brand's year in memory: payees with so many dollars in their states, in the order of their ids. */
function year(given: readonly (readonly [state: string, dollars: number])[]) {
  const payees = given.map(([state, dollars], place) => ({
    partnerId: `ptr_${String(place).padStart(6, '0')}`,
    assessment: assess(
      taxYear(2026),
      { ...W9, state },
      [{ programId: 'p', currency: 'USD', paidCents: dollars * 100, withheldCents: 0, byRail: {} }],
      { reporting: {} },
    ),
    at: AT,
    filed: [] as Filed[],
  }));
  const submissions: Submission[] = [];
  const did = { stretches: 0, read: 0 };
  let looks = 0;
  const stores = {
    returns: {
      stretch: async (_: object, { after, limit }: { readonly after?: string | undefined; readonly limit: number }) => {
        const from = after === undefined ? 0 : payees.findIndex(({ partnerId }) => partnerId === after) + 1;
        const found = payees.slice(from, from + limit).map((one) => ({ ...one, filed: [...one.filed] }));
        did.stretches += 1;
        did.read += found.length;
        const last = from + limit < payees.length ? found.at(-1) : undefined;
        return { payees: found, ...(last && { after: last.partnerId }) };
      },
      file: async (submission: Submission) => {
        expect(submission.number).toBe(submissions.length + 1);
        submissions.push(submission);
        for (const record of submission.records) {
          const payee = payees.find(({ partnerId }) => partnerId === record.partnerId)!;
          expect(payee.filed.some((one) => one.destination === submission.destination)).toBe(false);
          payee.filed.push({ ...record, destination: submission.destination, submission: submission.number });
        }
        return true;
      },
      putPayee: async () => {},
    },
    filers: {
      header: async () => ({ ...knownHeader(2025)!, brandId: 'brd_a', year: '2026', changedAt: AT, revision: 1 }),
    },
    vault: { read: async () => LEAVES },
  };
  const filer = { profile: { combinedStates: ['WI'] }, revision: 1 } as unknown as StoredFiler;
  return {
    did,
    submissions,
    /** Files all; a call's time is over at every so-manieth look at the clock. */
    async file(mode: Mode, patience: number) {
      let place: FilingPlace = { pass: 0, first: 1, next: submissions.length + 1, states: [] };
      for (let calls = 1; ; calls += 1) {
        looks = 0;
        const enough = () => ++looks < patience;
        const reached = await fileYear({ of, mode, at: AT, filer, stores, write: async () => {}, enough }, place);
        place = JSON.parse(JSON.stringify(reached.place));
        expect(JSON.stringify(place).length).toBeLessThan(300);
        if (!reached.cutOff) return calls;
      }
    },
  };
}

const STATES = ['TX', 'CO', 'WI', 'MS'] as const;
const mixed = (count: number) =>
  Array.from({ length: count }, (_, place) => [STATES[place % 4]!, (place * 37) % 4_000] as const);
const filedIn = ({ submissions }: ReturnType<typeof year>) =>
  submissions.map(({ destination, records }) => `${destination} ${records.map(({ partnerId }) => partnerId)}`);

test('a year that is cut off anywhere comes to the same submissions as one that is not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 1_300 }), async (patience, count) => {
      const [whole, parts] = [year(mixed(count)), year(mixed(count))];
      await whole.file('original', Number.POSITIVE_INFINITY);
      await parts.file('original', patience);
      expect(filedIn(parts)).toEqual(filedIn(whole));
      for (const mode of ['original', 'corrected'] as const) await parts.file(mode, Number.POSITIVE_INFINITY);
      expect(filedIn(parts)).toEqual(filedIn(whole));
    }),
    { numRuns: 15 },
  );
});

test('reads grow with payees: once for the IRS and once for each state with a file of its own, however many submissions', async () => {
  const readsOf = async (count: number) => {
    const one = year(mixed(count));
    await one.file('original', Number.POSITIVE_INFINITY);
    return { submissions: one.submissions.length, ...one.did };
  };
  const [small, large] = [await readsOf(1_000), await readsOf(10_000)];
  expect(small.read).toBe(3 * 1_000);
  expect(large.read).toBe(3 * 10_000);
  expect(large.stretches).toBe(3 * 20);
  expect(large.submissions).toBeGreaterThan(8 * small.submissions);
});

test('a call that is cut off at every submission reads no more than two stretches again', async () => {
  const one = year(mixed(3_000));
  const calls = await one.file('original', 2);
  expect(calls).toBeGreaterThan(one.submissions.length - 2);
  expect(one.did.read).toBeLessThan(3 * 3_000 + calls * 2 * 500);
});
