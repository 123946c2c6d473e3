import { describe, expect, test } from 'vitest';
import { referrerHost, refusesTracking, visitOf } from '../../../lib/tracking/visit.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

describe('who follows a link', () => {
  test.each([
    ['a browser', 'GET', { 'user-agent': FIREFOX }, 'person'],
    ['a telephone', 'GET', { 'user-agent': IPHONE }, 'person'],
    [
      'a browser that says something else of its purpose',
      'GET',
      { 'user-agent': FIREFOX, purpose: 'navigate' },
      'person',
    ],
    [
      'a search engine',
      'GET',
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
      'bot',
    ],
    ['a link preview', 'GET', { 'user-agent': 'facebookexternalhit/1.1' }, 'bot'],
    ['a command line', 'GET', { 'user-agent': 'curl/8.5.0' }, 'bot'],
    ['a headless browser', 'GET', { 'user-agent': FIREFOX.replace('Firefox', 'HeadlessChrome') }, 'bot'],
    ['nobody in particular', 'GET', {}, 'bot'],
    ['a mail scanner that only asks for the head', 'HEAD', { 'user-agent': FIREFOX }, 'bot'],
    ['Chrome prefetching', 'GET', { 'user-agent': FIREFOX, 'sec-purpose': 'prefetch' }, 'prefetch'],
    ['Chrome prerendering', 'GET', { 'user-agent': FIREFOX, 'sec-purpose': 'prefetch;prerender' }, 'prefetch'],
    ['Chrome of old', 'GET', { 'user-agent': FIREFOX, purpose: 'prefetch' }, 'prefetch'],
    ['Firefox of old', 'GET', { 'user-agent': FIREFOX, 'x-moz': 'prefetch' }, 'prefetch'],
    ['Safari’s top sites', 'GET', { 'user-agent': IPHONE, 'x-purpose': 'preview' }, 'prefetch'],
  ] as const)('%s', (_, method, headers, expected) => {
    expect(visitOf(method, headers)).toBe(expected);
  });
});

test.each([
  ['1', true],
  ['0', false],
  [undefined, false],
])('Sec-GPC %s refuses tracking: %s', (value, expected) => {
  expect(refusesTracking({ 'sec-gpc': value })).toBe(expected);
});

describe('the site a visit came from', () => {
  test.each([
    ['https://Blog.Example.com/post?mail=a@b.c#x', 'blog.example.com'],
    ['https://blog.example.com:8443/', 'blog.example.com'],
    ['https://user:secret@blog.example.com/', 'blog.example.com'],
    ['android-app://com.example.reader/', 'com.example.reader'],
    ['https://bücher.example/', 'xn--bcher-kva.example'],
    ['https://[2001:db8::1]/', undefined],
    ['https://203.0.113.7/', undefined],
    ['not an address', undefined],
    ['', undefined],
    [undefined, undefined],
    [`https://${'a'.repeat(60)}.${'b'.repeat(60)}.example/`, undefined],
  ])('%s', (referer, expected) => {
    expect(referrerHost({ referer })).toBe(expected);
  });
});
