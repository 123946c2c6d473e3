import { describe, expect, test } from 'vitest';
import type { PlanVersion } from '../../../lib/commission/plan.ts';
import type { AccrualLine } from '../../../lib/ledger/journal.ts';
import {
  accountOf,
  differingPayees,
  jumpOf,
  lineFindings,
  sharedAccounts,
  vanished,
} from '../../../lib/payouts/findings.ts';
import { item, percentRule, plan } from '../../support/orders.ts';
import { PartnerAccount } from '../../support/partner-account.ts';

const PTR = 'ptr_0000000000000ann';

describe('a jump', () => {
  test.each([
    ['three times the median is none', 90_000, [30_000, 30_000, 30_000], false],
    ['a cent more is one', 90_001, [30_000, 30_000, 30_000], true],
    ['of an even number the middle two count', 90_001, [10_000, 20_000, 40_000, 50_000], true],
    ['one large payment before hides none', 90_001, [30_000, 30_000, 900_000], true],
    ['one earlier payment says nothing of what is usual', 900_000, [1_000], false],
    ['nor does none', 900_000, [], false],
    ['ten times little is little: less than 100.00 more', 10_900, [1_000, 1_000], false],
    ['from 100.00 more on it is told', 11_000, [1_000, 1_000], true],
    ['less than usual is none', 10, [90_000, 90_000], false],
  ])('%s', (_, amountCents, earlier, told) => {
    expect(jumpOf(PTR, amountCents, earlier, 'USD') !== undefined).toBe(told);
  });

  test('names its figures', () => {
    expect(jumpOf(PTR, 123_450, [30_000, 20_000, 25_000], 'USD')).toEqual({
      findingId: `jump:${PTR}`,
      kind: 'jump',
      severity: 'notable',
      partnerIds: [PTR],
      words: '1,234.50 USD is 4.9 times the 250.00 USD that is usual: the median of the last 3 payments.',
      figures: { amountCents: 123_450, usualCents: 25_000, payments: 3 },
    });
  });
});

describe('the lines of a payment', () => {
  const [line] = new PartnerAccount().order('1001', '2026-03-02T09:00:00.000Z', [item(10_000)]).journals[0]!.lines as [
    AccrualLine,
  ];
  const version = (number: number, effectiveFrom: string): PlanVersion => ({
    ...plan([percentRule('base', 500)]),
    version: number,
    effectiveFrom,
  });
  const plans = [version(1, '2026-01-01T00:00:00.000Z'), version(2, '2026-03-01T00:00:00.000Z')];
  const settledBy = (planVersion: number) => ({ settled: { at: '', policyVersion: 1, planVersion } });
  const numbered = (lines: readonly AccrualLine[]) => lines.map((one, place) => ({ ...one, sequence: place + 1 }));
  const check = (lines: readonly AccrualLine[], source: ReturnType<typeof settledBy> | undefined, amountCents = 500) =>
    lineFindings({
      partnerId: PTR,
      currency: 'USD',
      paid: { lines: numbered(lines), amountCents, explainedCents: 500 },
      source: () => source,
      plans,
    }).map(({ kind, words, severity }) => [kind, severity, words]);

  test('without a fault have no finding', () => {
    expect(check([{ ...line, planVersion: 2 }], settledBy(2))).toEqual([]);
  });
  test('without a stored conversion are named, five at most', () => {
    const many = Array.from({ length: 7 }, (_, n) => ({ ...line, planVersion: 2, orderId: `${n}` }));
    const words = 'No conversion is stored for sale 0, sale 1, sale 2, sale 3, sale 4 and 2 more.';
    expect(check(many, undefined)).toEqual([['no-source', 'severe', words]]);
  });
  test('of orders that look like another one are told, unless they earn nothing any more', () => {
    const twice = { ...line, planVersion: 2, flags: [{ flag: 'duplicate-suspect', withinMinutes: 10 }] } as const;
    const words = 'Looks like another order made shortly before it, and earns all the same: sale 1001.';
    expect(check([twice], settledBy(2))).toEqual([['duplicate-order', 'notable', words]]);
    const cancelled = { ...twice, reason: 'cancelled', cents: -500, totalCents: 0 } as const;
    expect(check([twice, cancelled], settledBy(2))).toEqual([]);
  });
  test('by a version that was not in force on the day of the order are told', () => {
    expect(check([{ ...line, planVersion: 1 }], settledBy(1))).toEqual([
      [
        'rate-not-in-force',
        'severe',
        'Counted with a version of the plan that was not in force when the order was made: sale 1001.',
      ],
    ]);
  });
  test('that a later line of the order put right are not', () => {
    expect(check([line, { ...line, planVersion: 2, reason: 'recomputed' }], settledBy(2))).toEqual([]);
  });
  test('that the version in force priced again without a difference are not', () => {
    expect(check([{ ...line, planVersion: 1 }], settledBy(2))).toEqual([]);
  });
  test('that do not make the amount are told, with both', () => {
    expect(check([{ ...line, planVersion: 2 }], settledBy(2), 700)).toEqual([
      ['unexplained', 'severe', '7.00 USD is paid, but its lines make 5.00 USD.'],
    ]);
  });
});

test('payees who share an account are one finding for each account, whatever their order', () => {
  const payees = [
    { partnerId: 'ptr_c', account: 'X', cents: 100 },
    { partnerId: 'ptr_a', account: 'X', cents: 200 },
    { partnerId: 'ptr_b', account: 'Y', cents: 400 },
  ];
  const [only, ...more] = sharedAccounts(payees, 'USD');
  expect(more).toEqual([]);
  expect(only).toMatchObject({
    findingId: 'shared-account:ptr_a',
    severity: 'severe',
    partnerIds: ['ptr_a', 'ptr_c'],
    words: '2 payees are paid to the same account, 3.00 USD together.',
  });
  expect(sharedAccounts([...payees].reverse(), 'USD')).toEqual([only]);
  expect(JSON.stringify(only)).not.toContain('"X"');
});

test.each([
  [
    'an IBAN of the United Kingdom and its sort code',
    { accountNumber: 'GB29NWBK60161331926819' },
    { bankCode: '601613', accountNumber: '31926819' },
  ],
  ['capitals of an address', { accountNumber: 'Mara@Notes.example' }, { accountNumber: 'mara@notes.example' }],
])('%s are one account', (_, one, other) => {
  expect(accountOf(one)).toBe(accountOf(other));
  expect(accountOf(one)).not.toBe(accountOf({ ...other, accountNumber: `9${other.accountNumber.slice(1)}` }));
});

test('who vanished is told with what is payable', () => {
  expect(vanished(PTR, 3_100, 'USD')).toMatchObject({
    kind: 'vanished',
    severity: 'severe',
    figures: { payableCents: 3_100 },
  });
});

const paid = (amounts: Readonly<Record<string, number | readonly [cents: number, withheldCents: number]>>) =>
  new Map(
    Object.entries(amounts).map(([partnerId, amount]) => {
      const [cents, withheldCents] = typeof amount === 'number' ? [amount, 0] : amount;
      return [partnerId, { cents, withheldCents }];
    }),
  );

test('the payees that differ most come first, ten at most, newcomers and leavers too', () => {
  const now = paid({ ptr_new: 500, ptr_same: 100, ptr_up: 300 });
  const before = paid({ ptr_gone: 900, ptr_same: 100, ptr_up: 100 });
  expect(differingPayees(now, before)).toEqual([
    { partnerId: 'ptr_gone', cents: 0, previousCents: 900 },
    { partnerId: 'ptr_new', cents: 500, previousCents: 0 },
    { partnerId: 'ptr_up', cents: 300, previousCents: 100 },
  ]);
  const many = paid(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`ptr_${n}`, n + 1])));
  expect(differingPayees(many, new Map()).map(({ cents }) => cents)).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21]);
});

test('payments are compared before tax: who only has tax withheld now comes after all whose payment differs', () => {
  const now = paid({ ptr_taxed: [760, 240], ptr_up: 101, ptr_same: [76, 24] });
  const before = paid({ ptr_taxed: 1_000, ptr_up: 100, ptr_same: [76, 24] });
  expect(differingPayees(now, before)).toEqual([
    { partnerId: 'ptr_up', cents: 101, previousCents: 100 },
    { partnerId: 'ptr_taxed', cents: 760, previousCents: 1_000, withheldCents: 240 },
  ]);
});
