import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical } from '../../../lib/ledger/canonical.ts';

test.each([
  ['names in order', { b: 1, a: { d: 'x', c: [2, 1] } }, '{"a":{"c":[2,1],"d":"x"},"b":1}'],
  ['fields without a value left out', { a: undefined, b: null }, '{"b":null}'],
  ['text escaped', { 'a"b': 'c\n' }, '{"a\\"b":"c\\n"}'],
  ['nothing', {}, '{}'],
])('%s', (_, value, text) => expect(canonical(value)).toBe(text));

test('is JSON, and the same for the same value however it was put together', () => {
  const backwards = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(backwards);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, inner]) => [name, backwards(inner)]),
    );
  };
  fc.assert(
    fc.property(
      fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__')),
      (value) => {
        expect(canonical(backwards(value))).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      },
    ),
  );
});
