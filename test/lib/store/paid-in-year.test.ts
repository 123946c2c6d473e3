import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditChain } from '../../../lib/ledger/audit.ts';
import type { Account, Journal } from '../../../lib/ledger/journal.ts';
import type { Command } from '../../../lib/ledger/movement.ts';
import { post } from '../../../lib/ledger/post.ts';
import { paidInYear } from '../../../lib/store/paid-in-year.ts';
import type { Paid } from '../../../lib/tax/partner-year.ts';
import { anyChainOverNewYear, KEY, line } from '../../support/ledgers.ts';

/** A ledger that holds one chain and counts what is read of it. */
function holding(journals: readonly Journal[]) {
  const read = { count: 0 };
  const journal = async (_: unknown, sequence: number) => {
    read.count += 1;
    return journals[sequence - 1];
  };
  return { ledger: { head: async () => journals.at(-1), journal }, read };
}

/** What was paid in a year of UTC by hand: every payment of it, one by one, unless it came back, whenever. */
function addedUp(journals: readonly Journal[], year: number) {
  const undone = new Set(journals.flatMap(({ kind, corrects }) => (kind === 'bounce' ? [corrects] : [])));
  const payments = journals
    .filter(({ kind, at, journalId }) => kind === 'settle' && at.startsWith(`${year}-`) && !undone.has(journalId))
    .flatMap(({ entries }) => entries);
  const moved = (account: Account) =>
    payments.reduce((sum, entry) => (entry.account === account ? sum + entry.cents : sum), 0);
  return { paidCents: moved('paid') + moved('withheld'), withheldCents: moved('withheld') };
}
const paidIn = (journals: readonly Journal[], year: number, timeZone = 'UTC') =>
  paidInYear(holding(journals).ledger, KEY, { year, timeZone }, journals.at(-1));

test('nothing was paid on a chain that is not there', async () => {
  expect(await paidIn([], 2026)).toEqual({ paidCents: 0, withheldCents: 0, byRail: {} });
});

test('law: it is the sum of the payments of the year that did not come back, whenever others did', async () => {
  let withheld = 0;
  let unnamed = 0;
  let late = 0;
  await fc.assert(
    fc.asyncProperty(anyChainOverNewYear, async (journals) => {
      expect(auditChain(journals, 'UTC')).toEqual([]);
      const { ledger, read } = holding(journals);
      const all: Paid[] = [];
      for (const year of [2025, 2026]) {
        read.count = 0;
        const paid = await paidInYear(ledger, KEY, { year, timeZone: 'UTC' }, journals.at(-1));
        const { byRail, ...found } = paid;
        expect(found).toEqual(addedUp(journals, year));
        expect(read.count).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(journals.length + 1)));
        for (const cents of Object.values(byRail)) expect(cents).toBeGreaterThan(0);
        all.push(paid);
      }
      const { balances, paidBy = {} } = journals.at(-1)?.after ?? { balances: {} as Partial<Record<Account, number>> };
      const sum = (of: (paid: Paid) => number) => all.reduce((total, paid) => total + of(paid), 0);
      expect(sum(({ withheldCents }) => withheldCents)).toBe(balances.withheld ?? 0);
      expect(sum(({ paidCents }) => paidCents)).toBe((balances.paid ?? 0) + (balances.withheld ?? 0));
      for (const rail of ['nacha', 'external']) expect(sum(({ byRail }) => byRail[rail] ?? 0)).toBe(paidBy[rail] ?? 0);
      withheld += balances.withheld ?? 0;
      if ((balances.paid ?? 0) > 0 && Object.keys(paidBy).length === 0) unnamed += 1;
      if (journals.some(({ kind, at, paidOn }) => kind === 'bounce' && at.slice(0, 4) !== paidOn?.slice(0, 4)))
        late += 1;
    }),
    { numRuns: 300 },
  );
  // The stories do pay, with tax withheld, some by a rail that nobody noted, and some payments came back in the year after.
  for (const many of [withheld, unnamed, late]) expect(many).toBeGreaterThan(0);
});

describe('given a payment made at 23:30 on December 31 in New York, which is January in UTC', () => {
  const timeZone = 'America/New_York';
  const paidAt = '2026-01-01T04:30:00.000Z';
  const item = { itemId: 'itm_1', cents: 60_000, withheldCents: 14_400 };
  const how = { ...item, rail: 'nacha' };
  const today = '2025-12-31';
  const posted = (journals: readonly Journal[], command: Command, at: string) => [
    ...journals,
    post(journals.at(-1), KEY, command, { at, recordedAt: at, actor: 'test' })!,
  ];
  const paid = [
    { kind: 'accrual', lines: [line(60_000, { matures: '2025-12-01' })], today },
    { kind: 'reserve', ...item },
    { kind: 'settle', ...how },
  ].reduce<Journal[]>((journals, command) => posted(journals, command as Command, paidAt), []);
  const { journalId: corrects } = paid[2]!;
  const back = (paidOn?: string) =>
    posted(paid, { ...how, kind: 'bounce', why: 'R02', corrects, paidOn }, '2026-02-02T12:00:00.000Z');
  const nothing = { paidCents: 0, withheldCents: 0, byRail: {} };
  const all = { paidCents: 60_000, withheldCents: 14_400, byRail: { nacha: 60_000 } };

  test('when it stays, then it is of the old year there', async () => {
    expect([await paidIn(paid, 2025, timeZone), await paidIn(paid, 2026, timeZone)]).toEqual([all, nothing]);
    expect([await paidIn(paid, 2025), await paidIn(paid, 2026)]).toEqual([nothing, all]);
  });

  test('when it comes back in February, then the old year is without it and the new one is not below zero', async () => {
    const chain = back('2025-12-31');
    expect([await paidIn(chain, 2025, timeZone), await paidIn(chain, 2026, timeZone)]).toEqual([nothing, nothing]);
    expect(chain.at(-1)!.after).toMatchObject({
      balances: { paid: 0, payable: 60_000 },
      cameBack: { 2025: { cents: 60_000, withheld: 14_400, byRail: { nacha: 60_000 } } },
    });
    expect(auditChain(chain, timeZone)).toEqual([]);
    expect(auditChain(chain, 'UTC')).toMatchObject([
      { law: 'undone-in-its-year', found: expect.stringMatching(/2026-01-01$/) },
    ]);
  });

  test('when the ledger is read as it stood before, then the payment is there', async () => {
    const { ledger } = holding(back('2025-12-31'));
    expect(await paidInYear(ledger, KEY, { year: 2025, timeZone }, paid.at(-1))).toEqual(all);
  });

  test('when it came back before days were kept, then it lowers the year in which it did, as it was told then', async () => {
    const less = { paidCents: -60_000, withheldCents: -14_400, byRail: { nacha: -60_000 } };
    expect([await paidIn(back(), 2025, timeZone), await paidIn(back(), 2026, timeZone)]).toEqual([all, less]);
    expect(auditChain(back(), timeZone)).toEqual([]);
  });
});
