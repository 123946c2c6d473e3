import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cap } from '../../../lib/caps/cap.ts';
import {
  type Counter,
  capsOf,
  type Gated,
  gate,
  moved,
  together,
  UNUSED,
  type Wanted,
} from '../../../lib/caps/gate.ts';
import type { AccrualLine } from '../../../lib/ledger/journal.ts';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import { ANN, BOB, PROGRAM } from '../../support/orders.ts';

const cap = (measure: Cap['measure'], limit: number, more: Partial<Cap> = {}): Cap => ({
  brandId: 'brd_aaaaaa',
  programId: PROGRAM,
  capId: `cap_${measure}`,
  scope: { kind: 'program' },
  measure,
  window: 'total',
  limit,
  hard: true,
  startsAt: '2026-01-01T00:00:00.000Z',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});

/** An order of `units` × 10.00, of which so many came back, 10 % to each partner by their share. */
function order(
  units: number,
  returned: number,
  shares: Record<string, number>,
  before: Partial<Conversion> = {},
): Wanted {
  const conversion = {
    brandId: 'brd_aaaaaa',
    programId: PROGRAM,
    eventType: 'sale',
    orderId: '1',
    occurredAt: '2026-03-10T10:00:00.000Z',
    receivedAt: '2026-03-10T10:00:00.000Z',
    currency: 'USD',
    items: [{ sku: 'a', quantity: units, unitPriceCents: 1_000, discountCents: 0 }],
    orderDiscountCents: 0,
    returned: returned > 0 ? { 1: returned } : {},
    revision: 1,
    posted: {},
    ...before,
  } as Conversion;
  const posted: Record<string, Conversion['posted'][string]> = {};
  const lines = new Map<string, AccrualLine>();
  const credits = Object.entries(shares).map(([partnerId, creditBps], place) => {
    const cents = Math.trunc(((units - returned) * 100 * creditBps) / 10_000);
    posted[partnerId] = { cents, matures: '2026-04-09', returnedUnits: returned };
    const change = cents - (conversion.posted[partnerId]?.cents ?? 0);
    if (change !== 0) lines.set(partnerId, { cents: change, totalCents: cents } as AccrualLine);
    return { partnerId, creditBps, position: place + 1, touches: 2, touchAt: conversion.occurredAt };
  });
  return { conversion, credits, lines, posted };
}
const groups: Record<string, string> = { [ANN]: 'gold', [BOB]: 'default' };
const run = (wanted: Wanted, caps: readonly Cap[], counters: Record<string, Counter> = {}): Gated =>
  gate(
    wanted,
    capsOf(caps, wanted.conversion, 'UTC'),
    (partnerId) => groups[partnerId],
    (name) => counters[name] ?? UNUSED,
  );
const used = (name: string, amount: number) => ({ [`cap_${name} total`]: { used: amount } });

describe('what a conversion uses', () => {
  test.each([
    ['a conversion is one, however many share it', cap('conversions', 9), { [ANN]: 5000, [BOB]: 5000 }, 0, 1],
    ['payout is what all of them earn', cap('payout', 9_999), { [ANN]: 5000, [BOB]: 5000 }, 0, 300],
    [
      'of one partner, theirs',
      cap('payout', 9_999, { scope: { kind: 'partner', partnerId: ANN } }),
      { [ANN]: 4000, [BOB]: 6000 },
      0,
      120,
    ],
    [
      'of a group, its partners’',
      cap('payout', 9_999, { scope: { kind: 'group', group: 'default' } }),
      { [ANN]: 4000, [BOB]: 6000 },
      0,
      180,
    ],
    ['revenue is the order’s after returns', cap('revenue', 9_999), { [ANN]: 10_000 }, 1, 2_000],
    [
      'of one partner, their share of it',
      cap('revenue', 9_999, { scope: { kind: 'partner', partnerId: BOB } }),
      { [ANN]: 4000, [BOB]: 6000 },
      0,
      1_800,
    ],
    ['an order that came back whole is none', cap('conversions', 9), { [ANN]: 10_000 }, 3, 0],
    ['one of which a part came back is one', cap('conversions', 9), { [ANN]: 10_000 }, 2, 1],
    [
      'of nobody in scope, nothing',
      cap('conversions', 9, { scope: { kind: 'group', group: 'silver' } }),
      { [ANN]: 10_000 },
      0,
      0,
    ],
    ['of nobody at all, nothing', cap('revenue', 9_999), {}, 0, 0],
  ] as const)('%s', (_, one, shares, returned, amount) => {
    const { consumed, moves, overCap } = run(order(3, returned, shares), [one as Cap]);
    expect(consumed).toEqual(amount === 0 ? {} : { [one.capId]: amount });
    expect(moves.map(({ by }) => by)).toEqual(amount === 0 ? [] : [amount]);
    expect(overCap).toBeUndefined();
  });
});

describe('past a hard cap', () => {
  test('a conversion is out as a whole, says why, and the counter learns that one was turned away', () => {
    const gated = run(order(3, 0, { [ANN]: 10_000 }), [cap('payout', 500)], used('payout', 300));
    expect(gated).toMatchObject({
      overCap: 'over-cap: 5.00 USD payout in all of the program (cap_payout)',
      posted: {},
      consumed: {},
      moves: [{ by: 0, turned: true }],
    });
    expect(gated.lines.size).toBe(0);
  });
  test('what fits to the cent is in', () => {
    const { overCap, posted } = run(order(3, 0, { [ANN]: 10_000 }), [cap('payout', 600)], used('payout', 300));
    expect(overCap).toBeUndefined();
    expect(posted[ANN]?.cents).toBe(300);
  });
  test('of one partner, the others are paid', () => {
    const mine = cap('conversions', 1, { scope: { kind: 'partner', partnerId: ANN } });
    const { lines, posted, overCap } = run(order(2, 0, { [ANN]: 5000, [BOB]: 5000 }), [mine], used('conversions', 1));
    expect(overCap).toContain(ANN);
    expect([...lines.keys()]).toEqual([BOB]);
    expect(Object.keys(posted)).toEqual([BOB]);
  });
  test('of one partner and of the program, the reason is the one that both of them share', () => {
    const mine = cap('payout', 50, { scope: { kind: 'partner', partnerId: ANN } });
    const { lines, overCap } = run(
      order(2, 0, { [ANN]: 5000, [BOB]: 5000 }),
      [mine, cap('conversions', 1)],
      used('conversions', 1),
    );
    expect(lines.size).toBe(0);
    expect(overCap).toBe('over-cap: 1 conversions in all of the program (cap_conversions)');
  });
  test('it uses nothing of the other caps either', () => {
    const caps = [cap('conversions', 1), cap('payout', 9_999), cap('revenue', 9_999)];
    const { moves, consumed } = run(order(2, 0, { [ANN]: 10_000 }), caps, used('conversions', 1));
    expect(consumed).toEqual({});
    expect(moves.map(({ cap: { measure }, by }) => [measure, by])).toEqual([['conversions', 0]]);
  });
  test('what was earned before stays, though it would earn more now', () => {
    const before = {
      posted: { [ANN]: { cents: 250, matures: '2026-04-09', returnedUnits: 0 } },
      consumed: { cap_payout: 250 },
    };
    const gated = run(order(3, 0, { [ANN]: 10_000 }, before), [cap('payout', 260)], used('payout', 250));
    expect(gated.posted[ANN]?.cents).toBe(250);
    expect(gated.lines.size).toBe(0);
    expect(gated.consumed).toEqual({ cap_payout: 250 });
    expect(gated.overCap).toBeDefined();
  });
  test('a return takes back and gives room back, though the cap was lowered below what is used', () => {
    const before = {
      posted: { [ANN]: { cents: 300, matures: '2026-04-09', returnedUnits: 0 } },
      consumed: { cap_payout: 300 },
    };
    const gated = run(order(3, 1, { [ANN]: 10_000 }, before), [cap('payout', 100)], used('payout', 300));
    expect(gated.overCap).toBeUndefined();
    expect(gated.lines.get(ANN)?.cents).toBe(-100);
    expect(gated.moves).toMatchObject([{ by: -100 }]);
  });
  test('a soft cap only counts', () => {
    const soft = cap('conversions', 1, { hard: false });
    const { overCap, moves } = run(order(1, 0, { [ANN]: 10_000 }), [soft], used('conversions', 1));
    expect(overCap).toBeUndefined();
    expect(moves).toMatchObject([{ by: 1 }]);
  });
  test('turned away again at the same limit, the counter is left alone', () => {
    const counters = { 'cap_conversions total': { used: 1, turnedAt: 1 } };
    expect(run(order(1, 0, { [ANN]: 10_000 }), [cap('conversions', 1)], counters).moves).toEqual([]);
  });
});

/**
 * Settlers that look at the same time and write in any order, with lost answers, reruns, returns and changed limits: what DynamoDB does
 * (a condition on the conversion's revision and on the counter, all or nothing) stands here as a few lines.
 */
test('law: no interleaving exceeds a cap, and counters are the sum of what conversions used', () => {
  const measures = ['conversions', 'payout', 'revenue'] as const;
  const deed = fc.record({
    order: fc.nat(7),
    kind: fc.constantFrom('look', 'write', 'write', 'return', 'recredit'),
    settler: fc.nat(2),
  });
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 9_000 })),
      fc.constantFrom<Cap['scope']>(
        { kind: 'program' },
        { kind: 'partner', partnerId: ANN },
        { kind: 'group', group: 'gold' },
      ),
      fc.array(deed, { maxLength: 80 }),
      (limits, scope, deeds) => {
        const caps = measures.map((measure, place) => cap(measure, limits[place]!, place === 1 ? { scope } : {}));
        const counters: Record<string, Counter> = {};
        const rows = Array.from({ length: 8 }, (_, n) => ({
          units: 1 + (n % 4),
          returned: 0,
          annBps: 10_000,
          before: { revision: 1, posted: {}, consumed: {} } as Pick<Conversion, 'revision' | 'posted' | 'consumed'>,
        }));
        const desks = new Map<string, { gated: Gated; revision: number }>();
        for (const { order: n, kind, settler } of deeds) {
          const row = rows[n]!;
          const desk = `${settler} ${n}`;
          if (kind === 'return' && row.returned < row.units) {
            row.returned += 1;
            row.before = { ...row.before, revision: row.before.revision + 1 };
          } else if (kind === 'recredit') {
            row.annBps = 10_000 - row.annBps / 2;
            row.before = { ...row.before, revision: row.before.revision + 1 };
          } else if (kind === 'look') {
            const shares: Record<string, number> =
              row.annBps === 10_000 ? { [ANN]: 10_000 } : { [ANN]: row.annBps, [BOB]: 10_000 - row.annBps };
            const gated = run(order(row.units, row.returned, shares, row.before), caps, { ...counters });
            desks.set(desk, { gated, revision: row.before.revision });
          } else if (kind === 'write') {
            // Kept on the desk: the same write delivered again must fail its condition.
            const found = desks.get(desk);
            if (!found || found.revision !== row.before.revision) continue;
            const moves = together(found.gated.moves);
            const fits = moves.every(
              ({ name, by, cap: { limit } }) => by <= 0 || (counters[name] ?? UNUSED).used <= limit - by,
            );
            if (!fits) continue;
            for (const move of moves) counters[move.name] = moved(counters[move.name] ?? UNUSED, move);
            row.before = {
              revision: row.before.revision + 1,
              posted: found.gated.posted,
              consumed: found.gated.consumed,
            };
          }
          for (const { capId, limit } of caps) {
            const { used: total } = counters[`${capId} total`] ?? UNUSED;
            expect(total).toBeGreaterThanOrEqual(0);
            expect(total).toBeLessThanOrEqual(limit);
            expect(total).toBe(rows.reduce((sum, { before }) => sum + (before.consumed?.[capId] ?? 0), 0));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('moves of one counter are one write, and none when they cancel out', () => {
  const move = (by: number) => ({ name: 'a', cap: cap('payout', 9), window: 'total', by });
  expect(together([move(3), move(-1)])).toMatchObject([{ by: 2 }]);
  expect(together([move(3), move(-3)])).toEqual([]);
});
