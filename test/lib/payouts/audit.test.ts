import { describe, expect, test } from 'vitest';
import { auditRun } from '../../../lib/payouts/audit.ts';
import type { PayoutItem, PayoutRun } from '../../../lib/payouts/run.ts';
import { chain, KEY, line } from '../../support/ledgers.ts';
import { ANN, BOB } from '../../support/orders.ts';
import { payoutItem, run } from '../../support/payouts.ts';

const today = '2026-05-15';
const earned = { kind: 'accrual', today, lines: [line(1000)] } as const;
const journals = [
  ...chain([
    earned,
    { kind: 'reserve', itemId: 'itm_a', cents: 1000 },
    { kind: 'settle', itemId: 'itm_a', cents: 1000 },
  ]),
  ...chain(
    [
      earned,
      { kind: 'reserve', itemId: 'itm_b', cents: 700 },
      { kind: 'unreserve', itemId: 'itm_b', cents: 700, why: 'closed' },
    ],
    { ...KEY, partnerId: BOB },
  ),
];
const items = [
  payoutItem({ itemId: 'itm_a', partnerId: ANN, amountCents: 1000, status: 'settled' }),
  payoutItem({ itemId: 'itm_b', partnerId: BOB, amountCents: 700, status: 'failed' }),
];
const paid = run({ status: 'paid', approvedBy: 'otto@shop.example', itemCount: 2, totalCents: 1700, fileHash: 'abc' });
const file = { hash: 'abc', totalCents: 1700, withheldCents: 0 };

test('a run that was paid adds up', () => expect(auditRun(paid, items, journals, file)).toEqual([]));
test('a payment that came back after it was paid adds up, if the ledger took it back', () => {
  const [first, second] = items;
  const back = [{ ...first!, status: 'returned' as const }, second!];
  expect(auditRun(paid, back, journals, file)).toMatchObject([{ found: 'is returned, the ledger took back 0' }]);
  const story = chain([
    earned,
    { kind: 'reserve', itemId: 'itm_a', cents: 1000 },
    { kind: 'settle', itemId: 'itm_a', cents: 1000 },
    { kind: 'bounce', itemId: 'itm_a', cents: 1000, why: 'R02 closed', corrects: 'jrn_3' },
  ]);
  expect(auditRun(paid, back, [...story, ...journals.slice(3)], file)).toEqual([]);
  expect(auditRun(paid, items, [...story, ...journals.slice(3)], file)).toMatchObject([
    { found: 'is settled, the ledger took back 1000' },
  ]);
});
test('an item that was left out is in none of the sums, and is released', () => {
  const [first, second] = items;
  const one = { ...paid, itemCount: 1, totalCents: 1000 };
  const out = { ...second!, status: 'released' as const, leftOut: true as const };
  expect(auditRun(one, [first!, out], journals, { ...file, totalCents: 1000 })).toEqual([]);
  expect(auditRun(one, [first!, { ...out, status: 'failed' }], journals)).toMatchObject([
    { found: "is left out of the run's sums, and failed" },
  ]);
  expect(auditRun(paid, [first!, out], journals)).toMatchObject([
    { found: 'total 1700, its items make 1000' },
    { found: 'counts 2 items, has 1' },
  ]);
});
test('a run that is being drafted is not asked yet', () => expect(auditRun(run(), items, [])).toEqual([]));
test('a run that was rejected as a draft gives back what it set aside, though it never counted it', () => {
  const [, given] = items;
  const rejected = run({ status: 'rejected' });
  expect(auditRun(rejected, [{ ...given!, status: 'released' }], journals)).toEqual([]);
  expect(auditRun(rejected, [{ ...given!, status: 'reserved' }], journals)).toHaveLength(1);
});

test.each<[string, PayoutRun, PayoutItem[], typeof file, string]>([
  [
    'another total',
    { ...paid, totalCents: 1701 },
    items,
    { ...file, totalCents: 1701 },
    'total 1701, its items make 1700',
  ],
  ['an item too many', { ...paid, itemCount: 3 }, items, file, 'counts 3 items, has 2'],
  ['another file', paid, items, { ...file, totalCents: 1600 }, 'total 1700, its file makes 1600'],
  [
    'another total of a run that was rejected',
    { ...paid, status: 'rejected', totalCents: 1 },
    items,
    file,
    'total 1, its items make 1700',
  ],
  ['a file that was changed', paid, items, { ...file, hash: 'abd' }, 'its file does not have the hash that was frozen'],
  [
    'an item the ledger never saw',
    paid,
    [items[0]!, { ...items[1]!, itemId: 'itm_x', status: 'reserved' }],
    file,
    'takes 700, the ledger set aside 0',
  ],
  [
    'an item that says settled and was not',
    paid,
    [items[0]!, { ...items[1]!, status: 'settled' }],
    file,
    'is settled, the ledger paid 0',
  ],
  [
    'an item that was settled and says failed',
    paid,
    [{ ...items[0]!, status: 'failed' }, items[1]!],
    file,
    'is failed, the ledger paid 1000',
  ],
  [
    'money given back for an item still under way',
    paid,
    [items[0]!, { ...items[1]!, status: 'sent' }],
    file,
    'is sent, the ledger gave back 700',
  ],
])('%s is found', (_, of, its, theFile, found) => {
  expect(auditRun(of, its, journals, theFile)).toContainEqual(expect.objectContaining({ law: 'run-adds-up', found }));
});

describe('a run that tax is withheld from', () => {
  const withholding = { year: 2026, cents: 240, words: 'No W-9.' };
  const taxed = payoutItem({ itemId: 'itm_t', amountCents: 760, withholding, status: 'settled' });
  const of = run({ ...paid, itemCount: 1, totalCents: 760, withheldCents: 240 });
  const its = { ...file, totalCents: 760, withheldCents: 240 };
  const reserve = { kind: 'reserve', itemId: 'itm_t', cents: 1000, withheldCents: 240 } as const;
  const settle = { ...reserve, kind: 'settle', rail: 'external' } as const;
  const bounce = { ...settle, kind: 'bounce', why: 'R02', corrects: 'jrn_3' } as const;
  const founds = (item: PayoutItem, commands: Parameters<typeof chain>[0], over: object = {}) =>
    auditRun({ ...of, ...over }, [item], chain([earned, ...commands]), its).map(({ found }) => found);

  test('adds up when the ledger set aside the whole, paid the rest and keeps the tax', () => {
    expect(founds(taxed, [reserve, settle])).toEqual([]);
    expect(founds({ ...taxed, status: 'returned' }, [reserve, settle, bounce])).toEqual([]);
    expect(founds({ ...taxed, status: 'failed' }, [reserve, { ...reserve, kind: 'unreserve', why: 'no' }])).toEqual([]);
  });

  test.each<[string, PayoutItem, Parameters<typeof chain>[0], object, string]>([
    ['another tax than the run’s', taxed, [reserve, settle], { withheldCents: 241 }, 'withholds 241, its items 240'],
    ['another tax than the file’s', taxed, [reserve, settle], { withheldCents: 241 }, 'withholds 241, its file 240'],
    [
      'a tax that the ledger was not told of',
      taxed,
      [
        { ...reserve, withheldCents: 0 },
        { ...settle, withheldCents: 0 },
      ],
      {},
      'withholds 240, the ledger said 0',
    ],
    [
      'a tax that was kept of a payment that came back',
      taxed,
      [reserve, settle, bounce],
      {},
      'is settled, the ledger withholds 0',
    ],
    [
      'only the rest set aside',
      { ...taxed, amountCents: 1000 },
      [reserve, settle],
      {},
      'takes 1240, the ledger set aside 1000',
    ],
  ])('%s is found', (_, item, commands, over, found) => expect(founds(item, commands, over)).toContain(found));
});

test.each([
  ['that nobody approved', { approvedBy: undefined }, 'nobody approved it'],
  [
    'that its maker approved',
    { madeBy: 'mia@shop.example', approvedBy: 'Mia@shop.example' },
    'mia@shop.example made and approved it',
  ],
])('a paid run %s is found', (_, over, found) => {
  expect(auditRun({ ...paid, ...over } as PayoutRun, items, journals, file)).toEqual([
    { law: 'maker-is-not-checker', where: `payout run ${paid.runId}`, found },
  ]);
});
