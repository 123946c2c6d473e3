import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { notFoundPage, redirectTo, tryAgainPage, withClickId } from '../../../lib/tracking/redirect.ts';

describe('the click id in a destination', () => {
  test.each([
    ['no query', 'https://shop.example/', 'https://shop.example/?trb_click=ID'],
    ['a query', 'https://shop.example/p?a=1&b=2', 'https://shop.example/p?a=1&b=2&trb_click=ID'],
    ['an empty query', 'https://shop.example/p?', 'https://shop.example/p?trb_click=ID'],
    ['empty pairs', 'https://shop.example/?a&&=&b=', 'https://shop.example/?a&&=&b=&trb_click=ID'],
    ['a fragment', 'https://shop.example/p#top', 'https://shop.example/p?trb_click=ID#top'],
    ['both', 'https://shop.example/p?a=1#/route?x=1', 'https://shop.example/p?a=1&trb_click=ID#/route?x=1'],
    ['an id of an earlier day', 'https://shop.example/?trb_click=OLD&a=1', 'https://shop.example/?a=1&trb_click=ID'],
    [
      'a flag and odd escapes',
      'https://shop.example/?flag&q=a%2Bb+c',
      'https://shop.example/?flag&q=a%2Bb+c&trb_click=ID',
    ],
    [
      'a name that begins alike',
      'https://shop.example/?trb_clicks=1',
      'https://shop.example/?trb_clicks=1&trb_click=ID',
    ],
    ['a question mark in the query', 'https://shop.example/?u=a?b', 'https://shop.example/?u=a?b&trb_click=ID'],
  ])('%s', (_, destination, expected) => {
    expect(withClickId(destination, 'trb_click', 'ID')).toBe(expected);
  });

  test('law: the landing page finds the id, everything else as it was', () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true, validSchemes: ['https'] }),
        (destination) => {
          const before = new URL(destination);
          const after = new URL(withClickId(before.href, 'trb_click', 'ID'));
          expect(after.searchParams.getAll('trb_click')).toEqual(['ID']);
          expect([after.origin, after.pathname, after.hash]).toEqual([before.origin, before.pathname, before.hash]);
          after.searchParams.delete('trb_click');
          expect([...after.searchParams]).toEqual([...before.searchParams]);
        },
      ),
    );
  });
});

test('a redirect is not remembered and gives away the site only', () => {
  expect(redirectTo('https://shop.example/', 'trb_v=1')).toMatchObject({
    statusCode: 302,
    headers: {
      location: 'https://shop.example/',
      'cache-control': 'no-store',
      'referrer-policy': 'strict-origin-when-cross-origin',
    },
    cookies: ['trb_v=1'],
  });
  expect(redirectTo('https://shop.example/')).not.toHaveProperty('cookies');
});

test('pages run nothing and are not kept', () => {
  expect(notFoundPage().statusCode).toBe(404);
  expect(tryAgainPage().statusCode).toBe(503);
  expect(tryAgainPage().headers['retry-after']).toBe('2');
  for (const page of [notFoundPage(), tryAgainPage()]) {
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.body).toMatch(/^<!doctype html><html lang="en">/);
  }
});

test.each(['%74rb_click=FORGED', 'trb%5Fclick=FORGED', 'trb_click=FORGED'])(
  'an older value goes however its name is written: %s',
  (older) => {
    const url = new URL(withClickId(`https://shop.example/?a=1&${older}&b=%zz`, 'trb_click', 'NEW'));
    expect(url.searchParams.getAll('trb_click')).toEqual(['NEW']);
    expect(url.search).toContain('b=%zz');
  },
);
