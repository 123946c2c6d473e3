import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { remainingOrder } from '../../../lib/commission/order.ts';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import { anyOrder, anyReturns, item, order } from '../../support/orders.ts';

const nets = (conversion: Conversion) => remainingOrder(conversion).items.map(({ netCents }) => netCents);

describe('what is left of an order', () => {
  test.each<[string, Conversion, number[]]>([
    ['quantity times price', order([item(1999, { quantity: 3 })]), [5997]],
    ['less the discount of the line', order([item(1999, { quantity: 3, discountCents: 997 })]), [5000]],
    [
      'less its share of the order’s discount',
      order([item(3000), item(1000)], { orderDiscountCents: 1000 }),
      [2250, 750],
    ],
    [
      'the odd cent of the discount falls on the larger remainder',
      order([item(2000), item(1000)], { orderDiscountCents: 100 }),
      [1933, 967],
    ],
    ['a discount of everything', order([item(700), item(300)], { orderDiscountCents: 1000 }), [0, 0]],
    ['free items', order([item(0, { quantity: 2 })]), [0]],
    ['one of three came back', order([item(1000, { quantity: 3 })], { returned: { 1: 1 } }), [2000]],
    [
      'two thirds of 10.00 rounded',
      order([item(1000, { quantity: 3, discountCents: 2000 })], { returned: { 1: 1 } }),
      [667],
    ],
    [
      'a third of 10.00 rounded',
      order([item(1000, { quantity: 3, discountCents: 2000 })], { returned: { 1: 2 } }),
      [333],
    ],
    ['all came back', order([item(999, { quantity: 3 })], { returned: { 1: 3 } }), [0]],
    ['more came back than was bought', order([item(999, { quantity: 3 })], { returned: { 1: 4 } }), [0]],
    [
      'the other line stays as it was',
      order([item(1000), item(500)], { orderDiscountCents: 150, returned: { 1: 1 } }),
      [0, 450],
    ],
    [
      'cancelled',
      order([item(1000), item(500)], { cancelled: { at: '2026-03-16T00:00:00.000Z', reason: 'fraud' } }),
      [0, 0],
    ],
  ])('%s', (_, conversion, expected) => expect(nets(conversion)).toEqual(expected));

  test('counts units ordered and returned', () => {
    const { units, returnedUnits } = remainingOrder(
      order([item(1, { quantity: 3 }), item(1, { quantity: 2 })], { returned: { 1: 2, 2: 1 } }),
    );
    expect({ units, returnedUnits }).toEqual({ units: 5, returnedUnits: 3 });
  });

  test('refuses a line that numbers cannot hold', () => {
    expect(() => remainingOrder(order([item(1_000_000_000_000, { quantity: 100_000 })]))).toThrow(RangeError);
  });

  test('is exactly what was ordered less the discounts, before anything comes back', () => {
    fc.assert(
      fc.property(anyOrder, (conversion) => {
        const lines = conversion.items.reduce(
          (sum, each) => sum + each.quantity * each.unitPriceCents - each.discountCents,
          0,
        );
        expect(remainingOrder(conversion).commissionableCents).toBe(lines - conversion.orderDiscountCents);
      }),
    );
  });

  test('never rises when more comes back, is never negative, and is nothing when all came back', () => {
    const withReturns = anyOrder.chain((conversion) => fc.tuple(fc.constant(conversion), anyReturns(conversion)));
    fc.assert(
      fc.property(withReturns, ([conversion, returned]) => {
        const before = nets(conversion);
        nets({ ...conversion, returned }).forEach((net, index) => {
          expect(net).toBeLessThanOrEqual(before[index]!);
          expect(net).toBeGreaterThanOrEqual(0);
        });
        const all = Object.fromEntries(conversion.items.map(({ quantity }, index) => [index + 1, quantity]));
        expect(remainingOrder({ ...conversion, returned: all }).commissionableCents).toBe(0);
      }),
    );
  });
});
