import { describe, expect, test } from 'vitest';
import { ConversionReport, ReturnReport } from '../../../lib/tracking/conversion.ts';
import { orderCents } from '../../../lib/tracking/order-amount.ts';

const line = (over: object = {}) => ({ sku: 'boot', quantity: 2, unitPriceCents: 12_900, ...over });
const report = (over: object = {}) => ({
  programId: 'prg_01jqg0000000yyyy',
  orderId: '1001',
  currency: 'USD',
  items: [line()],
  ...over,
});
const problems = (value: unknown, schema: typeof ConversionReport | typeof ReturnReport = ConversionReport) =>
  schema.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a report', () => {
  test('says the rest by leaving it out', () => {
    expect(ConversionReport.parse(report())).toEqual({
      ...report(),
      eventType: 'sale',
      items: [line({ discountCents: 0 })],
      orderDiscountCents: 0,
    });
  });

  test.each([
    ['a separator in the order id', { orderId: 'a#b' }, 'orderId'],
    ['a line break in the order id', { orderId: 'a\nb' }, 'orderId'],
    ['no lines', { items: [] }, 'items'],
    ['a discount above the line', { items: [line({ discountCents: 25_801 })] }, 'items.0.discountCents'],
    ['a discount above the order', { orderDiscountCents: 25_801 }, 'orderDiscountCents'],
    ['half a cent', { items: [line({ unitPriceCents: 0.5 })] }, 'items.0.unitPriceCents'],
    ['a negative price', { items: [line({ unitPriceCents: -1 })] }, 'items.0.unitPriceCents'],
    [
      'a line beyond exact integers',
      { items: [line({ quantity: 100_000, unitPriceCents: 1_000_000_000_000 })] },
      'items.0.unitPriceCents',
    ],
    [
      'an order beyond exact sums',
      { items: Array(3).fill(line({ quantity: 1, unitPriceCents: 400_000_000_000 })) },
      'items',
    ],
    ['a time without zone', { occurredAt: '2026-03-29T10:00:00' }, 'occurredAt'],
    ['a click id with a space', { clickId: 'a b' }, 'clickId'],
    ['currency in small letters', { currency: 'usd' }, 'currency'],
  ])('with %s is refused by name', (_, over, field) => {
    expect(problems(report(over))).toContain(field);
  });

  test('a time in another zone is kept as the moment it is', () => {
    expect(ConversionReport.parse(report({ occurredAt: '2026-03-29T12:00:00+02:00' })).occurredAt).toBe(
      '2026-03-29T10:00:00.000Z',
    );
  });
});

test('an order is worth its lines less every discount', () => {
  const order = ConversionReport.parse(
    report({ items: [line({ discountCents: 800 }), line()], orderDiscountCents: 1_000 }),
  );
  expect(orderCents(order)).toBe(2 * 25_800 - 800 - 1_000);
});

test('a return names a line once', () => {
  const lines = [
    { line: 1, quantity: 1 },
    { line: 1, quantity: 1 },
  ];
  expect(problems({ returnId: 'r', lines }, ReturnReport)).toEqual(['lines']);
});
