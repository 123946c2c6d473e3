import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Journal } from '../../../lib/ledger/journal.ts';
import { paidBetween } from '../../../lib/store/paid-between.ts';
import { epochMs, instant } from '../../../lib/time.ts';
import { anyChain, KEY } from '../../support/ledgers.ts';

/** A ledger that holds one chain and counts what is read of it. */
function holding(journals: readonly Journal[]) {
  const read = { count: 0 };
  const journal = async (_: unknown, sequence: number) => {
    read.count += 1;
    return journals[sequence - 1];
  };
  return { ledger: { head: async () => journals.at(-1), journal }, read };
}

/** The sum of what each journal moved into the account, added up one by one. */
const addedUp = (journals: readonly Journal[], from: string, to: string) =>
  journals
    .filter(({ at }) => from <= at && at < to)
    .flatMap(({ entries }) => entries)
    .reduce((sum, { account, cents }) => (account === 'paid' ? sum + cents : sum), 0);

test('nothing was paid on a chain that is not there', async () => {
  expect(await paidBetween(holding([]).ledger, KEY, { from: '2026', to: '2027' })).toBe(0);
});

test('law: it is the sum of the journals in between, wherever the ends lie, the first instant in and the last out', async () => {
  let paid = 0;
  await fc.assert(
    fc.asyncProperty(anyChain, fc.nat(), fc.nat(), fc.constantFrom(-1, 0, 1), async (journals, a, b, shift) => {
      const times = journals.map(({ at }) => epochMs(at));
      const ends = [a, b].map((n) => instant((times[n % Math.max(1, times.length)] ?? 0) + shift)).sort();
      const [from, to] = [ends[0]!, ends[1]!];
      const { ledger, read } = holding(journals);
      const found = await paidBetween(ledger, KEY, { from, to });
      expect(found).toBe(addedUp(journals, from, to));
      expect(read.count).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(journals.length + 1)));
      paid += found;
      const all = await paidBetween(ledger, KEY, { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' });
      expect(all).toBe(journals.at(-1)?.after.balances.paid ?? 0);
    }),
  );
  // The stories do pay.
  expect(paid).toBeGreaterThan(0);
});
