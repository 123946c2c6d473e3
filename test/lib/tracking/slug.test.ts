import { describe, expect, test } from 'vitest';
import { linkName, publicSlug, whyNotSlug } from '../../../lib/tracking/slug.ts';

describe('a slug', () => {
  test.each(['anna', 'a', 'summer-2026', '7', 'x'.repeat(40)])('may be %s', (text) =>
    expect(whyNotSlug(text)).toBeUndefined(),
  );
  test.each(['', '-a', 'a-', 'a_b', 'a.b', 'a b', 'ä', 'Anna', 'x'.repeat(41), 'a/b', 'a#b'])(
    'cannot be “%s”',
    (text) => expect(whyNotSlug(text)).toMatch(/^must be/),
  );
  test.each(['admin', 'login', 'www', 'tributary'])('cannot be %s, which is reserved', (text) =>
    expect(whyNotSlug(text)).toBe('is a reserved word'),
  );
});

describe('what stands in an address', () => {
  test.each([
    ['4k9w2x7h2mqc0d', { kind: 'code', code: '4k9w2x7h2mqc0d' }],
    ['4K9W2X7H2MQC0D', { kind: 'code', code: '4k9w2x7h2mqc0d' }],
    ['4k9w2x-summer', { kind: 'slug', brandId: 'brd_4k9w2x', slug: 'summer' }],
    ['4K9W2X-Summer-26', { kind: 'slug', brandId: 'brd_4k9w2x', slug: 'summer-26' }],
    ['4k9w2x-', undefined],
    ['summer', undefined],
    ['4k9w2l-summer', undefined],
    ['4k9w2x--x', undefined],
    ['4k9w2x-a#b', undefined],
    ['', undefined],
  ])('%s', (text, expected) => expect(linkName(text)).toEqual(expected));

  test('is read as it is written', () => {
    expect(linkName(publicSlug('brd_4k9w2x', 'anna'))).toEqual({ kind: 'slug', brandId: 'brd_4k9w2x', slug: 'anna' });
  });
});
