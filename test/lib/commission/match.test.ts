import { describe, expect, test } from 'vitest';
import { firstMatch, type OrderTraits, type PartnerTraits, rulesFor } from '../../../lib/commission/match.ts';
import type { LineItem } from '../../../lib/tracking/conversion.ts';
import { item, percentRule, plan } from '../../support/orders.ts';

const matches = (
  when: object,
  order: Partial<OrderTraits> = {},
  partner: Partial<PartnerTraits> = {},
  line: Partial<LineItem> = {},
) => {
  const asked: OrderTraits = { eventType: 'sale', customerStatus: undefined, day: '2026-11-27', ...order };
  const traits: PartnerTraits = { group: 'default', type: 'content', ...partner };
  const rules = rulesFor(plan([percentRule('rule', 1000, when)]), asked, traits);
  return firstMatch(rules, item(1000, line), asked, traits)?.id === 'rule';
};

describe('a rule matches', () => {
  test.each<[string, boolean, Parameters<typeof matches>]>([
    ['everything when it asks nothing', true, [{}]],
    ['an item of a listed category', true, [{ categories: ['shoes', 'hats'] }, {}, {}, { category: 'hats' }]],
    ['no item of another category', false, [{ categories: ['shoes'] }, {}, {}, { category: 'hats' }]],
    ['no item without a category', false, [{ categories: ['shoes'] }]],
    [
      'a category as it is written, capitals and all',
      false,
      [{ categories: ['Shoes'] }, {}, {}, { category: 'shoes' }],
    ],
    ['a listed SKU', true, [{ skus: ['A-1'] }, {}, {}, { sku: 'A-1' }]],
    ['no other SKU', false, [{ skus: ['A-1'] }, {}, {}, { sku: 'A-2' }]],
    ['a listed group', true, [{ groups: ['gold'] }, {}, { group: 'gold' }]],
    ['no other group', false, [{ groups: ['gold'] }]],
    ['a listed partner type', true, [{ partnerTypes: ['creator', 'content'] }]],
    ['no other partner type', false, [{ partnerTypes: ['coupon'] }]],
    ['a listed event type', true, [{ eventTypes: ['lead'] }, { eventType: 'lead' }]],
    ['no other event type', false, [{ eventTypes: ['lead'] }]],
    ['a new customer', true, [{ customerStatus: 'new' }, { customerStatus: 'new' }]],
    ['no returning customer', false, [{ customerStatus: 'new' }, { customerStatus: 'returning' }]],
    ['no customer of whom nothing is known', false, [{ customerStatus: 'new' }]],
    ['the first day of its season', true, [{ from: '2026-11-27', to: '2026-11-30' }]],
    ['the last day of its season', true, [{ from: '2026-11-27', to: '2026-11-30' }, { day: '2026-11-30' }]],
    ['no day before it', false, [{ from: '2026-11-27' }, { day: '2026-11-26' }]],
    ['no day after it', false, [{ to: '2026-11-30' }, { day: '2026-12-01' }]],
    ['a listed tier', true, [{ tiers: ['elite'] }, {}, { tier: 'elite' }]],
    ['no partner without a tier', false, [{ tiers: ['elite'] }]],
    ['a listed partner', true, [{ partnerIds: ['P1'] }, {}, { partnerId: 'P1' }]],
    ['no other partner', false, [{ partnerIds: ['P1'] }, {}, { partnerId: 'P2' }]],
    ['a listed link', true, [{ links: ['spring'] }, {}, { link: 'spring' }]],
    ['no order whose link is not known', false, [{ links: ['spring'] }]],
    ['a price at its limits', true, [{ minPriceCents: 1000, maxPriceCents: 1000 }]],
    ['no lower price', false, [{ minPriceCents: 1001 }]],
    ['no higher price', false, [{ maxPriceCents: 999 }]],
    ['an order at its limits', true, [{ minOrderCents: 5000, maxOrderCents: 5000 }, { orderCents: 5000 }]],
    ['no smaller order', false, [{ minOrderCents: 5001 }, { orderCents: 5000 }]],
    ['no larger order', false, [{ maxOrderCents: 4999 }, { orderCents: 5000 }]],
    ['a listed currency', true, [{ currencies: ['EUR'] }, { currency: 'EUR' }]],
    ['no other currency', false, [{ currencies: ['EUR'] }, { currency: 'USD' }]],
    ['a coupon whatever its case', true, [{ coupons: ['Save10'] }, { couponCode: 'SAVE10' }]],
    ['no order without a coupon', false, [{ coupons: ['Save10'] }]],
    ['a listed country', true, [{ countries: ['DE', 'NO'] }, { country: 'NO' }]],
    ['no country that is not known', false, [{ countries: ['DE'] }]],
    ['the first order of a customer', true, [{ nthOrder: { from: 1, to: 1 } }, { nthOrder: 1 }]],
    ['no second one', false, [{ nthOrder: { from: 1, to: 1 } }, { nthOrder: 2 }]],
    ['every later one', true, [{ nthOrder: { from: 2 } }, { nthOrder: 7 }]],
    ['no order of a customer of whom nothing is known', false, [{ nthOrder: { from: 1 } }]],
    ['a day of the week', true, [{ weekdays: ['fri'] }]],
    ['no other day', false, [{ weekdays: ['sat', 'sun'] }]],
    ['a Sunday', true, [{ weekdays: ['sun'] }, { day: '2026-11-29' }]],
    ['an hour', true, [{ hours: { from: 18, to: 22 } }, { hour: () => 18 }]],
    ['not the hour at which it ends', false, [{ hours: { from: 18, to: 22 } }, { hour: () => 22 }]],
    ['an hour over midnight', true, [{ hours: { from: 22, to: 6 } }, { hour: () => 5 }]],
    ['no hour outside it', false, [{ hours: { from: 22, to: 6 } }, { hour: () => 6 }]],
    ['the last hour of the day', true, [{ hours: { from: 20, to: 24 } }, { hour: () => 23 }]],
    ['when each of all does', true, [{ all: [{ groups: ['gold'] }, { eventTypes: ['sale'] }] }, {}, { group: 'gold' }]],
    ['not when one of all does not', false, [{ all: [{ groups: ['gold'] }, { eventTypes: ['sale'] }] }]],
    ['when any does', true, [{ any: [{ groups: ['gold'] }, { categories: ['hats'] }] }, {}, {}, { category: 'hats' }]],
    ['not when none of any does', false, [{ any: [{ groups: ['gold'] }, { categories: ['hats'] }] }]],
    ['when not does not', true, [{ not: { partnerTypes: ['coupon'] } }]],
    ['not when not does', false, [{ not: { partnerTypes: ['content'] } }]],
    [
      'four levels down: not (gold and (hats or not sale))',
      true,
      [
        { not: { all: [{ groups: ['gold'] }, { any: [{ categories: ['hats'] }, { customerStatus: 'new' }] }] } },
        { customerStatus: 'returning' },
        { group: 'gold' },
        { category: 'shoes' },
      ],
    ],
    [
      'only when all it asks holds',
      false,
      [{ groups: ['gold'], categories: ['shoes'] }, {}, { group: 'gold' }, { category: 'hats' }],
    ],
  ])('%s', (_, expected, given) => expect(matches(...given)).toBe(expected));

  test('in the order of the plan: the first one prices', () => {
    const asked = { eventType: 'sale', customerStatus: undefined, day: '2026-11-27' };
    const traits: PartnerTraits = { group: 'default', type: 'content' };
    const rules = rulesFor(
      plan([percentRule('uplift', 1500, { categories: ['shoes'] }), percentRule('base', 800), percentRule('never', 1)]),
      asked,
      traits,
    );
    expect(firstMatch(rules, item(1000, { category: 'shoes' }), asked, traits)?.id).toBe('uplift');
    expect(firstMatch(rules, item(1000, { category: 'hats' }), asked, traits)?.id).toBe('base');
  });
});
