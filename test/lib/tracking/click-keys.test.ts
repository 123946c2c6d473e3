import { describe, expect, test } from 'vitest';
import type { ClickKeys } from '../../../lib/tracking/click-id.ts';
import { formatClickKeys, parseClickKeys, rotateClickKeys } from '../../../lib/tracking/click-keys.ts';

const random = (fill: number) => new Uint8Array(32).fill(fill % 256);
const bytesOf = (keys: ClickKeys['keys']) =>
  [...keys].map(([number, key]) => [number, new Uint8Array(key.export())] as const);
const afterRotations = (times: number) => {
  let keys: ClickKeys | undefined;
  for (let i = 1; i <= times; i += 1) keys = rotateClickKeys(keys, random(i));
  return keys!;
};

describe('rotating', () => {
  test('the first key is number 1', () => {
    const { current, keys } = rotateClickKeys(undefined, random(1));
    expect(current).toBe(1);
    expect(bytesOf(keys)).toEqual([[1, random(1)]]);
  });

  test('a further key signs, the earlier ones stay', () => {
    const keys = afterRotations(3);
    expect(keys.current).toBe(3);
    expect(new Set(keys.keys.keys())).toEqual(new Set([1, 2, 3]));
    expect(bytesOf(keys.keys)).toContainEqual([1, random(1)]);
  });

  test('48 keys are kept, the newest', () => {
    const numbers = [...afterRotations(100).keys.keys()];
    expect(numbers).toHaveLength(48);
    expect(Math.min(...numbers)).toBe(53);
  });

  test('numbers go round after 255', () => {
    const keys = afterRotations(260);
    expect(keys.current).toBe(4);
    expect(bytesOf(keys.keys)).toContainEqual([4, random(260)]);
    expect(keys.keys.has(255)).toBe(true);
    expect(keys.keys.size).toBe(48);
  });

  test('the stored form fits a standard parameter of 4 KB', () => {
    expect(formatClickKeys(afterRotations(300)).length).toBeLessThan(4096);
  });

  test('a short key is refused', () => {
    expect(() => rotateClickKeys(undefined, new Uint8Array(16))).toThrow(RangeError);
  });
});

test('what is stored is read again', () => {
  const keys = afterRotations(5);
  const read = parseClickKeys(formatClickKeys(keys));
  expect(read.current).toBe(5);
  expect(bytesOf(read.keys)).toEqual(bytesOf(keys.keys).sort(([a], [b]) => a - b));
});

test.each([
  ['no JSON', 'keys'],
  ['no keys', '{"current":1}'],
  ['no current key', `{"keys":{"1":"${Buffer.alloc(32).toString('base64')}"}}`],
  ['a current key that is not there', `{"current":2,"keys":{"1":"${Buffer.alloc(32).toString('base64')}"}}`],
  ['a short key', '{"current":1,"keys":{"1":"AAAA"}}'],
  ['a number over a byte', `{"current":256,"keys":{"256":"${Buffer.alloc(32).toString('base64')}"}}`],
])('%s is refused', (_, text) => {
  expect(() => parseClickKeys(text)).toThrow();
});
