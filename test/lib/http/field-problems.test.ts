import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fieldProblems, nearestName } from '../../../lib/http/field-problems.ts';

const Item = z.strictObject({ sku: z.string(), quantity: z.int(), unitPriceCents: z.int() });
const Order = z.strictObject({
  orderId: z.string(),
  items: z.array(Item),
  terms: z.strictObject({ holdDays: z.int().default(30) }).prefault({}),
  pay: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('percent'), rateBps: z.int() }),
    z.strictObject({ kind: z.literal('flat'), amountCents: z.int() }),
  ]),
  account: z.union([
    z.strictObject({ iban: z.string() }),
    z.strictObject({ routingNumber: z.string(), accountNumber: z.string() }),
  ]),
  method: z
    .union([
      z.strictObject({ rail: z.literal('external') }),
      z.strictObject({ rail: z.literal('wise'), iban: z.string() }),
      z.strictObject({ rail: z.literal('wise'), sortCode: z.string() }),
    ])
    .optional(),
});
const valid = {
  orderId: 'A',
  items: [{ sku: 's', quantity: 1, unitPriceCents: 1 }],
  pay: { kind: 'flat', amountCents: 1 },
  account: { iban: 'x' },
};

const problems = (value: unknown) => fieldProblems(Order, Order.safeParse(value).error?.issues ?? [], 'body', value);

describe('a refusal', () => {
  test.each([
    ['names a missing field', { ...valid, orderId: undefined }, 'orderId', 'is required (string)'],
    [
      'names a wrong one deep inside',
      { ...valid, items: [...valid.items, { ...valid.items[0], quantity: 'x' }] },
      'items[1].quantity',
      'expected number',
    ],
    ['guesses what a field should be called', { ...valid, order_id: 'A' }, 'order_id', 'did you mean orderId?'],
    [
      'guesses inside a list',
      { ...valid, items: [{ ...valid.items[0], unitPrice: 1 }] },
      'items[0].unitPrice',
      'did you mean unitPriceCents?',
    ],
    ['guesses below a default', { ...valid, terms: { holdday: 1 } }, 'terms.holdday', 'did you mean holdDays?'],
    ['lists the fields when none is near', { ...valid, terms: { zzz: 1 } }, 'terms.zzz', 'there are holdDays'],
    [
      'names the choices of a variant',
      { ...valid, pay: { kind: 'tiered' } },
      'pay.kind',
      'must be one of percent, flat',
    ],
    [
      'names the choices where several variants share one',
      { ...valid, method: { rail: 'cheque', iban: 'x' } },
      'method.rail',
      'must be one of external, wise',
    ],
    [
      'names the field of a variant whose word is right',
      { ...valid, method: { rail: 'wise' } },
      'method.iban',
      'is required (string)',
    ],
    [
      'names a field of the variant that was meant',
      { ...valid, pay: { kind: 'percent', rateBps: 'x' } },
      'pay.rateBps',
      'expected number',
    ],
    [
      'knows the fields of all variants',
      { ...valid, pay: { kind: 'flat', amountCents: 1, rateBp: 1 } },
      'pay.rateBp',
      'did you mean rateBps?',
    ],
    [
      'never offers the field that it refuses: another variant has it',
      { ...valid, pay: { kind: 'flat', amountCents: 1, rateBps: 1 } },
      'pay.rateBps',
      'goes with another kind of this; leave it out',
    ],
    [
      'takes the nearest variant of a union',
      { ...valid, account: { routingNumber: '1' } },
      'account.accountNumber',
      'is required',
    ],
    [
      'names unknown fields where the variant is unknown',
      { ...valid, pay: { zzz: 1 } },
      'pay.zzz',
      'is not a field here',
    ],
    ['names the body when it is no object', 7, 'body', 'expected object'],
  ])('%s', (_, value, field, words) => {
    expect(problems(value)).toContainEqual({ field, message: expect.stringContaining(words) });
  });

  test('names every field, up to twenty', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`unknown${i}`, 1]));
    expect(problems({ ...valid, ...many })).toHaveLength(20);
  });
});

test.each([
  ['limt', 'limit'],
  ['unit_price_cents', 'unitPriceCents'],
  ['OrderID', 'orderId'],
  ['colour', undefined],
  ['x'.repeat(10_000), undefined],
])('%s is nearest to %s', (name, nearest) =>
  expect(nearestName(name, ['limit', 'orderId', 'unitPriceCents'])).toBe(nearest),
);

test('says what a key must be, and a number of which there are only whole ones', () => {
  const Rates = z.strictObject({
    rates: z.record(z.string().regex(/^[A-Z]{3}$/, 'must be in capitals'), z.string()),
    days: z.int().optional(),
  });
  const found = (value: unknown) => fieldProblems(Rates, Rates.safeParse(value).error?.issues ?? []);
  expect(found({ rates: { usd: '1' } })).toEqual([{ field: 'rates.usd', message: 'must be in capitals' }]);
  expect(found({ rates: {}, days: 1.5 })).toEqual([{ field: 'days', message: 'must be a whole number' }]);
});
