import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adjustedCents, adjustmentIn } from '../../../lib/ledger/adjustment.ts';
import { auditChain, ledgerHash } from '../../../lib/ledger/audit.ts';
import { GENESIS_HASH, unpaidCents } from '../../../lib/ledger/chain.ts';
import { ACCOUNTS } from '../../../lib/ledger/journal.ts';
import { post } from '../../../lib/ledger/post.ts';
import { AT, anyChain, balances, chain, KEY, line } from '../../support/ledgers.ts';

const today = '2026-03-15';
const earned = (cents: number, orderId = '1001', matures = '2026-04-14') =>
  ({ kind: 'accrual', today, lines: [line(cents, { orderId, matures })] }) as const;
/** What an order earned before and earns now. */
const corrected = (before: number, now: number, orderId = '1001', matures = '2026-04-14') =>
  ({
    kind: 'accrual',
    today,
    lines: [line(now - before, { orderId, matures, totalCents: now, reason: 'returned' })],
  }) as const;
const RELEASE = { kind: 'release', through: '2026-04-14' } as const;
const PAID = [
  RELEASE,
  { kind: 'reserve', itemId: 'itm_1', cents: 1000 },
  { kind: 'settle', itemId: 'itm_1', cents: 1000 },
] as const;

describe('earning', () => {
  test('waits for its day', () => {
    const [journal] = chain([earned(1000)]);
    expect(journal).toMatchObject({
      ...KEY,
      sequence: 1,
      kind: 'accrual',
      cause: 'settlement',
      actor: 'test',
      at: AT,
      entries: [
        { account: 'expense', cents: -1000 },
        { account: 'pending', cents: 1000 },
      ],
      after: { schedule: { '2026-04-14': 1000 }, releasedThrough: '2026-03-14' },
      previousHash: GENESIS_HASH,
    });
  });

  test('adds up by day, days in order', () => {
    const journals = chain([earned(100, '1', '2026-04-20'), earned(200, '2'), earned(300, '3', '2026-04-20')]);
    expect(Object.entries(journals.at(-1)!.after.schedule)).toEqual([
      ['2026-04-14', 200],
      ['2026-04-20', 400],
    ]);
  });

  test('is payable at once when its day was released already', () => {
    expect(balances(chain([earned(1000), RELEASE, earned(50, '2', '2026-04-14')]).at(-1))).toEqual({
      expense: -1050,
      payable: 1050,
    });
    expect(balances(chain([earned(1000), RELEASE, earned(50, '2', '2026-04-15')]).at(-1))).toEqual({
      expense: -1050,
      payable: 1000,
      pending: 50,
    });
  });

  test('of an order so old that its hold is over before the chain begins is payable at once', () => {
    expect(balances(chain([earned(70, '1', '2026-03-14')]).at(-1))).toEqual({ expense: -70, payable: 70 });
    expect(balances(chain([earned(70, '1', '2026-03-15')]).at(-1))).toEqual({ expense: -70, pending: 70 });
  });

  test('and losing the same in one batch moves nothing, but is recorded', () => {
    const [first, second] = chain([
      earned(1000),
      {
        kind: 'accrual',
        today,
        lines: [line(-300, { totalCents: 700, reason: 'returned' }), line(300, { orderId: '1002' })],
      },
    ]);
    expect(second).toMatchObject({ sequence: 2, entries: [], lines: [{ cents: -300 }, { cents: 300 }] });
    expect(second!.after).toEqual(first!.after);
  });

  test('nothing is no journal', () => expect(chain([{ kind: 'accrual', today, lines: [] }])).toEqual([]));
});

describe('taking back', () => {
  test.each<[string, Parameters<typeof chain>[0], Record<string, number>]>([
    [
      'before the release takes from where it waits',
      [earned(1000), corrected(1000, 600)],
      { expense: -600, pending: 600 },
    ],
    ['everything leaves nothing waiting', [earned(1000), corrected(1000, 0)], {}],
    [
      'touches no other day',
      [earned(1000), earned(500, '2', '2026-05-01'), corrected(1000, 0)],
      { expense: -500, pending: 500 },
    ],
    [
      'after the release takes from payable',
      [earned(1000), RELEASE, corrected(1000, 600)],
      { expense: -600, payable: 600 },
    ],
    [
      'after the payment is owed',
      [earned(1000), ...PAID, corrected(1000, 600)],
      { expense: -600, paid: 1000, receivable: -400 },
    ],
    [
      'while the payment is under way is owed too',
      [earned(1000), RELEASE, PAID[1], corrected(1000, 600)],
      { expense: -600, inTransit: 1000, receivable: -400 },
    ],
    [
      'takes what is payable and owes the rest',
      [earned(1000), ...PAID, earned(150, '2', '2026-04-01'), corrected(1000, 600)],
      { expense: -750, paid: 1000, receivable: -250 },
    ],
  ])('%s', (_, commands, expected) => expect(balances(chain(commands).at(-1))).toEqual(expected));

  test('more than waits on its day takes the rest from payable: the bucket never goes below zero', () => {
    const journals = chain([
      earned(1000),
      RELEASE,
      earned(100, '2', '2026-05-01'),
      corrected(400, 0, '3', '2026-05-01'),
    ]);
    expect(balances(journals.at(-1))).toEqual({ expense: -700, payable: 700 });
    expect(journals.at(-1)!.after.schedule).toEqual({});
  });
});

describe('what is owed', () => {
  const owing = [earned(1000), ...PAID, corrected(1000, 600)] as const;

  test.each<[string, Parameters<typeof chain>[0], Record<string, number>]>([
    [
      'is repaid by the next release, not by what still waits',
      [...owing, earned(900, '2', '2026-05-01')],
      { expense: -1500, paid: 1000, pending: 900, receivable: -400 },
    ],
    [
      'first',
      [...owing, earned(900, '2', '2026-05-01'), { kind: 'release', through: '2026-05-01' }],
      { expense: -1500, paid: 1000, payable: 500 },
    ],
    [
      'in part when that is not enough',
      [...owing, earned(100, '2', '2026-05-01'), { kind: 'release', through: '2026-05-01' }],
      { expense: -700, paid: 1000, receivable: -300 },
    ],
    [
      'by an earning whose day is over',
      [...owing, earned(450, '2', '2026-04-01')],
      { expense: -1050, paid: 1000, payable: 50 },
    ],
    [
      'by a payment that came back',
      [
        earned(1000),
        RELEASE,
        PAID[1],
        corrected(1000, 600),
        { kind: 'unreserve', itemId: 'itm_1', cents: 1000, why: 'account closed' },
      ],
      { expense: -600, payable: 600 },
    ],
  ])('%s', (_, commands, expected) => expect(balances(chain(commands).at(-1))).toEqual(expected));
});

describe('releasing', () => {
  test('frees every day up to it and says so', () => {
    const journals = chain([earned(100, '1', '2026-04-13'), earned(200, '2'), earned(400, '3', '2026-04-15'), RELEASE]);
    expect(journals.at(-1)).toMatchObject({
      kind: 'release',
      cause: 'release 2026-04-14',
      after: { schedule: { '2026-04-15': 400 }, releasedThrough: '2026-04-14' },
    });
    expect(balances(journals.at(-1))).toEqual({ expense: -700, payable: 300, pending: 400 });
  });

  test.each<[string, Parameters<typeof chain>[0]]>([
    ['the same day again', [earned(100), RELEASE, RELEASE]],
    ['an earlier day after a later one', [earned(100), RELEASE, { kind: 'release', through: '2026-04-01' }]],
  ])('%s is no journal', (_, commands) => expect(chain(commands)).toHaveLength(2));
  test('when nothing matures is no journal', () => {
    expect(chain([earned(100), { kind: 'release', through: '2026-04-13' }])).toHaveLength(1);
    expect(chain([RELEASE])).toEqual([]);
  });
});

describe('paying', () => {
  const released = [earned(1000), RELEASE] as const;

  test('sets aside, then pays', () => {
    const journals = chain([earned(1000), ...PAID]);
    expect(journals.slice(2).map(({ kind, cause }) => [kind, cause])).toEqual([
      ['reserve', 'itm_1'],
      ['settle', 'itm_1'],
    ]);
    expect(balances(journals[2])).toEqual({ expense: -1000, inTransit: 1000 });
    expect(balances(journals[3])).toEqual({ expense: -1000, paid: 1000 });
  });

  test('that came back is payable again, with its reason and what it undoes', () => {
    const back = chain([
      ...released,
      PAID[1],
      { kind: 'unreserve', itemId: 'itm_1', cents: 1000, why: 'account closed', corrects: 'jrn_3' },
    ]).at(-1);
    expect(back).toMatchObject({ cause: 'itm_1: account closed', corrects: 'jrn_3' });
    expect(balances(back)).toEqual({ expense: -1000, payable: 1000 });
  });

  const bounced = { kind: 'bounce', itemId: 'itm_1', cents: 1000, why: 'R03 no account', corrects: 'jrn_4' } as const;

  test('and returned by the bank is payable again, repaying first what is owed', () => {
    const back = chain([earned(1000), ...PAID, bounced]).at(-1);
    expect(back).toMatchObject({ kind: 'bounce', cause: 'itm_1: R03 no account', corrects: 'jrn_4' });
    expect(balances(back)).toEqual({ expense: -1000, payable: 1000 });
    const owed = chain([earned(1000), ...PAID, corrected(1000, 600), bounced]).at(-1);
    expect(balances(owed)).toEqual({ expense: -600, payable: 600 });
  });

  test('cannot be returned twice, or before it was paid', () => {
    expect(() => chain([earned(1000), ...PAID, bounced, bounced])).toThrow(RangeError);
    expect(() => chain([...released, PAID[1], bounced])).toThrow(RangeError);
  });

  test.each<[string, Parameters<typeof chain>[0][number]]>([
    ['more than is payable', { kind: 'reserve', itemId: 'itm_2', cents: 1001 }],
    ['less than nothing', { kind: 'reserve', itemId: 'itm_2', cents: -1 }],
    ['what is not in transit', { kind: 'settle', itemId: 'itm_2', cents: 1 }],
    ['back what is not in transit', { kind: 'unreserve', itemId: 'itm_2', cents: 1, why: 'x' }],
    ['half a cent', { kind: 'reserve', itemId: 'itm_2', cents: 0.5 }],
  ])('refuses to give %s', (_, command) => expect(() => chain([...released, command])).toThrow(RangeError));
  test('nothing is no journal', () =>
    expect(chain([...released, { kind: 'reserve', itemId: 'i', cents: 0 }])).toHaveLength(2));
});

describe('adjusting by hand', () => {
  const adjusted = (cents: number, more: { reason?: 'goodwill' | 'write-off'; id?: string } = {}) =>
    ({
      kind: 'adjustment',
      adjustmentId: more.id ?? 'adj_1',
      cents,
      reason: more.reason ?? 'goodwill',
      note: 'by hand',
    }) as const;
  const owing = [earned(1000), ...PAID, corrected(1000, 400)] as const;

  test.each<[string, Parameters<typeof chain>[0], Record<string, number>]>([
    ['gives what is payable at once', [adjusted(300)], { expense: -300, payable: 300 }],
    ['repays first what is owed', [...owing, adjusted(700)], { expense: -1100, payable: 100, paid: 1000 }],
    ['takes from what is payable', [earned(1000), RELEASE, adjusted(-300)], { expense: -700, payable: 700 }],
    ['leaves owed what is not payable', [earned(1000), RELEASE, adjusted(-1300)], { expense: 300, receivable: -300 }],
    [
      'leaves alone what waits for its day',
      [earned(1000), adjusted(-300)],
      { expense: -700, pending: 1000, receivable: -300 },
    ],
    ['is repaid by what waits, on its day', [earned(1000), adjusted(-300), RELEASE], { expense: -700, payable: 700 }],
    ['writes off what is owed', [...owing, adjusted(600, { reason: 'write-off' })], { expense: -1000, paid: 1000 }],
    [
      'and a return after it: the order takes back what it earned and no more',
      [earned(1000), adjusted(-1000), corrected(1000, 0)],
      { expense: 1000, receivable: -1000 },
    ],
  ])('%s', (_, commands, expected) => {
    const journals = chain(commands);
    expect(balances(journals.at(-1))).toEqual(expected);
    expect(auditChain(journals)).toEqual([]);
  });

  test('says who, why and which', () => {
    const [journal] = chain([adjusted(300)]);
    expect(journal).toMatchObject({ kind: 'adjustment', cause: 'adj_1: goodwill: by hand', lines: [] });
    expect(adjustmentIn(journal!)).toEqual({ adjustmentId: 'adj_1', cents: 300, reason: 'goodwill', note: 'by hand' });
  });

  test('reads a note with colons whole', () => {
    const [journal] = chain([{ ...adjusted(1), note: 'sale A:1: write-off: no' }]);
    expect(adjustmentIn(journal!)).toMatchObject({
      adjustmentId: 'adj_1',
      reason: 'goodwill',
      note: 'sale A:1: write-off: no',
    });
  });

  test.each<[string, Parameters<typeof chain>[0]]>([
    ['nothing', [adjusted(0)]],
    ['half a cent', [adjusted(0.5)]],
    ['a write-off of more than is owed', [...owing, adjusted(601, { reason: 'write-off' })]],
    ['a write-off that takes', [...owing, adjusted(-1, { reason: 'write-off' })]],
    ['a write-off where nothing is owed', [adjusted(1, { reason: 'write-off' })]],
  ])('refuses %s', (_, commands) => expect(() => chain(commands)).toThrow(RangeError));
});

describe('a journal', () => {
  test('is never dated before the one it follows', () => {
    const [first] = chain([earned(100)]);
    const second = post(first, KEY, earned(100, '2'), {
      at: '2026-01-01T00:00:00.000Z',
      recordedAt: AT,
      actor: 'test',
    });
    expect(second!.at).toBe(first!.at);
  });

  test('hashes what it says and not when it was written', () => {
    const at = (recordedAt: string, actor = 'test') =>
      post(undefined, KEY, earned(100), { at: AT, recordedAt, actor })!.hash;
    expect(at('2026-03-15T12:00:00.000Z')).toBe(at('2027-01-01T00:00:00.000Z'));
    expect(at(AT)).not.toBe(at(AT, 'someone else'));
  });

  test('does not depend on the order of the lines in a batch', () => {
    const lines = [
      line(100, { orderId: '1' }),
      line(200, { orderId: '2' }),
      line(50, { orderId: '3', matures: '2026-05-01' }),
    ];
    const hash = (ordered: typeof lines) => chain([{ kind: 'accrual', today, lines: ordered }])[0]!.hash;
    expect(hash(lines.toReversed())).toBe(hash(lines));
  });
});

describe('laws', () => {
  test('hold after every story the jobs could tell', () => {
    fc.assert(
      fc.property(anyChain, (journals) => {
        expect(auditChain(journals)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('no cent is made or lost: what was earned and adjusted is waiting, payable, on its way, paid or owed', () => {
    fc.assert(
      fc.property(anyChain, (journals) => {
        const totals = new Map<string, number>();
        for (const each of journals.flatMap(({ lines }) => lines)) totals.set(each.orderId, each.totalCents);
        const earnedCents = [...totals.values()].reduce((sum, cents) => sum + cents, 0);
        const last = journals.at(-1);
        if (!last) return;
        const { paid, withheld = 0 } = last.after.balances;
        const byHand = journals.filter(({ kind }) => kind === 'adjustment').map(adjustedCents);
        const costCents = byHand.reduce((sum, cents) => sum + cents, earnedCents);
        expect(unpaidCents(last.after.balances) + paid + withheld).toBe(costCents);
        expect(last.after.balances.expense).toBe(0 - costCents);
        expect(ACCOUNTS.reduce((sum, account) => sum + (last.after.balances[account] ?? 0), 0)).toBe(0);
      }),
    );
  });

  test('settling in one batch or in many, in any order, leaves the same money in the same places', () => {
    const batches = fc.array(
      fc.record({ cents: fc.integer({ min: 1, max: 900 }), day: fc.integer({ min: 10, max: 20 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(
        batches.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray(
              all.map((_, i) => i),
              { minLength: all.length, maxLength: all.length },
            ),
          ),
        ),
        ([all, shuffled]) => {
          const lines = all.map(({ cents, day }, i) => line(cents, { orderId: String(i), matures: `2026-03-${day}` }));
          const together = chain([{ kind: 'accrual', today, lines }]);
          const apart = chain(shuffled.map((i) => ({ kind: 'accrual', today, lines: [lines[i]!] })));
          expect(ledgerHash(apart.slice(-1))).toBe(ledgerHash(together.slice(-1)));
        },
      ),
    );
  });
});
