import { expect, test } from 'vitest';
import { itemSize, writeUnits } from '../../../local/dynamodb/item-size.ts';

test.each<[string, Record<string, Record<string, unknown>>, number]>([
  ['text counts its bytes, names too', { id: { S: 'héé' } }, 2 + 5],
  ['a number is half a byte a digit and one more', { n: { N: '12345' } }, 1 + 3 + 1],
  ['zeros at the ends and the point do not count', { n: { N: '0.00120000' } }, 1 + 1 + 1],
  ['a sign is one more', { n: { N: '-12' } }, 1 + 1 + 1 + 1],
  ['binary counts what it decodes to', { b: { B: 'aGVsbG8=' } }, 1 + 5],
  ['sets', { s: { SS: ['a', 'bc'] }, n: { NS: ['1', '22'] } }, 1 + 3 + 1 + 4],
  ['null and true', { x: { NULL: true }, y: { BOOL: false } }, 4],
  ['a list', { l: { L: [{ S: 'ab' }, { N: '1' }] } }, 1 + 3 + 3 + 3],
  ['a map', { m: { M: { k: { S: 'v' } } } }, 1 + 3 + 1 + 1 + 1],
])('%s', (_, item, expected) => expect(itemSize(item)).toBe(expected));

test.each([
  [0, 1],
  [1, 1],
  [1024, 1],
  [1025, 2],
])('%i bytes are %i write units', (size, units) => expect(writeUnits(size)).toBe(units));
