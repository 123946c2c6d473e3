import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditChain, ledgerHash } from '../../../lib/ledger/audit.ts';
import { auditPosted } from '../../../lib/ledger/audit-posted.ts';
import { hashOf } from '../../../lib/ledger/chain.ts';
import type { Journal } from '../../../lib/ledger/journal.ts';
import { LAWS, type Law } from '../../../lib/ledger/laws.ts';
import { anyChain, chain, KEY, line } from '../../support/ledgers.ts';
import { ANN, BOB, item, order } from '../../support/orders.ts';

const today = '2026-03-15';
const story = chain([
  { kind: 'accrual', today, lines: [line(1000), line(500, { orderId: '1002', matures: '2026-05-01' })] },
  { kind: 'release', through: '2026-04-14' },
  { kind: 'reserve', itemId: 'itm_1', cents: 1000 },
  { kind: 'settle', itemId: 'itm_1', cents: 1000 },
  { kind: 'accrual', today, lines: [line(-400, { totalCents: 600, reason: 'returned' })] },
]);

const BY_HAND = { kind: 'adjustment', adjustmentId: 'adj_1', cents: 50, reason: 'goodwill', note: 'by hand' } as const;

/** The story with one journal rewritten and everything after it hashed anew: a forger who knows how hashes are made. */
function forged(at: number, rewrite: (journal: Journal) => Partial<Journal>, told = story): Journal[] {
  const journals = [...told];
  for (let index = at; index < journals.length; index += 1) {
    const previousHash = index === 0 ? journals[index]!.previousHash : journals[index - 1]!.hash;
    const journal = { ...journals[index]!, ...(index === at ? rewrite(journals[index]!) : {}), previousHash };
    journals[index] = { ...journal, hash: hashOf(journal) };
  }
  return journals;
}
/** The story of a payment that came back, forged where it does. */
const undone = (rewrite: (journal: Journal) => Partial<Journal>) => {
  const paid = story.slice(0, 4);
  const { journalId: corrects } = paid[3]!;
  const bounce = { kind: 'bounce', itemId: 'itm_1', cents: 1000, why: 'R02', corrects, paidOn: today } as const;
  return forged(4, rewrite, chain([bounce], KEY, paid));
};
const without = ({ cameBack: _, ...after }: Journal['after']) => after;
const withLine = (at: number, over: object) =>
  forged(at, ({ lines }) => ({ lines: lines.map((each, i) => (i === 0 ? { ...each, ...over } : each)) }));
const withBalances = (at: number, over: object) =>
  forged(at, ({ after }) => ({ after: { ...after, balances: { ...after.balances, ...over } } }));
const broken = (journals: readonly Journal[]) => new Set(auditChain(journals).map(({ law }) => law));

test('a chain that was posted keeps every law', () => expect(auditChain(story)).toEqual([]));
test('so does one of a payment that came back', () =>
  expect(
    auditChain(
      undone(() => ({})),
      'UTC',
    ),
  ).toEqual([]));
test('no chain keeps every law', () => expect(auditChain([])).toEqual([]));

const FORGERIES: [string, Journal[], Law][] = [
  [
    'an amount that came from nowhere',
    forged(0, ({ entries }) => ({ entries: [entries[0]!, { account: 'pending', cents: 2000 }] })),
    'sums-to-zero',
  ],
  ['a balance that its entries do not make', withBalances(4, { receivable: -300 }), 'balances-follow'],
  [
    'a payable below zero',
    forged(2, ({ after }) => ({
      entries: [
        { account: 'payable', cents: -1100 },
        { account: 'inTransit', cents: 1100 },
      ],
      after: { ...after, balances: { ...after.balances, payable: -100, inTransit: 1100 } },
    })),
    'balances-in-range',
  ],
  ['owing beside being owed', withBalances(4, { payable: 10, receivable: -410 }), 'balances-in-range'],
  [
    'money that waits for another amount',
    forged(0, ({ after }) => ({ after: { ...after, schedule: { '2026-04-14': 1000 } } })),
    'schedule-is-pending',
  ],
  [
    'money that waits for a day that is over',
    forged(1, ({ after }) => ({ after: { ...after, schedule: { '2026-04-01': 500 } } })),
    'schedule-is-pending',
  ],
  [
    'nothing that waits',
    forged(1, ({ after }) => ({ after: { ...after, schedule: { '2026-05-01': 500, '2026-06-01': 0 } } })),
    'schedule-is-pending',
  ],
  [
    'money that waits for the very day that was released',
    forged(1, ({ after }) => ({ after: { ...after, schedule: { '2026-04-14': 500 } } })),
    'schedule-is-pending',
  ],
  [
    'a release taken back',
    forged(4, ({ after }) => ({ after: { ...after, releasedThrough: '2026-04-01' } })),
    'schedule-is-pending',
  ],
  ['a line of another amount', withLine(0, { cents: 900, totalCents: 900 }), 'lines-are-the-expense'],
  ['lines where nothing is earned', forged(1, () => ({ lines: [line(1), line(-1)] })), 'lines-are-the-expense'],
  ['a part of another amount', withLine(0, { parts: [] }), 'parts-are-the-total'],
  ['a line that forgets the one before it', withLine(4, { totalCents: 700 }), 'line-follows-line'],
  ['a day that moved', withLine(4, { matures: '2026-04-30' }), 'line-follows-line'],
  ['an order that is earned twice', withLine(4, { reason: 'earned' }), 'line-follows-line'],
  ['more taken back than earned', withLine(4, { totalCents: -1 }), 'never-below-zero'],
  [
    'a payment that arrives twice',
    forged(4, () => ({ kind: 'settle', cause: 'itm_1', lines: [] })),
    'paid-at-most-once',
  ],
  ['a payment nobody set aside', forged(3, () => ({ cause: 'itm_2' })), 'paid-at-most-once'],
  [
    'a payment of another amount',
    forged(3, () => ({
      entries: [
        { account: 'inTransit', cents: -900 },
        { account: 'paid', cents: 900 },
      ],
    })),
    'paid-at-most-once',
  ],
  [
    'tax that is withheld before there is a payment',
    forged(2, () => ({
      entries: [
        { account: 'payable', cents: -1000 },
        { account: 'inTransit', cents: 760 },
        { account: 'withheld', cents: 240 },
      ],
    })),
    'withheld-with-its-payment',
  ],
  [
    'a rail that paid more than was paid',
    forged(3, ({ after }) => ({ after: { ...after, paidBy: { nacha: 1001 } } })),
    'balances-follow',
  ],
  [
    'a rail that paid without a payment',
    forged(4, ({ after }) => ({ after: { ...after, paidBy: { nacha: 400 } } })),
    'balances-follow',
  ],
  [
    'a payment that came back and is forgotten by its year',
    undone(({ after }) => ({ after: without(after) })),
    'undone-in-its-year',
  ],
  ['a payment that came back to another year', undone(() => ({ paidOn: '2025-12-31' })), 'undone-in-its-year'],
  ['a payment that says it came back', forged(3, () => ({ paidOn: '2026-03-15' })), 'undone-in-its-year'],
  ['a payment taken back in the name of another journal', undone(() => ({ corrects: 'jrn_4' })), 'told-who-and-why'],
  ['a payment that undoes', forged(3, () => ({ corrects: 'jrn_4' })), 'told-who-and-why'],
  ['an item reserved twice', forged(3, () => ({ kind: 'reserve' })), 'paid-at-most-once'],
  ['an adjustment posted twice', chain([BY_HAND, BY_HAND]), 'adjusted-as-approved'],
  [
    'an adjustment that pays by itself',
    chain([BY_HAND]).map((journal) => {
      const entries = journal.entries.map((entry) =>
        entry.account === 'payable' ? { ...entry, account: 'paid' as const } : entry,
      );
      return { ...journal, entries };
    }),
    'adjusted-as-approved',
  ],
  [
    'an expense that no line and no adjustment explains',
    chain([BY_HAND]).map((journal) => ({ ...journal, kind: 'release' as const })),
    'lines-are-the-expense',
  ],
  [
    'money that went to no other currency',
    forged(2, () => ({
      entries: [
        { account: 'payable', cents: -1000 },
        { account: 'exchanged', cents: 1000 },
      ],
    })),
    'exchanged-once',
  ],
  ['an earlier date', forged(2, () => ({ at: '2026-01-01T00:00:00.000Z' })), 'time-goes-forward'],
  ['a journal of another partner', forged(2, () => ({ partnerId: BOB })), 'chain-unbroken'],
  ['another id', forged(2, () => ({ journalId: 'jrn_0000000000000000' })), 'chain-unbroken'],
  ['a first journal that is not the first', story.slice(1), 'chain-unbroken'],
  ['a journal that was taken out', story.toSpliced(2, 1), 'chain-unbroken'],
  ['a journal that nobody made', forged(1, () => ({ actor: '' })), 'told-who-and-why'],
  ['a journal of no time', forged(1, () => ({ recordedAt: 'soon' })), 'told-who-and-why'],
  ['a journal that stands twice', story.toSpliced(2, 0, story[2]!), 'chain-unbroken'],
  ['two journals that changed places', story.with(2, story[3]!).with(3, story[2]!), 'chain-unbroken'],
];

describe('finds even what was forged with new hashes:', () => {
  test.each(FORGERIES)('%s', (_, journals, law) => expect(broken(journals)).toContain(law));
});

test('every law of a chain has a forgery that breaks it', () => {
  const ofRecords: Law[] = [
    'posted-is-the-lines',
    'run-adds-up',
    'statements-join',
    'credits-are-whole',
    'maker-is-not-checker',
    'forms-are-the-ledger',
    'forms-add-up',
    'due-by-the-sum',
    'filed-once',
  ];
  const broke = new Set([...FORGERIES.map(([, , law]) => law), ...ofRecords]);
  expect([...broke].sort()).toEqual(Object.keys(LAWS).sort());
});

describe('a payment that the bank returned', () => {
  const bounce = { kind: 'bounce', itemId: 'itm_1', cents: 1000, why: 'R02 closed', corrects: 'jrn_4' } as const;
  const paid = [
    { kind: 'accrual', today, lines: [line(3000)] },
    { kind: 'release', through: '2026-04-14' },
    { kind: 'reserve', itemId: 'itm_1', cents: 1000 },
    { kind: 'settle', itemId: 'itm_1', cents: 1000 },
  ] as const;
  const again = [
    { kind: 'reserve', itemId: 'itm_2', cents: 2000 },
    { kind: 'settle', itemId: 'itm_2', cents: 2000 },
  ] as const;
  const founds = (commands: Parameters<typeof chain>[0]) => auditChain(chain(commands)).map(({ found }) => found);

  test('once, whole, keeps every law', () => expect(founds([...paid, bounce, ...again])).toEqual([]));
  test.each<[string, Parameters<typeof chain>[0], string]>([
    ['twice', [...paid, ...again, bounce, bounce], 'bounce of itm_1, which is over'],
    ['in part', [...paid, { ...bounce, cents: 999 }], 'bounce of 999, reserved 1000'],
    ['and was never paid', [...paid, { ...bounce, itemId: 'itm_9' }], 'bounce of itm_9, which is unknown'],
    ['without naming what it undoes', [...paid, { ...bounce, corrects: '' }], 'gives money back and names no journal'],
  ])('%s does not', (_, commands, found) => expect(founds(commands)).toContain(found));
});

describe('a payment of which tax was withheld', () => {
  const paid = [
    { kind: 'accrual', today, lines: [line(3000)] },
    { kind: 'release', through: '2026-04-14' },
    { kind: 'reserve', itemId: 'itm_1', cents: 1000, withheldCents: 240 },
    { kind: 'settle', itemId: 'itm_1', cents: 1000, withheldCents: 240, rail: 'nacha' },
  ] as const;
  const how = { withheldCents: 240, rail: 'nacha' };
  const bounce = { ...how, kind: 'bounce', itemId: 'itm_1', cents: 1000, why: 'R02', corrects: 'jrn_4' } as const;
  const more = [
    { kind: 'reserve', itemId: 'itm_2', cents: 2000, withheldCents: 480 },
    { kind: 'settle', itemId: 'itm_2', cents: 2000, withheldCents: 480, rail: 'external' },
  ] as const;

  test('leaves the tax in an account of its own, and the rail with the whole payment', () => {
    const { after, entries } = chain([...paid, ...more]).at(-1)!;
    expect(entries).toEqual([
      { account: 'inTransit', cents: -2000 },
      { account: 'paid', cents: 1520 },
      { account: 'withheld', cents: 480 },
    ]);
    expect(after.balances).toMatchObject({ expense: -3000, payable: 0, paid: 2280, withheld: 720 });
    expect(after.paidBy).toEqual({ nacha: 1000, external: 2000 });
  });

  test('that came back leaves nothing behind, not even a zero that older journals do not have', () => {
    const { after } = chain([...paid, bounce]).at(-1)!;
    expect(after.balances).toEqual(chain(paid.slice(0, 2))[1]!.after.balances);
    expect(after).not.toHaveProperty('paidBy');
    expect(auditChain(chain([...paid, bounce, ...more]))).toEqual([]);
  });

  test('that was not made is given back whole', () => {
    const { after } = chain([...paid.slice(0, 3), { ...bounce, kind: 'unreserve' }]).at(-1)!;
    expect(after.balances).toEqual(chain(paid.slice(0, 2))[1]!.after.balances);
  });

  test.each<[string, Parameters<typeof chain>[0], string]>([
    [
      'more tax',
      [...paid, ...more, { ...bounce, withheldCents: 241 }],
      'bounce of itm_1 with 241 of tax, reserved with 240',
    ],
    ['no tax', [...paid, ...more, { ...bounce, withheldCents: 0 }], 'bounce of itm_1 with 0 of tax, reserved with 240'],
    ['less in all', [...paid, { ...bounce, cents: 999 }], 'bounce of 999, reserved 1000'],
    [
      'less tax than was said',
      [...paid.slice(0, 3), { ...paid[3], withheldCents: 239 }],
      'settle of itm_1 with 239 of tax, reserved with 240',
    ],
  ])('that moves with %s breaks a law', (_, commands, found) =>
    expect(auditChain(chain(commands)).map((violation) => violation.found)).toContain(found),
  );

  test.each([
    ['more than the payment', [...paid.slice(0, 3), { ...paid[3], withheldCents: 1001 }]],
    ['less than nothing', [...paid.slice(0, 3), { ...paid[3], withheldCents: -1 }]],
    ['a part of a cent', [...paid.slice(0, 3), { ...paid[3], withheldCents: 0.5 }]],
    ['back that was never withheld', [...paid.slice(0, 3), { ...paid[3], withheldCents: 0 }, bounce]],
  ] as [string, Parameters<typeof chain>[0]][])('cannot be of %s', (_, commands) =>
    expect(() => chain(commands)).toThrow(/withheld/),
  );
});

test('a chain that nobody withheld on has the very hash that it had before tax could be withheld', () => {
  const journals = chain([
    { kind: 'accrual', today, lines: [line(1000)] },
    { kind: 'release', through: '2026-04-14' },
    { kind: 'reserve', itemId: 'itm_1', cents: 1000 },
    { kind: 'settle', itemId: 'itm_1', cents: 1000 },
    { kind: 'bounce', itemId: 'itm_1', cents: 1000, why: 'R02 closed', corrects: 'jrn_4' },
  ]);
  expect(journals.at(-1)?.hash).toBe('17102d639348797bc8d747408032c4b98fd794db375d7bb1349afa44855a5467');
});

test('says where and what it found instead', () => {
  expect(auditChain(withBalances(4, { receivable: -300 }))).toContainEqual({
    law: 'balances-follow',
    where: `${KEY.programId} ${ANN} USD, journal 5`,
    found: 'receivable is -300, its entries make -400',
  });
});

test.each([
  ['a gap', story.toSpliced(2, 1), 'number 4 after 2'],
  ['an unknown payment', forged(3, () => ({ cause: 'itm_2' })), 'settle of itm_2, which is unknown'],
  ['a payment that is over', forged(4, () => ({ kind: 'settle', cause: 'itm_1' })), 'settle of itm_1, which is paid'],
  ['a first line that is none', withLine(0, { totalCents: 1200 }), 'sale 1001: 1000 leads to 1200 from 0'],
])('says of %s what it found', (_, journals, found) => {
  expect(auditChain(journals)).toContainEqual(expect.objectContaining({ found }));
});

test('changing any field of any journal breaks the chain', () => {
  const paths = (value: unknown, path: (string | number)[] = []): (string | number)[][] => {
    if (value === null || typeof value !== 'object') return [path];
    return Object.entries(value).flatMap(([name, inner]) => paths(inner, [...path, name]));
  };
  const changed = (value: unknown) => (typeof value === 'number' ? value + 1 : `${value}x`);
  const at = (value: unknown, [name, ...rest]: readonly (string | number)[]): unknown => {
    if (name === undefined) return changed(value);
    const fields = value as Record<string, unknown>;
    const inner = at(fields[name], rest);
    return Array.isArray(value) ? value.with(Number(name), inner) : { ...fields, [name]: inner };
  };
  const tampered = anyChain
    .filter((journals) => journals.length > 0)
    .chain((journals) => fc.tuple(fc.constant(journals), fc.nat(journals.length - 1)))
    .chain(([journals, index]) => {
      const fields = paths(journals[index]).filter(([name]) => name !== 'recordedAt');
      return fc.tuple(fc.constant(journals), fc.constant(index), fc.constantFrom(...fields));
    });
  fc.assert(
    fc.property(tampered, ([journals, index, path]) => {
      const forgery = journals.with(index, at(journals[index], path) as Journal);
      expect(broken(forgery)).toContain('chain-unbroken');
    }),
    { numRuns: 300 },
  );
});

describe('what conversions say was posted', () => {
  const posted = (cents: number, over = {}) => ({ [ANN]: { cents, matures: '2026-04-14', returnedUnits: 0, ...over } });
  const first = order([item(10_000)], { orderId: '1001', posted: posted(600) });
  const second = order([item(5000)], { orderId: '1002', posted: posted(500, { matures: '2026-05-01' }) });

  test('is what their lines make', () => expect(auditPosted([first, second], story)).toEqual([]));
  test.each([
    [
      'another amount',
      [{ ...first, posted: posted(601) }, second],
      'posted 601, matures 2026-04-14; its lines make 600, matures 2026-04-14',
    ],
    [
      'another day',
      [{ ...first, posted: posted(600, { matures: '2026-04-15' }) }, second],
      'posted 600, matures 2026-04-15; its lines make 600, matures 2026-04-14',
    ],
    [
      'a posting without lines',
      [first, second, { ...first, orderId: '1003' }],
      'posted 600, matures 2026-04-14; it has no lines',
    ],
    ['lines without a posting', [first], 'lines make 500, but nothing says posted'],
  ])('is not: %s', (_, conversions, found) => {
    expect(auditPosted(conversions, story)).toMatchObject([{ law: 'posted-is-the-lines', found }]);
  });
});

describe('the hash of a ledger', () => {
  const other = chain([{ kind: 'accrual', today, lines: [line(1000)] }], { ...KEY, partnerId: BOB });

  test('does not depend on the order of the chains', () => {
    const heads = [story.at(-1)!, other.at(-1)!];
    expect(ledgerHash(heads.toReversed())).toBe(ledgerHash(heads));
  });
  test('tells money in another place, of another partner, or waiting for another day', () => {
    const hashes = [
      chain([{ kind: 'accrual', today, lines: [line(1000)] }]),
      chain([{ kind: 'accrual', today, lines: [line(1000, { matures: '2026-05-01' })] }]),
      chain([{ kind: 'accrual', today, lines: [line(1001)] }]),
      chain([
        { kind: 'accrual', today, lines: [line(1000)] },
        { kind: 'release', through: '2026-04-14' },
      ]),
      other,
    ].map((journals) => ledgerHash(journals.slice(-1)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
