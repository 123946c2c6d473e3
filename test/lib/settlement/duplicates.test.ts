import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alike,
  disturbs,
  duplicateOf,
  type MarkedOrder,
  precedes,
  reachesOf,
} from '../../../lib/settlement/duplicates.ts';
import { epochMs, instant } from '../../../lib/time.ts';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import type { DuplicateOf } from '../../../lib/tracking/flags.ts';
import { markOf } from '../../../lib/tracking/order-mark.ts';
import { item, order } from '../../support/orders.ts';

const NOON = epochMs('2026-03-15T12:00:00.000Z');
const AS_OF = '2026-04-01T00:00:00.000Z';
const MINUTES = 10;

/** Few times, customers, clicks and amounts, so that orders are often alike. */
const someOrders = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 40 }),
      cents: fc.constantFrom(1000, 2000),
      customerId: fc.constantFrom(undefined, 'c-1', 'c-2'),
      emailSha256: fc.constantFrom(undefined, 'e'.repeat(64)),
      clickId: fc.constantFrom(undefined, 'x'.repeat(64), 'y'.repeat(64)),
    }),
    { maxLength: 9 },
  )
  .map((all) =>
    all.map(({ minute, cents, ...who }, place): Conversion => {
      const given = Object.fromEntries(Object.entries(who).filter(([, value]) => value !== undefined));
      const one = order([item(cents)], {
        ...given,
        orderId: `o-${place}`,
        occurredAt: instant(NOON + minute * 60_000),
        receivedAt: instant(NOON + minute * 60_000),
      });
      const mark = markOf(one);
      return mark === undefined ? one : { ...one, mark };
    }),
  );

const marked = (orders: readonly Conversion[]): MarkedOrder[] =>
  orders.flatMap((one) => (one.mark === undefined ? [] : [{ key: one, occurredAt: one.occurredAt, mark: one.mark }]));
const twinsIn = (one: Conversion, there: readonly Conversion[]) =>
  (alike(marked([one]), marked(there), MINUTES)[0] ?? []).map(
    ({ key }) => there.find(({ orderId }) => orderId === key.orderId)!,
  );

/** As said in words: of the orders that share amount and customer, address or click, made at most ten minutes before, the first. */
function expected(one: Conversion, all: readonly Conversion[]): string | undefined {
  const same = (a: string | undefined, b: string | undefined) => a !== undefined && a === b;
  return all
    .filter(
      (other) =>
        other !== one &&
        precedes(other, one) &&
        other.items[0]!.unitPriceCents === one.items[0]!.unitPriceCents &&
        (same(other.customerId, one.customerId) ||
          same(other.emailSha256, one.emailSha256) ||
          same(other.clickId, one.clickId)) &&
        epochMs(one.occurredAt) - epochMs(other.occurredAt) <= MINUTES * 60_000,
    )
    .sort((a, b) => (precedes(a, b) ? -1 : 1))[0]?.orderId;
}

/** Settles one batch after another, as `settle.ts` does: what is new, and what the new disturbs. */
function settled(batches: readonly (readonly Conversion[])[]): Map<string, string | undefined> {
  const there = new Map<string, Conversion>();
  const found = new Map<string, DuplicateOf | undefined>();
  for (const batch of batches) {
    for (const one of batch) there.set(one.orderId, { ...one, open: true });
    const page = batch.map(({ orderId }) => there.get(orderId)!);
    const disturbed = page.flatMap((one) => twinsIn(one, [...there.values()]).filter((twin) => disturbs(one, twin)));
    for (const one of [...page, ...disturbed]) {
      const original = duplicateOf(one, twinsIn(one, [...there.values()]), MINUTES, AS_OF);
      found.set(one.orderId, original);
      const { open: _, findings: __, ...rest } = one;
      there.set(one.orderId, { ...rest, ...(original && { findings: { duplicateOf: original } }) });
    }
  }
  return new Map([...found].map(([orderId, original]) => [orderId, original?.orderId]));
}

describe('a suspect', () => {
  test('is the later of two that are alike, whichever was told first and however they are settled', () => {
    fc.assert(
      fc.property(
        someOrders.chain((orders) =>
          fc.record({
            orders: fc.constant(orders),
            told: fc.shuffledSubarray(orders, { minLength: orders.length, maxLength: orders.length }),
            cut: fc.integer({ min: 1, max: 4 }),
          }),
        ),
        ({ orders, told, cut }) => {
          const batches = Array.from({ length: Math.ceil(told.length / cut) }, (_, place) =>
            told.slice(place * cut, (place + 1) * cut),
          );
          const wanted = new Map(orders.map((one) => [one.orderId, expected(one, orders)]));
          expect(Object.fromEntries(settled(batches))).toEqual(Object.fromEntries(wanted));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of the same instant is the one whose id sorts after the other', () => {
    const [a, b] = [order([item(1)], { orderId: 'a' }), order([item(1)], { orderId: 'b' })];
    expect(duplicateOf(b, [a], MINUTES, AS_OF)?.orderId).toBe('a');
    expect(duplicateOf(a, [b], MINUTES, AS_OF)).toBeUndefined();
  });

  test('is none because of what was told after the as-of time', () => {
    const a = order([item(1)], { orderId: 'a', receivedAt: '2026-03-20T00:00:00.000Z' });
    const b = order([item(1)], { orderId: 'b' });
    expect(duplicateOf(b, [a], MINUTES, '2026-03-19T00:00:00.000Z')).toBeUndefined();
    expect(duplicateOf(b, [a], MINUTES, '2026-03-20T00:00:00.000Z')?.orderId).toBe('a');
  });

  test('is at most so many minutes away, the last of them included', () => {
    const of = (seconds: number) =>
      marked([
        {
          ...order([item(1)], { orderId: `${seconds}`, occurredAt: instant(NOON + seconds * 1000) }),
          mark: 'a'.repeat(24),
        },
      ]);
    expect(alike(of(0), of(600), MINUTES)[0]).toHaveLength(1);
    expect(alike(of(0), of(600.001), MINUTES)[0]).toHaveLength(0);
    expect(alike(of(0), of(0), MINUTES)[0]).toEqual([]);
  });
});

test('stretches of time cover every order with its minutes before and after, and never meet', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 600 })), fc.integer({ min: 1, max: 60 }), (times, within) => {
      const orders = times.map((minute) => ({ occurredAt: instant(NOON + minute * 60_000) }));
      const reaches = reachesOf(orders, within);
      for (const { occurredAt } of orders)
        expect(
          reaches.some(
            ({ from, to }) =>
              from <= epochMs(occurredAt) - within * 60_000 && epochMs(occurredAt) + within * 60_000 <= to,
          ),
        ).toBe(true);
      for (const [place, { from }] of reaches.entries())
        if (place > 0) expect(from).toBeGreaterThan(reaches[place - 1]!.to);
    }),
  );
});
