import { describe, expect, test } from 'vitest';
import { compilePattern, matches } from '../../../local/events/pattern.ts';

const event = {
  source: 'tributary.ledger',
  'detail-type': 'CommissionAccrued',
  resources: ['arn:a', 'arn:b'],
  detail: {
    amountCents: 4200,
    currency: 'EUR',
    ip: '10.1.2.3',
    ip6: '2001:db8::17',
    note: null,
    test: false,
    path: 'statements/2026/11/ptr_1.html',
    star: 'a*b',
    tags: [],
    items: [
      { sku: 'shoe', quantity: 1 },
      { sku: 'hat', quantity: 9 },
    ],
  },
};
const detail = (pattern: object) => ({ detail: pattern });

describe('matches', () => {
  test.each<[string, object]>([
    ['an exact text', { source: ['tributary.ledger'] }],
    ['one of several', { source: ['other', 'tributary.ledger'] }],
    ['one element of a list', { resources: ['arn:b'] }],
    ['an exact number', detail({ amountCents: [4200.0] })],
    ['false', detail({ test: [false] })],
    ['null', detail({ note: [null] })],
    ['every field', { source: ['tributary.ledger'], ...detail({ currency: ['EUR'] }) }],
    ['a prefix', { source: [{ prefix: 'tributary.' }] }],
    ['a prefix in any case', { source: [{ prefix: { 'equals-ignore-case': 'TRIB' } }] }],
    ['a suffix', detail({ path: [{ suffix: '.html' }] })],
    ['a suffix in any case', detail({ path: [{ suffix: { 'equals-ignore-case': '.HTML' } }] })],
    ['equal but for case', { source: [{ 'equals-ignore-case': 'Tributary.LEDGER' }] }],
    ['a wildcard', detail({ path: [{ wildcard: 'statements/*/11/*.html' }] })],
    ['an escaped star', detail({ star: [{ wildcard: 'a\\*b' }] })],
    ['anything but one', detail({ currency: [{ 'anything-but': 'USD' }] })],
    ['anything but several', detail({ currency: [{ 'anything-but': ['USD', 'GBP'] }] })],
    ['anything but a number', detail({ amountCents: [{ 'anything-but': [0, 1] }] })],
    ['anything but a prefix', detail({ path: [{ 'anything-but': { prefix: 'payouts/' } }] })],
    ['anything but several prefixes', detail({ path: [{ 'anything-but': { prefix: ['a', 'b'] } }] })],
    ['anything but suffixes', detail({ path: [{ 'anything-but': { suffix: ['.csv', '.pdf'] } }] })],
    ['anything but wildcards', detail({ path: [{ 'anything-but': { wildcard: ['*/2025/*', 'x*'] } }] })],
    ['anything but, whatever the case', detail({ currency: [{ 'anything-but': { 'equals-ignore-case': ['usd'] } }] })],
    ['a range', detail({ amountCents: [{ numeric: ['>', 0, '<=', 4200] }] })],
    ['a number equal', detail({ amountCents: [{ numeric: ['=', 4200] }] })],
    ['existing', detail({ currency: [{ exists: true }] })],
    ['null exists', detail({ note: [{ exists: true }] })],
    ['absent', detail({ nothing: [{ exists: false }] })],
    ['absent below something absent', detail({ nothing: { below: [{ exists: false }] } })],
    ['an empty list is absent', detail({ tags: [{ exists: false }] })],
    ['an address in a block', detail({ ip: [{ cidr: '10.0.0.0/8' }] })],
    ['an IPv6 address in a block', detail({ ip6: [{ cidr: '2001:db8::/32' }] })],
    ['one alternative of $or', { $or: [{ source: ['other'] }, detail({ currency: ['EUR'] })] }],
    [
      '$or beside a field',
      { source: ['tributary.ledger'], $or: [{ 'detail-type': ['x'] }, detail({ amountCents: [4200] })] },
    ],
    ['$or deeper', detail({ $or: [{ currency: ['USD'] }, { amountCents: [{ numeric: ['>', 4000] }] }] })],
    ['two fields of the same element', detail({ items: { sku: ['hat'], quantity: [{ numeric: ['>', 5] }] } })],
    ['a comparison beside a value', detail({ currency: ['USD', { prefix: 'EU' }] })],
  ])('%s', (_, pattern) => expect(matches(pattern, event)).toBe(true));
});

describe('does not match', () => {
  test.each<[string, object]>([
    ['another text', { source: ['tributary'] }],
    ['a number given as text', detail({ amountCents: ['4200'] })],
    ['when one field differs', { source: ['tributary.ledger'], ...detail({ currency: ['USD'] }) }],
    ['a prefix in the wrong case', { source: [{ prefix: 'Tributary' }] }],
    ['a wildcard over part of the text', detail({ path: [{ wildcard: 'statements' }] })],
    ['a wildcard whose dot is a dot', detail({ path: [{ wildcard: 'statements.2026*' }] })],
    ['anything but itself', detail({ currency: [{ 'anything-but': ['EUR'] }] })],
    ['anything but, when absent', detail({ nothing: [{ 'anything-but': 'x' }] })],
    ['anything but its prefix', detail({ path: [{ 'anything-but': { prefix: ['statements/', 'x'] } }] })],
    ['just outside a range', detail({ amountCents: [{ numeric: ['>', 4200] }] })],
    ['a text against a range', detail({ currency: [{ numeric: ['>', 0] }] })],
    ['absent, when there', detail({ currency: [{ exists: false }] })],
    ['existing, when absent', detail({ nothing: [{ exists: true }] })],
    ['existing, for something that is no leaf', { detail: [{ exists: true }] }],
    ['an address outside', detail({ ip: [{ cidr: '192.168.0.0/16' }] })],
    ['a text that is no address', detail({ currency: [{ cidr: '10.0.0.0/8' }] })],
    ['no alternative of $or', { $or: [{ source: ['a'] }, { source: ['b'] }] }],
    ['fields of two different elements', detail({ items: { sku: ['shoe'], quantity: [9] } })],
    ['an inherited name', { constructor: { name: ['Object'] } }],
  ])('%s', (_, pattern) => expect(matches(pattern, event)).toBe(false));
});

test('a filter given as text is the same filter', () => {
  expect(
    matches('{"dynamodb":{"NewImage":{"kind":{"S":["outbox"]}}}}', {
      dynamodb: { NewImage: { kind: { S: 'outbox' } } },
    }),
  ).toBe(true);
});

describe('refuses at the start', () => {
  test.each<[string, unknown, string]>([
    ['an empty pattern', {}, 'at least one field'],
    ['a leaf that is no list', { source: 'x' }, '$.source'],
    ['an empty leaf', detail({ currency: [] }), '$.detail.currency'],
    ['a comparison nobody knows', detail({ currency: [{ like: 'E' }] }), 'like'],
    ['half a range', detail({ amountCents: [{ numeric: ['>'] }] }), 'numeric'],
    ['a block that is none', detail({ ip: [{ cidr: '10.0.0.0' }] }), 'CIDR'],
    ['exists with text', detail({ ip: [{ exists: 'yes' }] }), 'exists'],
  ])('%s', (_, pattern, message) => expect(() => compilePattern(pattern)).toThrow(message));
});
