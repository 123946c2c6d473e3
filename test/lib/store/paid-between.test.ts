import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Account, Journal } from '../../../lib/ledger/journal.ts';
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

/** What each journal moved, added up one by one. */
function addedUp(journals: readonly Journal[], from: string, to: string) {
  const moved = (account: Account) =>
    journals
      .filter(({ at }) => from <= at && at < to)
      .flatMap(({ entries }) => entries)
      .reduce((sum, entry) => (entry.account === account ? sum + entry.cents : sum), 0);
  return { paidCents: moved('paid') + moved('withheld'), withheldCents: moved('withheld') };
}

test('nothing was paid on a chain that is not there', async () => {
  expect(await paidBetween(holding([]).ledger, KEY, { from: '2026', to: '2027' })).toEqual({
    paidCents: 0,
    withheldCents: 0,
    byRail: {},
  });
});

test('law: it is the sum of the journals in between, wherever the ends lie, the first instant in and the last out', async () => {
  let withheld = 0;
  let unnamed = 0;
  await fc.assert(
    fc.asyncProperty(anyChain, fc.nat(), fc.nat(), fc.constantFrom(-1, 0, 1), async (journals, a, b, shift) => {
      const times = journals.map(({ at }) => epochMs(at));
      const ends = [a, b].map((n) => instant((times[n % Math.max(1, times.length)] ?? 0) + shift)).sort();
      const [from, to] = [ends[0]!, ends[1]!];
      const { ledger, read } = holding(journals);
      const { byRail, ...found } = await paidBetween(ledger, KEY, { from, to });
      expect(found).toEqual(addedUp(journals, from, to));
      expect(read.count).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(journals.length + 1)));
      const all = await paidBetween(ledger, KEY, { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' });
      const last = journals.at(-1)?.after;
      expect(all).toMatchObject({ withheldCents: last?.balances.withheld ?? 0, byRail: last?.paidBy ?? {} });
      withheld += all.withheldCents;
      if (all.paidCents > 0 && Object.keys(all.byRail).length === 0) unnamed += 1;
      for (const cents of Object.values(byRail)) expect(cents).not.toBe(0);
    }),
  );
  // The stories do pay, with tax withheld, and some by a rail that nobody noted.
  expect(withheld).toBeGreaterThan(0);
  expect(unnamed).toBeGreaterThan(0);
});
