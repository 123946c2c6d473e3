import { describe, expect, test } from 'vitest';
import { firstMatch, type OrderTraits, type PartnerTraits, rulesFor } from '../../../lib/commission/match.ts';
import type { LineItem } from '../../../lib/tracking/conversion.ts';
import { item, percentRule, plan } from '../../support/orders.ts';

const matches = (
  when: object,
  order: Partial<OrderTraits> = {},
  partner: Partial<PartnerTraits> = {},
  line: Partial<LineItem> = {},
) =>
  firstMatch(
    rulesFor(
      plan([percentRule('rule', 1000, when)]),
      { eventType: 'sale', customerStatus: undefined, day: '2026-11-27', ...order },
      { group: 'default', type: 'content', ...partner },
    ),
    item(1000, line),
  )?.id === 'rule';

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
    [
      'only when all it asks holds',
      false,
      [{ groups: ['gold'], categories: ['shoes'] }, {}, { group: 'gold' }, { category: 'hats' }],
    ],
  ])('%s', (_, expected, given) => expect(matches(...given)).toBe(expected));

  test('in the order of the plan: the first one prices', () => {
    const rules = rulesFor(
      plan([percentRule('uplift', 1500, { categories: ['shoes'] }), percentRule('base', 800), percentRule('never', 1)]),
      { eventType: 'sale', customerStatus: undefined, day: '2026-11-27' },
      { group: 'default', type: 'content' },
    );
    expect(firstMatch(rules, item(1000, { category: 'shoes' }))?.id).toBe('uplift');
    expect(firstMatch(rules, item(1000, { category: 'hats' }))?.id).toBe('base');
  });
});
