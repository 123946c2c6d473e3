import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldProblems } from '../../../lib/http/field-problems.ts';
import { readReport } from '../../../lib/http/read-report.ts';
import { ConversionReport } from '../../../lib/tracking/conversion.ts';
import { placesOf, plantedAt } from '../../support/hostile-json.ts';

/** What the schema makes of a value, in the words of a refusal. */
function bySchema(value: unknown, root: string) {
  const parsed = ConversionReport.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return { problems: fieldProblems(ConversionReport, parsed.error.issues, root, value) };
}

/** Values as JSON carries them: what cannot be sent cannot differ. `JSON.parse('1e999')` is what makes an infinity. */
function expectSame(value: unknown) {
  for (const root of ['body', 'conversion'])
    expect(JSON.stringify(readReport(value, root))).toBe(JSON.stringify(bySchema(value, root)));
}

const FULL = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  eventType: 'sale',
  orderId: '1001',
  occurredAt: '2026-03-29T10:00:00.000Z',
  cartAt: '2026-03-29T09:00:00.000Z',
  currency: 'USD',
  items: [
    { sku: 'boot-42', category: 'shoes', quantity: 1, unitPriceCents: 12_900, discountCents: 0 },
    { sku: 'sock-m', quantity: 3, unitPriceCents: 700 },
  ],
  orderDiscountCents: 1_000,
  taxCents: 100,
  shippingCents: 490,
  clickId: 'BwCgrEwAAAAAAQBleAAAAAAP__8BnTkJPQAAAQIDBAUGB77v0LcF8wYMKv-bN_RJ',
  customerId: 'c-1',
  customerStatus: 'new',
  emailSha256: 'a'.repeat(64),
  couponCode: 'ANA10',
  couponCodes: ['ANA10', 'SPRING'],
  country: 'DE',
  sub1: 'a',
  sub5: 'e',
  test: true,
};

const time = fc.oneof(
  fc.constantFrom(
    '2026-02-29T00:00:00Z',
    '2024-02-29T00:00:00Z',
    '2000-02-29T23:59:59+23:59',
    '2100-02-29T00:00:00Z',
    '1999-12-31T23:59:59Z',
    '2000-01-01T00:00:00+00:01',
    '2199-12-31T23:59:59-23:59',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01T00:00:00+23:59',
    '2026-03-29T10:00Z',
    '2026-03-29 10:00:00Z',
    '2026-03-29T10:00:00.123456789012345678901234567890Z',
    '2026-03-29T24:00:00Z',
    '2026-03-29T10:00:60Z',
    '2026-03-29T10:00:00z',
    '2026-03-29T10:00:00-00:00',
    '2026-03-29T10:00:00Z\n',
    '٢٠٢٦-03-29T10:00:00Z',
  ),
  fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,4})?(Z|[+-][0-2]\d:[0-5]\d)$/),
);
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    ' ',
    '  padded  ',
    [],
    {},
    [null],
    [[]],
    'usd',
    'XXQ',
    'EUR',
    'a#b',
    '\u202e',
  ),
  fc.constantFrom<unknown>(
    { length: 5 },
    { length: 200 },
    { length: 'x' },
    { length: 0 },
    { length: null },
    { length: {} },
  ),
  fc.constantFrom<unknown>(
    0,
    -0,
    -1,
    1.5,
    1e12,
    1e12 + 1,
    2 ** 53,
    -(2 ** 53),
    1e300,
    -1e300,
    Number.POSITIVE_INFINITY,
    100_000,
    100_001,
  ),
  fc.string({ unit: 'binary', maxLength: 150 }),
  fc.string({ unit: 'grapheme', minLength: 35, maxLength: 130 }),
  fc.constantFrom(40, 41, 60, 61, 64, 65, 120, 121).map((length) => '😀'.repeat(length)),
  fc.constantFrom(0, 1, 5, 6, 40, 61, 65, 100, 101, 121).map((length) => Array(length).fill('x')),
  fc.constantFrom(1, 5, 6, 100, 101).map((length) => Array(length).fill(FULL.items[1])),
  fc
    .constantFrom(1, 100, 101)
    .map((length) => Array(length).fill({ sku: 's', quantity: 100_000, unitPriceCents: 1e7 })),
  fc.array(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'ANA10', ' A '), { maxLength: 7 }),
  time,
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer(),
);
const strange = fc
  .oneof(
    fc.constantFrom(
      'amount',
      'amountCents',
      'orderid',
      'event_type',
      'customer_status',
      'x',
      'sub6',
      'length',
      'items ',
      '',
    ),
    fc.string({ maxLength: 70 }),
  )
  .filter((name) => name !== '__proto__');

/** A whole report with some places changed, some fields taken away and some added. */
const mutated = fc
  .array(
    fc.record({
      pick: fc.nat(),
      kind: fc.constantFrom('plant', 'plant', 'plant', 'drop', 'add'),
      value: hostile,
      name: strange,
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((changes) =>
    changes.reduce<unknown>((body, { pick, kind, value, name }) => {
      const places = placesOf(body);
      const place = places[pick % Math.max(1, places.length)];
      if (!place) return body;
      if (kind === 'plant') return plantedAt(body, place, value);
      const copy = structuredClone(body) as Record<string, unknown>;
      const parent = place.path
        .slice(0, -1)
        .reduce<unknown>((level, key) => (level as Record<string, unknown>)[key], copy);
      if (kind === 'drop' && !Array.isArray(parent)) delete (parent as Record<string, unknown>)[place.key];
      if (kind === 'add' && !Array.isArray(parent)) (parent as Record<string, unknown>)[name] = value;
      return copy;
    }, FULL),
  );

describe('a report read without zod', () => {
  test('is what the schema makes of it, defaults and trimmed texts included', () => {
    expect(readReport(FULL)).toEqual({ value: ConversionReport.parse(FULL) });
    expect(readReport({ ...FULL, sub1: '  a ', eventType: undefined }).value).toMatchObject({
      sub1: 'a',
      eventType: 'sale',
    });
  });

  test('has every field of the schema, in its order', () => {
    const names = Object.keys(ConversionReport.shape);
    const answer = readReport({ zzzzzzzzzzzzzzzz: 1, ...FULL }).problems?.[0]?.message;
    expect(answer).toBe(`is not a field here; there are ${names.join(', ')}`);
    for (const name of names) expectSame({ ...FULL, [name]: {} });
  });

  test.each([
    ['nothing', {}],
    ['a text', 'order'],
    ['null', null],
    ['a list', []],
    ['a number', 7],
    [
      'lines that add up to too much',
      { ...FULL, items: Array(2).fill({ sku: 's', quantity: 1, unitPriceCents: 1e12 }) },
    ],
    ['a discount above the sum', { ...FULL, orderDiscountCents: 15_001 }],
    ['a cart after the order', { ...FULL, cartAt: '2026-03-29T12:00:01+01:00' }],
    ['six codes with couponCode', { ...FULL, couponCode: 'F', couponCodes: ['A', 'B', 'C', 'D', 'E'] }],
    ['many strangers', Object.fromEntries(Array.from({ length: 30 }, (_, place) => [`field${place}`, place]))],
    ['strangers in a line', { ...FULL, items: [{ ...FULL.items[0], price: 1, qty: 2 }] }],
  ])('of %s is refused in the same words', (_, value) => expectSame(value));

  test('agrees with the schema on every place with every hostile value', () =>
    fc.assert(fc.property(mutated, expectSame), { numRuns: 4_000 }));

  test('agrees on what has nothing of a report', () =>
    fc.assert(fc.property(fc.jsonValue(), expectSame), { numRuns: 500 }));
});
