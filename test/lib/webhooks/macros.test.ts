import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillTemplate, MACROS, whyNotTemplate } from '../../../lib/webhooks/macros.ts';
import type { Notice } from '../../../lib/webhooks/notices.ts';

const changed: Notice = {
  id: 'evt_0000000000000001',
  type: 'commission.changed',
  brandId: 'brd_aaaaaa',
  at: '2026-03-29T10:00:00.000Z',
  partnerId: 'ptr_0000000000000001',
  data: {
    programId: 'prg_0000000000000001',
    partnerId: 'ptr_0000000000000001',
    currency: 'USD',
    orderId: 'A&B=1 #2',
    commissionCents: 1240,
    previous: { commissionCents: 2480 },
    changeCents: -1240,
    saleCents: 31000,
    clickId: 'abc_-',
    sub1: 'x y',
    reason: 'returned',
  },
};

describe('a template is filled', () => {
  test.each([
    ['an order’s id', '{order_id}', 'A%26B%3D1%20%232'],
    ['the commission now', '{payout}', '12.40'],
    ['what it was', '{payout_before}', '24.80'],
    ['the difference', '{payout_change}', '-12.40'],
    ['the sale', '{sale_amount} {currency}', '310.00 USD'],
    ['both names of the click', '{click_id}/{transaction_id}', 'abc_-/abc_-'],
    ['sub-ids, also one that is not there', '{sub1},{sub2}', 'x%20y,'],
    ['what happened', '{event} {status} {reason}', 'commission.changed adjusted returned'],
    ['the same one twice', '{partner}{partner}', 'ptr_0000000000000001ptr_0000000000000001'],
  ])('with %s', (_, query, expected) =>
    expect(fillTemplate(`https://t.example/?${query}`, changed)).toBe(`https://t.example/?${expected}`),
  );

  test.each([
    ['yen have no decimals', { currency: 'JPY', commissionCents: 500 }, '500'],
    ['dinars have three', { currency: 'KWD', commissionCents: 1500 }, '1.500'],
    ['a payment’s amount', { currency: 'USD', amountCents: 480 }, '4.80'],
    ['nothing without money', {}, ''],
  ])('%s', (_, data, expected) => expect(fillTemplate('{payout}', { ...changed, data })).toBe(expected));

  test('an order that is worth nothing any more is reversed', () => {
    expect(fillTemplate('{status}', { ...changed, data: { ...changed.data, commissionCents: 0 } })).toBe('reversed');
  });

  test('whatever a value holds, it reads back as itself and nothing else of the address changes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (orderId) => {
        const filled = fillTemplate('https://t.example/p?a=1&o={order_id}&z={currency}', {
          ...changed,
          data: { ...changed.data, orderId },
        });
        const url = new URL(filled);
        expect([url.origin, url.pathname, url.hash]).toEqual(['https://t.example', '/p', '']);
        expect([...url.searchParams.keys()]).toEqual(['a', 'o', 'z']);
        expect(decodeURIComponent(/&o=([^&]*)&/.exec(filled)![1]!)).toBe(orderId.toWellFormed());
        expect(filled).toMatch(/^[\w\-.~%:/?&=]+$/);
      }),
    );
  });
});

describe('a template', () => {
  test('may have every macro there is', () => {
    const all = Object.keys(MACROS).map((name) => `${name}={${name}}`);
    expect(whyNotTemplate(`https://t.example/?${all.join('&')}`)).toBeUndefined();
  });

  test.each([
    ['a macro nobody knows', 'https://t.example/?a={customer_id}', /\{customer_id\}; the macros are event, event_id/],
    ['one of JavaScript', 'https://t.example/?a={constructor}', /constructor/],
    ['an empty one', 'https://t.example/?a={}', /knows no \{\}/],
    ['one in the host', 'https://{partner}.example/', /query only/],
    ['one in the path', 'https://t.example/{order_id}?a=1', /query only/],
    ['one in the fragment', 'https://t.example/?a=1#{partner}', /query only/],
    ['a brace too many', 'https://t.example/?a={partner}}', /brace/],
    ['one in another', 'https://t.example/?a={{partner}}', /brace/],
  ])('with %s is refused in words', (_, template, reason) => expect(whyNotTemplate(template)).toMatch(reason));
});
