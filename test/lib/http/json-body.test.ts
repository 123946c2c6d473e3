import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VisibleError } from '../../../lib/errors.ts';
import { fieldPath, parseJsonBody } from '../../../lib/http/json-body.ts';

const refusal = (text: string) => {
  try {
    parseJsonBody(text);
  } catch (error) {
    if (error instanceof VisibleError) return error.fields[0];
    throw error;
  }
  return undefined;
};

describe('what JSON.parse would choose quietly is refused by name', () => {
  test.each([
    ['a key twice', '{"a":1,"b":{"c":1,"c":2}}', 'b.c', 'must stand once'],
    ['a key twice, once escaped', '{"name":1,"n\\u0061me":2}', 'name', 'must stand once'],
    ['an empty key twice', '{"":1,"":2}', 'body', 'must stand once'],
    ['a key twice in the second of a list', '[{"a":1},{"a":1,"a":2}]', '[1].a', 'must stand once'],
    ['__proto__', '{"a":[{"__proto__":{}}]}', 'a[0].__proto__', 'is a reserved name'],
    ['__proto__, escaped', '{"\\u005f_proto__":{}}', '__proto__', 'is a reserved name'],
    ['half a surrogate pair in a value', '{"a":"x\\ud83d"}', 'a', 'well-formed Unicode'],
    ['half a surrogate pair in a key', '{"\\udc00":1}', 'body', 'well-formed Unicode'],
    ['seventeen levels', `${'['.repeat(17)}${']'.repeat(17)}`, '[0]'.repeat(16), 'deeper than 16'],
    ['a text that is none', '{"a":', 'body', 'must be JSON'],
    ['a text with a tail', '{} {}', 'body', 'must be JSON'],
    ['single quotes', "{'a':1}", 'body', 'must be JSON'],
  ])('%s', (_, text, field, words) => {
    expect(refusal(text)).toEqual({ field, message: expect.stringContaining(words) });
  });
});

test.each([
  ['nothing at all', '', {}],
  ['blanks', ' \n\t', {}],
  ['the same key in two objects', '{"a":{"x":1},"b":{"x":1}}', { a: { x: 1 }, b: { x: 1 } }],
  ['a value that looks like a key twice', '{"a":"a","b":"a"}', { a: 'a', b: 'a' }],
  ['braces and commas inside texts', '{"a":"{\\"a\\":1,","b":"]}"}', { a: '{"a":1,', b: ']}' }],
  ['a whole emoji, escaped', '{"a":"\\ud83d\\ude00"}', { a: '😀' }],
  ['sixteen levels', `${'['.repeat(16)}${']'.repeat(16)}`, JSON.parse(`${'['.repeat(16)}${']'.repeat(16)}`)],
])('%s is read', (_, text, value) => expect(parseJsonBody(text)).toEqual(value));

test('law: every JSON text without doubles is read as JSON.parse reads it', () => {
  const shallow = fc
    .jsonValue({ maxDepth: 12 })
    .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(shallow, fc.boolean(), (value, spaced) => {
      const text = JSON.stringify(value, null, spaced ? 2 : 0);
      expect(parseJsonBody(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('law: no text makes it throw anything but a refusal', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'a',
    '\\u00',
    '1',
    ' ',
    '\ud800',
    '"a"',
    'null',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      try {
        parseJsonBody(parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(VisibleError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  [[], 'body'],
  [['items', 2, 'quantity'], 'items[2].quantity'],
  [[0, 'a'], '[0].a'],
])('a path %j is named %s', (path, words) => expect(fieldPath(path)).toBe(words));
