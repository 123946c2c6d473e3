import { expect, test } from 'vitest';
import { conditionWords } from '../../../lib/commission/plan-words.ts';

/** In a mail they follow *for*: `12 % of the price after discounts, for …`. */
test.each<[string, Parameters<typeof conditionWords>[0]]>([
  ['everything', {}],
  ['orders made from 22:00 until 6:00', { hours: { from: 22, to: 6 } }],
  ['orders made on Saturday or Sunday', { weekdays: ['sat', 'sun'] }],
  ['everything; but not (orders with coupon STAFF)', { not: { coupons: ['STAFF'] } }],
  ['partners of group gold; but not (items of category hats)', { groups: ['gold'], not: { categories: ['hats'] } }],
  ['(orders made on Monday) or (orders to DE)', { any: [{ weekdays: ['mon'] }, { countries: ['DE'] }] }],
])('%s', (words, when) => expect(conditionWords(when, 'USD')).toBe(words));
