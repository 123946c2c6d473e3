import { describe, expect, test } from 'vitest';
import { MARK_LENGTH, markOf, traitsOf } from '../../../lib/tracking/order-mark.ts';
import { item, order } from '../../support/orders.ts';

const base = { customerId: 'c-1', emailSha256: 'e'.repeat(64), clickId: 'x'.repeat(64) };
const mark = (over: Parameters<typeof order>[1] = {}, cents = 1000) =>
  markOf(order([item(cents)], { ...base, ...over }));
const common = (a = mark(), b = mark()) => traitsOf(a!).filter((trait) => traitsOf(b!).includes(trait)).length;

describe('a mark', () => {
  test('is the same whatever the order is called and whenever it is told', () => {
    expect(mark({ orderId: '2', occurredAt: '2026-01-01T00:00:00.000Z', receivedAt: '2026-02-01T00:00:00.000Z' })).toBe(
      mark(),
    );
    expect(mark()).toHaveLength(MARK_LENGTH);
  });

  test('is of the amount after discounts, however it is split into lines', () => {
    const split = markOf(order([item(700), item(500)], { ...base, orderDiscountCents: 200 }));
    expect(split).toBe(mark());
  });

  test.each([
    ['another amount', mark({}, 1001)],
    ['another currency', mark({ currency: 'EUR' })],
    ['another type of event', mark({ eventType: 'lead' })],
    ['nothing of the customer', mark({ customerId: 'c-2', emailSha256: 'f'.repeat(64), clickId: 'y'.repeat(64) })],
  ])('shares nothing with one of %s', (_, other) => expect(common(mark(), other)).toBe(0));

  test.each([
    ['the customer', { emailSha256: 'f'.repeat(64), clickId: 'y'.repeat(64) }],
    ['the address', { customerId: 'c-2', clickId: 'y'.repeat(64) }],
    ['the click', { customerId: 'c-2', emailSha256: 'f'.repeat(64) }],
  ])('shares one trait with one that has only %s in common', (_, over) => expect(common(mark(), mark(over))).toBe(1));

  test('tells a customer from a click of the same name', () => {
    const a = markOf(order([item(1000)], { customerId: 'same' }));
    const b = markOf(order([item(1000)], { clickId: 'same' }));
    expect(common(a, b)).toBe(0);
  });

  test('is none for a trial, for an order that names nobody, and rests on no click id that was refused', () => {
    expect(mark({ test: true })).toBeUndefined();
    expect(markOf(order([item(1000)]))).toBeUndefined();
    expect(markOf(order([item(1000)], { clickId: 'x', clickIdRefused: 'malformed' }))).toBeUndefined();
  });
});
