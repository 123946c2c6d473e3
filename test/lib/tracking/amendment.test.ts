import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideReturn } from '../../../lib/tracking/adjustment.ts';
import {
  AmendmentReport,
  amended,
  decideAmendment,
  fixedDifferences,
  restatement,
  settingsOf,
  stateOf,
  withState,
} from '../../../lib/tracking/amendment.ts';
import { type Conversion, ConversionReport, type OrderState } from '../../../lib/tracking/conversion.ts';
import { anyOrder, item, order } from '../../support/orders.ts';

const AT = '2026-03-16T10:00:00.000Z';
const source = { receivedAt: AT, reportedBy: 'key_1' };
type Event = Extract<ReturnType<typeof decideAmendment>, { outcome: 'accepted' }>['event'];

const amend = (before: Conversion, set: Partial<OrderState>, told: readonly Event[] = []) =>
  decideAmendment(before, told, { amendmentId: 'a', reason: 'order-updated', set, occurredAt: AT }, source);

describe('an amendment', () => {
  const shoes = order([item(10_000, { quantity: 3 }), item(500)], { returned: { 1: 2 }, customerId: 'c-1' });

  test('replaces what it names, takes away what it names as null, and keeps what was', () => {
    const decided = amend(shoes, { items: [item(9_000, { quantity: 3 })], customerId: null, couponCodes: ['A', 'B'] });
    expect(decided).toMatchObject({
      outcome: 'accepted',
      changes: true,
      after: {
        items: [item(9_000, { quantity: 3 })],
        couponCode: 'A',
        couponCodes: ['A', 'B'],
        open: true,
        revision: 2,
      },
      event: { was: { items: shoes.items, customerId: 'c-1', couponCodes: [] } },
    });
    expect(decided).not.toHaveProperty('after.customerId');
  });

  test.each<[string, Partial<OrderState>, string, string]>([
    ['fewer than came back', { items: [item(10_000, { quantity: 1 })] }, 'less-than-returned', 'items[0].quantity'],
    ['a discount past the lines', { orderDiscountCents: 30_501 }, 'discount-exceeds-order', 'orderDiscountCents'],
    [
      'lines worth less than the discount',
      { items: [item(0, { quantity: 3 })], orderDiscountCents: 1 },
      'discount-exceeds-order',
      'orderDiscountCents',
    ],
  ])('is refused whole for %s', (_, set, outcome, field) => {
    expect(amend(shoes, set)).toMatchObject({ outcome, fields: [{ field }] });
  });

  test('leaving away a line of which something came back is refused', () => {
    const both = order([item(100), item(100)], { returned: { 2: 1 } });
    expect(amend(both, { items: [item(100)] })).toMatchObject({
      outcome: 'less-than-returned',
      fields: [{ field: 'items' }],
    });
  });

  test('of a cancelled order is refused', () => {
    expect(amend({ ...shoes, cancelled: { at: AT, reason: 'fraud' } }, { customerId: 'x' })).toEqual({
      outcome: 'cancelled',
    });
  });

  test('that names nothing is no amendment', () => {
    expect(AmendmentReport.safeParse({ amendmentId: 'a' }).error?.issues[0]?.path).toEqual(['items']);
  });
});

const anySet: fc.Arbitrary<Partial<OrderState>> = fc.record(
  {
    items: anyOrder.map(({ items }) => items),
    customerId: fc.option(fc.constantFrom('c-1', 'c-2')),
    taxCents: fc.option(fc.nat(9)),
    country: fc.option(fc.constantFrom('DE', 'US')),
    couponCodes: fc.subarray(['A', 'B', 'C']),
  },
  { requiredKeys: [] },
);
const anyAmendments = fc.array(fc.record({ set: anySet, day: fc.integer({ min: 10, max: 12 }) }), { maxLength: 6 });

/** Tells amendments one after the other, as the store does. */
function tell(
  first: Conversion,
  amendments: readonly { id: number; set: Partial<OrderState>; day: number }[],
): Conversion {
  const told: Event[] = [];
  return amendments.reduce((before, { id, set, day }) => {
    const amendment = {
      amendmentId: `a${id}`,
      reason: 'order-updated' as const,
      set,
      occurredAt: `2026-04-${day}T00:00:00.000Z`,
    };
    const decided = decideAmendment(before, told, amendment, source);
    if (decided.outcome !== 'accepted') throw new Error(decided.outcome);
    told.push(decided.event);
    return decided.after;
  }, first);
}

describe('laws', () => {
  test('the same amendments give the same order, whichever was told first', () =>
    fc.assert(
      fc.property(
        anyOrder.map((one) => ({ ...one, orderDiscountCents: 0 })),
        anyAmendments.chain((some) => {
          const named = some.map((one, id) => ({ ...one, id }));
          return fc.tuple(fc.constant(named), fc.shuffledSubarray(named, { minLength: named.length }));
        }),
        (first, [told, shuffled]) => {
          expect(stateOf(tell(first, shuffled))).toEqual(stateOf(tell(first, told)));
        },
      ),
    ));

  test('returns and amendments that leave what came back may be told in any order', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 9 }), (bought, units) => {
        const first = order([item(700, { quantity: 9 })]);
        const set = { items: [item(800, { quantity: bought })] };
        const back = { returnId: 'r', lines: [{ line: 1, quantity: units }], reason: 'returned' as const };
        const returned = (before: Conversion) => {
          const decision = decideReturn(before, back);
          return decision.outcome === 'accepted' ? { ...before, returned: decision.returned } : undefined;
        };
        const amendedOf = (before: Conversion | undefined) => {
          const decision = before && amend(before, set);
          return decision?.outcome === 'accepted' ? decision.after : undefined;
        };
        const one = amendedOf(returned(first));
        const other = amendedOf(first);
        const two = other && returned(other);
        // Taken in one order, taken in the other, and the same.
        expect(one === undefined).toBe(units > bought);
        expect(two === undefined).toBe(units > bought);
        if (one && two) expect([stateOf(one), one.returned]).toEqual([stateOf(two), two.returned]);
      }),
    ));

  test('a restatement sets what differs and nothing else, and then nothing differs', () =>
    fc.assert(
      fc.property(anyOrder, anyOrder, anySet, (stored, stated, more) => {
        const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null));
        const report = ConversionReport.parse({
          programId: 'prg_0000000000000001',
          orderId: '1001',
          currency: 'USD',
          ...given,
          items: stated.items,
          orderDiscountCents: stated.orderDiscountCents,
        });
        const { set } = restatement(stored, report);
        const before = stateOf(stored);
        for (const [field, value] of Object.entries(set)) expect(before[field as keyof OrderState]).not.toEqual(value);
        const after = withState(stored, { ...before, ...set });
        expect(stateOf(after)).toEqual(stateOf(report));
        expect(restatement(after, report).set).toEqual({});
      }),
    ));

  test('what was amended later than a restatement stands', () => {
    const first = order([item(100)]);
    const later = tell(first, [{ id: 1, set: { customerId: 'new' }, day: 12 }]);
    const told: Event[] = [];
    const decided = decideAmendment(
      first,
      told,
      {
        amendmentId: 'a1',
        reason: 'order-updated',
        set: { customerId: 'new' },
        occurredAt: '2026-04-12T00:00:00.000Z',
      },
      source,
    );
    if (decided.outcome === 'accepted') told.push(decided.event);
    const state = amended(stateOf(later), [
      ...told,
      {
        ...told[0]!,
        amendmentId: 'r',
        revision: 3,
        occurredAt: '2026-04-11T00:00:00.000Z',
        set: { customerId: 'old' },
        was: { customerId: 'new' },
      },
    ]);
    expect(state.customerId).toBe('new');
  });

  test('settings are read from a report as they stand', () => {
    const {
      amendmentId: _,
      reason: __,
      ...rest
    } = AmendmentReport.parse({ amendmentId: 'a', taxCents: null, couponCodes: [] });
    expect(settingsOf(rest)).toEqual({ taxCents: null, couponCodes: [] });
  });
});

test('a restatement cannot change what an order is from its first report on; what it leaves out contradicts nothing', () => {
  const stored = { currency: 'USD', occurredAt: '2026-03-02T11:00:00.000Z', clickId: 'a' } as never;
  expect(fixedDifferences(stored, { currency: 'EUR', clickId: 'b' } as never)).toEqual(['currency', 'clickId']);
  expect(fixedDifferences(stored, { currency: 'USD' } as never)).toEqual([]);
});
