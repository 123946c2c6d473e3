import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { journeysOf } from '../../../../bench/journeys.ts';
import { type Chain, chainOf } from '../../../../lib/attribution/compare/chain.ts';
import { byFollowing } from '../../../../lib/attribution/compare/follow.ts';
import { fundamental } from '../../../../lib/attribution/compare/fundamental.ts';
import type { Journeys } from '../../../../lib/attribution/compare/journeys.ts';
import { byFullInverse, type Order, removalEffects } from '../../../../lib/attribution/compare/removal-effects.ts';
import { journeys, someJourneys } from './journeys-ground.ts';

/** Solves A x = b with pivoting; slow, and independent of what is tested. */
function solved(matrix: number[][], right: number[]): number[] {
  const n = right.length;
  const a = matrix.map((row, i) => [...row, right[i]!]);
  for (let k = 0; k < n; k += 1) {
    let best = k;
    for (let i = k + 1; i < n; i += 1) if (Math.abs(a[i]![k]!) > Math.abs(a[best]![k]!)) best = i;
    [a[k], a[best]] = [a[best]!, a[k]!];
    for (let i = 0; i < n; i += 1) {
      if (i === k) continue;
      const factor = a[i]![k]! / a[k]![k]!;
      if (factor !== 0) for (let j = k; j <= n; j += 1) a[i]![j]! -= factor * a[k]![j]!;
    }
  }
  return a.map((row, i) => row[n]! / row[i]!);
}

/**
 * Removal as it is said: count tuples with strings, send whatever would enter a state that *contains* the partner to null, solve again.
 */
function byRemoval(given: Journeys, order: number): number[] {
  const numbers = new Map<string, number>();
  const members: Set<number>[] = [];
  const moves: Map<number, number>[] = [];
  const [start, convert, out] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  const add = (map: Map<number, number>, key: number, weight: number) => map.set(key, (map.get(key) ?? 0) + weight);
  for (let j = 0; j < given.count; j += 1) {
    const touches = [...given.touches.subarray(given.starts[j]!, given.starts[j + 1]!)];
    const converted = given.conversions.units[j]! / 10 ** given.conversions.digits;
    const weight = converted + given.nulls[j]!;
    if (touches.length === 0 || weight === 0) continue;
    const states = touches.map((_, t) => {
      const tuple = touches.slice(Math.max(0, t + 1 - order), t + 1);
      const name = tuple.join(' ');
      if (!numbers.has(name)) {
        numbers.set(name, numbers.size);
        members.push(new Set(tuple));
        moves.push(new Map());
      }
      return numbers.get(name)!;
    });
    add(start, states[0]!, weight);
    states.forEach((state, t) => {
      add(out, state, weight);
      if (t + 1 < states.length) add(moves[state]!, states[t + 1]!, weight);
      else add(convert, state, converted);
    });
  }
  const n = numbers.size;
  const probability = (removed: number) => {
    const gone = (state: number) => members[state]!.has(removed);
    const matrix = Array.from({ length: n }, (_, x) =>
      Array.from({ length: n }, (__, y) => {
        const q = gone(y) || gone(x) ? 0 : (moves[x]!.get(y) ?? 0) / out.get(x)!;
        return (x === y ? 1 : 0) - q;
      }),
    );
    const h = solved(
      matrix,
      Array.from({ length: n }, (_, x) => (gone(x) ? 0 : (convert.get(x) ?? 0) / out.get(x)!)),
    );
    let sum = 0;
    for (const [state, weight] of start) sum += weight * (gone(state) ? 0 : h[state]!);
    return sum;
  };
  const whole = n === 0 ? 0 : probability(-1);
  return given.partners.map((_, i) => (whole > 0 ? 1 - probability(i) / whole : 0));
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-9): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i += 1) {
    expect(Math.abs(actual[i]! - expected[i]!), `partner ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThan(within);
  }
}

describe('worked by hand', () => {
  test.each<[string, [string, number, number][], Order, number[]]>([
    ['one partner that all conversions need', [['a', 3, 1]], 1, [1]],
    [
      'two partners that share nothing',
      [
        ['a', 1, 1],
        ['b', 3, 0],
      ],
      1,
      [0.25, 0.75],
    ],
    // From the start a; a leads to b half the time or converts half the time; b always converts.
    [
      'a feeder and a closer',
      [
        ['a > b', 1, 0],
        ['a', 1, 0],
      ],
      1,
      [1, 0.5],
    ],
    [
      'repeats change nothing',
      [
        ['a > a > a > b', 1, 0],
        ['a > a', 1, 0],
      ],
      1,
      [1, 0.5],
    ],
    ['nothing converts', [['a > b', 0, 4]], 1, [0, 0]],
    // Order 1 believes that a > b > c can follow from a > b and b > c; order 2 knows that it never did.
    [
      'order 2 remembers',
      [
        ['a > b', 0, 1],
        ['c > b > d', 1, 0],
      ],
      2,
      [0, 1, 1, 1],
    ],
  ])('%s', (_, rows, order, expected) => {
    expectClose(removalEffects(journeys(rows), order), expected, 1e-12);
  });

  test('order 1 does not remember', () => {
    const [a, , , d] = removalEffects(
      journeys([
        ['a > b', 0, 1],
        ['c > b > d', 1, 0],
      ]),
      1,
    );
    expect(a).toBeCloseTo(0.5, 12);
    expect(d).toBeCloseTo(1, 12);
  });
});

describe.each<Order>([1, 2, 3])('order %i', (order) => {
  test('is what solving again without the partner gives', () => {
    fc.assert(
      fc.property(someJourneys(), (given) => {
        const expected = byRemoval(given, order);
        expectClose(removalEffects(given, order), expected);
        const chain = chainOf(given, order);
        expectClose(byFullInverse(chain), expected);
        expectClose(byFollowing(chain), expected);
      }),
      { numRuns: 150 },
    );
  });

  test('is between 0 and 1, and 0 for whoever no converting chain reaches', () => {
    fc.assert(
      fc.property(someJourneys(), (given) => {
        for (const effect of removalEffects(given, order)) {
          expect(effect).toBeGreaterThanOrEqual(0);
          expect(effect).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('does not fall when a partner joins more journeys that convert with it alone', () => {
    fc.assert(
      fc.property(someJourneys(), fc.integer({ min: 1, max: 50 }), (given, more) => {
        const before = removalEffects(given, order)[0]!;
        const extended = journeys([
          ...Array.from({ length: given.count }, (_, j): [string, number, number] => [
            [...given.touches.subarray(given.starts[j]!, given.starts[j + 1]!)]
              .map((p) => given.partners[p])
              .join(' > '),
            given.conversions.units[j]!,
            given.nulls[j]!,
          ]),
          [given.partners[0]!, more, 0],
        ]);
        expect(removalEffects(extended, order)[0]!).toBeGreaterThanOrEqual(before - 1e-9);
      }),
    );
  });
});

test('a chain of 400 partners: selected inversion is the dense inverse', () => {
  const chain: Chain = chainOf(journeysOf(8000, 400), 1);
  const { returns, visits, conversion } = fundamental(chain);
  const n = chain.states;
  const matrix = Array.from({ length: n }, (_, x) => {
    const row = new Array<number>(n).fill(0);
    row[x] = 1;
    for (let e = chain.rows[x]!; e < chain.rows[x + 1]!; e += 1) row[chain.to[e]!]! -= chain.probability[e]!;
    return row;
  });
  expectClose(conversion, solved(matrix, [...chain.convert]), 1e-11);
  const transposed = matrix.map((_, x) => matrix.map((row) => row[x]!));
  expectClose(visits, solved(transposed, [...chain.start]), 1e-11);
  for (const i of [0, 1, 7, 99, 250, 398, 399]) {
    const unit = new Array<number>(n).fill(0);
    unit[i] = 1;
    expect(Math.abs(returns[i]! - solved(matrix, unit)[i]!)).toBeLessThan(1e-11);
  }
  expectClose(removalEffects(journeysOf(8000, 400), 1), byFollowing(chain), 1e-10);
});

test('a long cycle is solved, not given up', () => {
  const path = Array.from({ length: 4000 }, (_, t) => 'ab'[t % 2]).join(' > ');
  for (const order of [1, 2, 3] as const) {
    expectClose(
      removalEffects(
        journeys([
          [path, 1, 1],
          ['c', 2, 5],
        ]),
        order,
      ),
      [1 / 3, 1 / 3, 2 / 3],
      1e-9,
    );
  }
});
