import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConversionReport } from '../../../lib/tracking/conversion.ts';
import { POSTBACK_NAMES, type Query, readPostback } from '../../../lib/tracking/postback.ts';

const AT = '2026-03-29T10:00:00.000Z';
const PROGRAM = 'prg_01jqg0000000yyyy';
const CLICK = 'BwCgrEwAAAAAAQBleAAAAAAP__8BnTkJPQAAAQIDBAUGB77v0LcF8wYMKv-bN_RJ';
const read = (query: Query, currency = 'USD') => readPostback(query, { programId: PROGRAM, currency, at: AT });
const reportOf = (query: Query, currency?: string) => {
  const reading = read(query, currency);
  if (reading.kind === 'refused') throw new Error(JSON.stringify(reading.problems));
  return reading.report;
};

describe('a postback', () => {
  test('says an order in the words of trackers', () => {
    const query = {
      transaction_id: CLICK,
      order_id: 'A-1',
      sale_amount: '1,249.50',
      currency: 'eur',
      goal: 'Free_Trial',
      coupon: 'SPRING',
      cust_status: 'existing',
      country_code: 'de',
      timestamp: '1774778400',
      sub1: 'banner',
      aff_sub2: 'x',
      adv5: 'nobody reads this',
    };
    expect(read(query)).toEqual({
      kind: 'report',
      report: {
        programId: PROGRAM,
        clickId: CLICK,
        orderId: 'A-1',
        eventType: 'free-trial',
        currency: 'EUR',
        items: [{ sku: 'order', quantity: 1, unitPriceCents: 124_950, discountCents: 0 }],
        orderDiscountCents: 0,
        occurredAt: '2026-03-29T10:00:00.000Z',
        couponCode: 'SPRING',
        customerStatus: 'returning',
        country: 'DE',
        sub1: 'banner',
        sub2: 'x',
      },
    });
  });

  test.each<[string, Query, string, number]>([
    ['two digits', { amount: '49.9' }, 'USD', 4_990],
    ['no digits', { amount: '500' }, 'JPY', 500],
    ['zeros that a currency without digits does not have', { amount: '500.00' }, 'JPY', 500],
    ['three digits', { amount: '1.234' }, 'KWD', 1_234],
    ['no amount', {}, 'USD', 0],
  ])('reads an amount of %s', (_, more, currency, cents) => {
    expect(reportOf({ click_id: CLICK, ...more }, currency).items[0]?.unitPriceCents).toBe(cents);
  });

  test('without an order id is named by its click, one for each event type', () => {
    const sale = reportOf({ click_id: CLICK });
    expect([sale.eventType, sale.orderId]).toEqual(['sale', `click-${CLICK}`]);
    expect(reportOf({ click_id: CLICK, event: 'lead' })).toMatchObject({ eventType: 'lead', orderId: sale.orderId });
  });

  test.each([
    ['approved', 'report'],
    ['PENDING', 'report'],
    ['rejected', 'cancellation'],
    ['reversed', 'cancellation'],
  ])('of status %s is a %s', (status, kind) => expect(read({ order_id: '1', status }).kind).toBe(kind));

  test.each<[string, Query, string, RegExp]>([
    ['nothing to name it by', { amount: '1' }, 'click_id', /or order_id/],
    ['a macro nobody filled in', { transaction_id: '{transaction_id}' }, 'transaction_id', /placeholder/],
    ['a macro for an amount', { click_id: CLICK, amount: '[[amount]]' }, 'amount', /placeholder/],
    ['an amount in words', { order_id: '1', amount: 'ten' }, 'amount', /not an amount/],
    ['a negative amount', { order_id: '1', amount: '-5' }, 'amount', /not an amount/],
    ['more digits than the currency has', { order_id: '1', amount: '1.5', currency: 'JPY' }, 'amount', /decimals/],
    ['a currency there is not', { order_id: '1', currency: 'XXQ' }, 'currency', /ISO 4217/],
    ['another status', { order_id: '1', status: 'maybe' }, 'status', /approved/],
    ['a status of JavaScript', { order_id: '1', status: 'constructor' }, 'status', /approved/],
    ['an address', { order_id: '1', email: 'ada@shop.example' }, 'email', /email_sha256/],
    ['a key’s separator', { order_id: 'a#b' }, 'order_id', /without #/],
    ['a time to come', { order_id: '1', timestamp: '2026-03-30T00:00:00Z' }, 'timestamp', /past/],
  ])('with %s is refused by the name it came under', (_, query, field, message) => {
    expect(read(query)).toEqual({ kind: 'refused', problems: [{ field, message: expect.stringMatching(message) }] });
  });

  test('takes a macro for what is not needed as not given', () => {
    expect(reportOf({ order_id: '1', sub1: '{sub1}', coupon: '[coupon]' })).not.toHaveProperty('sub1');
  });
});

describe('laws', () => {
  const names = Object.values(POSTBACK_NAMES).flat();
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 130 }),
    fc.constantFrom('1', '12.50', 'USD', 'sale', 'approved', 'rejected', CLICK, '2026-03-01T00:00:00Z', 'a'.repeat(64)),
  );
  test('what passes here the API takes too, and nothing makes it throw', () =>
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), text),
        fc.constantFrom('USD', 'JPY', 'KWD'),
        (query, currency) => {
          const reading = read({ order_id: '1', ...query }, currency);
          if (reading.kind === 'refused') {
            expect(reading.problems.length).toBeGreaterThan(0);
            for (const { field } of reading.problems) expect([...names, 'email']).toContain(field);
            return;
          }
          const parsed = ConversionReport.safeParse(reading.report);
          expect(parsed.error?.issues).toBeUndefined();
          expect(parsed.data).toEqual(reading.report);
        },
      ),
      { numRuns: 500 },
    ));
});
