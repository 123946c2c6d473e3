import { describe, expect, test } from 'vitest';
import { countryOr, isNotAPage, referrerHost, refusesTracking, visitOf } from '../../../lib/tracking/visit.ts';

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
    ['Slack', 'GET', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }, 'bot'],
    ['Slack’s images', 'GET', { 'user-agent': 'Slack-ImgProxy (+https://api.slack.com/robots)' }, 'bot'],
    ['WhatsApp', 'GET', { 'user-agent': 'WhatsApp/2.23.20.0 A' }, 'bot'],
    ['Twitter', 'GET', { 'user-agent': 'Twitterbot/1.0' }, 'bot'],
    ['Telegram', 'GET', { 'user-agent': 'TelegramBot (like TwitterBot)' }, 'bot'],
    [
      'LinkedIn',
      'GET',
      { 'user-agent': 'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)' },
      'bot',
    ],
    ['Discord', 'GET', { 'user-agent': 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)' }, 'bot'],
    [
      'iMessage',
      'GET',
      {
        'user-agent':
          'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
      },
      'bot',
    ],
    ['Skype', 'GET', { 'user-agent': 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5' }, 'bot'],
    [
      'Pinterest',
      'GET',
      { 'user-agent': 'Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)' },
      'bot',
    ],
    [
      'Microsoft Teams',
      'GET',
      {
        'user-agent': 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
      },
      'bot',
    ],
    ['Viber', 'GET', { 'user-agent': 'Viber/13.3.0.5 CFNetwork/1128.0.1 Darwin/19.6.0' }, 'bot'],
    ['Mastodon', 'GET', { 'user-agent': 'http.rb/5.1.1 (Mastodon/4.2.1; +https://social.example/)' }, 'bot'],
    [
      'Snapchat',
      'GET',
      {
        'user-agent':
          'Mozilla/5.0 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)',
      },
      'bot',
    ],
    [
      'Bluesky',
      'GET',
      { 'user-agent': 'Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)' },
      'bot',
    ],
    ['Reddit', 'GET', { 'user-agent': 'redditbot/1.0' }, 'bot'],
    [
      'somebody inside Instagram',
      'GET',
      { 'user-agent': `${IPHONE} Instagram 312.0.0.20.110 (iPhone14,5; iOS 18_1; en_US)` },
      'person',
    ],
    [
      'somebody inside Facebook',
      'GET',
      { 'user-agent': `${IPHONE} [FBAN/FBIOS;FBAV/441.0.0.30.107;FBDV/iPhone14,5]` },
      'person',
    ],
    ['somebody inside Pinterest', 'GET', { 'user-agent': `${IPHONE} [Pinterest/iOS]` }, 'person'],
    ['somebody inside LinkedIn', 'GET', { 'user-agent': `${IPHONE} [LinkedInApp]/9.29.6400` }, 'person'],
    [
      'somebody inside Snapchat',
      'GET',
      { 'user-agent': `${IPHONE} Snapchat/12.60.0.42 (like Safari/8617.1.17, panda)` },
      'person',
    ],
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

test.each([
  ['Teams', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) SkypeSpaces/1.0a$*+'],
  ['Discord’s image proxy', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.10; rv:38.0) Gecko/20100101 Firefox/38.0'],
  ['a mail scanner', 'Mozilla/5.0 (compatible; Barracuda Sentinel (EE))'],
])('%s poses as a browser', (_, agent) => expect(visitOf('GET', { 'user-agent': agent })).toBe('bot'));

test('a request that is no navigation is for no page of its own', () => {
  expect(isNotAPage({ 'sec-fetch-mode': 'no-cors' })).toBe(true);
  expect(isNotAPage({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).toBe(false);
  // Servers that follow a link by `fetch` say so and are believed.
  expect(isNotAPage({ 'sec-fetch-mode': 'cors' })).toBe(false);
  expect(isNotAPage({})).toBe(false);
});

test.each([
  ['de', 'US', 'DE'],
  ['XX', 'US', undefined],
  [undefined, 'US', 'US'],
  [undefined, undefined, undefined],
])('from %s, assumed %s: %s', (header, assumed, country) =>
  expect(countryOr(header === undefined ? {} : { 'cloudfront-viewer-country': header }, assumed)).toBe(country),
);
