import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AmountColumn, decimalText, inStepsOf, settle } from '../../../../lib/attribution/compare/amounts.ts';
import { compare, type Model } from '../../../../lib/attribution/compare/compare.ts';
import { halving } from '../../../../lib/attribution/compare/halving.ts';
import { shareByRule } from '../../../../lib/attribution/compare/heuristics.ts';
import { JourneyBuilder, type Journeys, withinLookback } from '../../../../lib/attribution/compare/journeys.ts';
import { splitSteps, touchWeights } from '../../../../lib/attribution/compare/per-journey.ts';
import { shapley } from '../../../../lib/attribution/compare/shapley.ts';
import { journeys, someJourneys, someRows } from './journeys-ground.ts';

const DAY = 86_400_000;
const RULES = [
  { model: 'last' },
  { model: 'first' },
  { model: 'linear' },
  { model: 'linear-distinct' },
  { model: 'position', first: 40, middle: 20, last: 40 },
] as const;
const MODELS: readonly Model[] = [
  ...RULES,
  { model: 'markov', order: 1 },
  { model: 'markov', order: 2 },
  { model: 'markov', order: 3 },
  { model: 'shapley', seed: 1, samples: 20 },
];

/** A decimal as an integer of millionths. */
const millionths = (text: string) => BigInt(text.replace('.', ''));

const credits = (given: Journeys, model: Model) =>
  Object.fromEntries(compare(given, model).rows.map(({ partner, conversions }) => [partner, Number(conversions)]));

describe('rules', () => {
  test.each<[string, Model, Record<string, number>]>([
    ['last', { model: 'last' }, { a: 0, b: 0, c: 1 }],
    ['first', { model: 'first' }, { a: 1, b: 0, c: 0 }],
    ['linear', { model: 'linear' }, { a: 0.5, b: 0.25, c: 0.25 }],
    ['linear over distinct partners', { model: 'linear-distinct' }, { a: 0.333334, b: 0.333333, c: 0.333333 }],
    ['position', { model: 'position', first: 40, middle: 20, last: 40 }, { a: 0.5, b: 0.1, c: 0.4 }],
  ])('%s on a > b > a > c', (_, model, expected) => {
    expect(credits(journeys([['a > b > a > c', 1, 0]]), model)).toEqual(expected);
  });

  test('two touches share by the weights of the ends; one takes all', () => {
    const model = { model: 'position', first: 30, middle: 10, last: 60 } as const;
    expect(credits(journeys([['a > b', 3, 0]]), model)).toEqual({ a: 1, b: 2 });
    expect(credits(journeys([['a', 3, 0]]), model)).toEqual({ a: 3 });
  });

  test('decay halves with every half-life', () => {
    const builder = new JourneyBuilder({ timed: true });
    builder.touch(builder.names.of('old'), 0);
    builder.touch(builder.names.of('middle'), 7 * DAY);
    builder.touch(builder.names.of('young'), 14 * DAY);
    builder.conversions.push(7, 0);
    builder.value.push(0, 0);
    builder.end(0, 15 * DAY);
    expect(credits(builder.finish(), { model: 'decay', halfLifeMs: 7 * DAY })).toEqual({ old: 1, middle: 2, young: 4 });
  });

  test('halving is 2^-x', () => {
    for (const x of [0, 1e-9, 0.5, 1, 1023.999999, 1024, 1074, 1e6, -3.25]) {
      expect(Math.abs(halving(x) - 2 ** -x)).toBeLessThanOrEqual(1e-15 * 2 ** -x + 1e-322);
    }
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), (x) => {
        expect(Math.abs(halving(x) / 2 ** -x - 1)).toBeLessThan(1e-15);
      }),
      { numRuns: 2000 },
    );
  });

  test('a look-back keeps exactly so long ago and drops what is older or later', () => {
    const builder = new JourneyBuilder({ timed: true });
    for (const [name, at] of [
      ['older', 9 * DAY - 1],
      ['edge', 9 * DAY],
      ['late', 10 * DAY + 1],
    ] as const) {
      builder.touch(builder.names.of(name), at);
    }
    builder.conversions.push(1, 0);
    builder.value.push(0, 0);
    builder.end(0, 10 * DAY);
    expect([...withinLookback(builder.finish(), DAY).touches]).toEqual([1]);
  });
});

describe.each(MODELS)('$model $order', (model) => {
  test('shares out exactly what there is', () => {
    fc.assert(
      fc.property(someJourneys(), (given) => {
        const { rows, totals } = compare(given, model);
        for (const column of ['conversions', 'value'] as const) {
          const sum = rows.reduce((all, row) => all + millionths(row[column]), 0n);
          expect(sum).toBe(BigInt(totals[column]) * 1_000_000n);
        }
      }),
    );
  });

  test('does not depend on the order of the rows, nor on how equal rows are counted', () => {
    fc.assert(
      fc.property(someRows(), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (rows, chance) => {
        const split = rows.flatMap(([path, conversions, nulls, value]): [string, number, number, number][] => [
          [path, conversions, 0, value],
          [path, 0, nulls, 0],
        ]);
        const shuffled = split
          .map((row) => ({ row, at: chance.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ row }) => row);
        const [before, after] = [compare(journeys(rows), model), compare(journeys(shuffled), model)];
        const byPartner = (rows: typeof before.rows) => [...rows].sort((a, b) => (a.partner < b.partner ? -1 : 1));
        const [left, right] = [byPartner(before.rows), byPartner(after.rows)];
        expect(right.map(({ partner }) => partner)).toEqual(left.map(({ partner }) => partner));
        left.forEach((row, i) => {
          expect(Number(right[i]!.conversions)).toBeCloseTo(Number(row.conversions), 5);
          expect(Number(right[i]!.value)).toBeCloseTo(Number(row.value), 5);
        });
      }),
    );
  });

  test('gives nothing to a partner that is in no journey that counts', () => {
    fc.assert(
      fc.property(someRows(), (rows) => {
        const { rows: answer } = compare(journeys([...rows, ['absent > absent', 0, 0, 0]]), model);
        const absent = answer.find(({ partner }) => partner === 'absent')!;
        expect(Number(absent.conversions)).toBe(0);
        expect(Number(absent.value)).toBe(0);
      }),
    );
  });
});

describe.each(RULES)('$model, journey by journey', (rule) => {
  test('whole steps add up to the journey, and weigh as the loops over columns do', () => {
    fc.assert(
      fc.property(someJourneys(), (given) => {
        const shares = shareByRule(given, rule);
        const sums = new Float64Array(given.partners.length);
        const [weights, parts] = [new Float64Array(16), new Float64Array(16)];
        for (let j = 0; j < given.count; j += 1) {
          const n = touchWeights(given, j, rule, weights);
          if (n === 0) continue;
          const value = given.value.units[j]!;
          splitSteps(value, weights, n, parts);
          let sum = 0;
          for (let t = 0; t < n; t += 1) {
            expect(Number.isInteger(parts[t])).toBe(true);
            expect(Math.abs(parts[t]! - value * weights[t]!)).toBeLessThan(1 + 1e-6);
            if (weights[t] === 0) expect(parts[t]).toBe(0);
            sum += parts[t]!;
            sums[given.touches[given.starts[j]! + t]!]! += value * weights[t]!;
          }
          expect(sum).toBe(value);
        }
        sums.forEach((sum, partner) => {
          expect(shares.value[partner]).toBeCloseTo(sum, 6);
        });
      }),
    );
  });
});

test('ten cents among three are 4, 3 and 3', () => {
  const parts = new Float64Array(3);
  splitSteps(10, Float64Array.of(1 / 3, 1 / 3, 1 / 3), 3, parts);
  expect([...parts]).toEqual([4, 3, 3]);
  splitSteps(-10, Float64Array.of(1 / 3, 1 / 3, 1 / 3), 3, parts);
  expect([...parts]).toEqual([-4, -3, -3]);
});

describe('Shapley', () => {
  /** The definition: every order of joining, every coalition counted from scratch. */
  function byOrders(given: Journeys): number[] {
    const n = given.partners.length;
    const worth = (coalition: Set<number>) => {
      let [converted, all] = [0, 0];
      for (let j = 0; j < given.count; j += 1) {
        const touches = [...given.touches.subarray(given.starts[j]!, given.starts[j + 1]!)];
        if (touches.length === 0 || !touches.every((p) => coalition.has(p))) continue;
        converted += given.conversions.units[j]!;
        all += given.conversions.units[j]! + given.nulls[j]!;
      }
      return all > 0 ? converted / all : 0;
    };
    const values = new Array<number>(n).fill(0);
    let orders = 0;
    const join = (joined: number[]) => {
      if (joined.length === n) {
        orders += 1;
        for (let k = 0; k < n; k += 1) {
          values[joined[k]!]! += worth(new Set(joined.slice(0, k + 1))) - worth(new Set(joined.slice(0, k)));
        }
        return;
      }
      for (let p = 0; p < n; p += 1) if (!joined.includes(p)) join([...joined, p]);
    };
    join([]);
    return values.map((value) => value / orders);
  }

  test('is the mean over all orders of joining', () => {
    fc.assert(
      fc.property(someJourneys(), (given) => {
        const { values, rate } = shapley(given, { seed: 1, samples: 1 });
        byOrders(given).forEach((expected, p) => {
          expect(values[p]).toBeCloseTo(expected, 9);
        });
        expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(rate, 9);
      }),
      { numRuns: 40 },
    );
  });

  test('counts journeys that did not convert: a partner that lowers the rate is worth less than nothing', () => {
    // v(a) = 1/2, v(b) = 0, v(ab) = 1/10.
    const { values } = shapley(
      journeys([
        ['a', 1, 1],
        ['b', 0, 8],
      ]),
      { seed: 1, samples: 1 },
    );
    expect(values[0]).toBeCloseTo((0.5 + 0.1) / 2, 12);
    expect(values[1]).toBeCloseTo((0 + 0.1 - 0.5) / 2, 12);
  });

  test('drawn values are near the exact ones, by the error they report, and the same for the same seed', () => {
    // Fourteen partners of which five matter: the other nine are in no journey, so the exact value is that of five.
    const rows: [string, number, number][] = [
      ['a > b', 5, 20],
      ['b > c > a', 9, 4],
      ['d', 1, 30],
      ['e > a', 6, 6],
      ['c', 3, 9],
      ['a > b > c > d > e', 7, 1],
    ];
    const nobody = 'fghijklmn'.split('').map((name): [string, number, number] => [name, 0, 0]);
    const exact = shapley(journeys(rows), { seed: 1, samples: 1 });
    const drawn = shapley(journeys([...rows, ...nobody]), { seed: 7, samples: 4000 });
    expect(drawn.exact).toBe(false);
    exact.values.forEach((value, p) => {
      expect(drawn.errors[p]).toBeGreaterThan(0);
      expect(drawn.errors[p]).toBeLessThan(0.02);
      // Names are numbered alike in both, a b c d e first.
      expect(Math.abs(drawn.values[p]! - value)).toBeLessThan(4.5 * drawn.errors[p]!);
    });
    expect(drawn.values.reduce((a, b) => a + b, 0)).toBeCloseTo(drawn.rate, 9);
    expect(shapley(journeys([...rows, ...nobody]), { seed: 7, samples: 4000 }).values).toEqual(drawn.values);
    expect(shapley(journeys([...rows, ...nobody]), { seed: 8, samples: 4000 }).values).not.toEqual(drawn.values);
  });

  test('over converting paths alone, the subset-sum game is an equal split: linear over distinct partners', () => {
    fc.assert(
      fc.property(someJourneys(), (given) => {
        const n = given.partners.length;
        const sets = Array.from(
          { length: given.count },
          (_, j) => new Set(given.touches.subarray(given.starts[j]!, given.starts[j + 1]!)),
        );
        const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1));
        const values = new Float64Array(n);
        for (let mask = 0; mask < 1 << n; mask += 1) {
          const worth = (coalition: number) =>
            sets.reduce(
              (sum, set, j) =>
                set.size > 0 && [...set].every((p) => coalition & (1 << p)) ? sum + given.conversions.units[j]! : sum,
              0,
            );
          const size = [...Array(n).keys()].filter((p) => mask & (1 << p)).length;
          for (let p = 0; p < n; p += 1) {
            if (mask & (1 << p)) continue;
            const weight = (factorial(size) * factorial(n - 1 - size)) / factorial(n);
            values[p]! += weight * (worth(mask | (1 << p)) - worth(mask));
          }
        }
        shareByRule(given, { model: 'linear-distinct' }).conversions.forEach((share, p) => {
          expect(share).toBeCloseTo(values[p]!, 9);
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('amounts', () => {
  test.each([
    ['12', '12'],
    ['0.10', '0.10'],
    ['-3.5', '-3.5'],
    ['1e+05', '100000'],
    ['1.5E-3', '0.0015'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['123456789012345678901234567890.5', '123456789012345678901234567890.5'],
    ['.5', '0.5'],
    ['7.', '7'],
  ])('%s is read as %s', (text, expected) => {
    const column = new AmountColumn();
    expect(column.pushText(text)).toBe(true);
    const { total, digits } = column.finish();
    expect(decimalText(total, digits)).toBe(expected);
  });

  test.each(['', '.', '-', 'NA', '1,000', '$5', '1e', '0x10', 'Infinity', '1 000', '1e400'])(
    '%s is no amount',
    (text) => {
      expect(new AmountColumn().pushText(text)).toBe(false);
    },
  );

  test('a total is exact however the decimals are mixed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.nat(12))), (amounts) => {
        const column = new AmountColumn();
        let expected = 0n;
        for (const [mantissa, decimals] of amounts) {
          expect(column.pushText(decimalText(mantissa, decimals))).toBe(true);
          expected += mantissa * 10n ** BigInt(12 - decimals);
        }
        const { total, digits } = column.finish();
        expect(total * 10n ** BigInt(12 - digits)).toBe(expected);
      }),
    );
  });

  test('parts settle to the total, none moves a step too far, and nothing goes to a part of zero', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), fc.nat(1_000_000), (weights, total) => {
        const sum = weights.reduce((a, b) => a + b, 0);
        if (sum === 0) return;
        const parts = Float64Array.from(weights, (weight) => (weight * total) / sum);
        const steps = settle(parts, BigInt(total), 2, 6);
        expect(steps.reduce((a, b) => a + b, 0n)).toBe(BigInt(total) * 10_000n);
        steps.forEach((step, i) => {
          expect(Math.abs(Number(step) - parts[i]! * 10_000)).toBeLessThan(1.01);
          if (weights[i] === 0) expect(step).toBe(0n);
        });
      }),
    );
  });
});

test('drawn Shapley values do not depend on the order of the journeys', () => {
  const rows = Array.from({ length: 40 }, (_, i): [string, number, number] => [
    `P${i % 15} > P${(i * 7) % 15} > P${(i * 4 + 1) % 15}`,
    (i % 5) + 1,
    (i * 3) % 7,
  ]);
  const model = { model: 'shapley', seed: 7, samples: 50 } as const;
  expect(compare(journeys([...rows].reverse()), model).rows).toEqual(compare(journeys(rows), model).rows);
});

test('whole units in steps of a cent: the same amounts, and finer ones stay', () => {
  const whole = { units: Float64Array.of(100, 1), digits: 0, total: 101n };
  expect(inStepsOf(whole, 2)).toEqual({ units: Float64Array.of(10_000, 100), digits: 2, total: 10_100n });
  expect(inStepsOf({ ...whole, digits: 3 }, 2).digits).toBe(3);
});
