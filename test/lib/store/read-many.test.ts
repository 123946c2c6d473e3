import { expect, test } from 'vitest';
import { readMany } from '../../../lib/store/read-many.ts';

test('what DynamoDB had no room for is asked for again', async () => {
  const asked: number[][] = [];
  const rows = await readMany([1, 2, 3, 4, 5], async (keys) => {
    asked.push(keys);
    return { data: keys.slice(0, 2).map((key) => `row ${key}`), unprocessed: keys.slice(2) };
  });
  expect(rows).toEqual(['row 1', 'row 2', 'row 3', 'row 4', 'row 5']);
  expect(asked).toEqual([[1, 2, 3, 4, 5], [3, 4, 5], [5]]);
});

test('a table that stays too busy is a fault, not a short answer', async () => {
  await expect(readMany([1], async (keys) => ({ data: [], unprocessed: keys }))).rejects.toThrow('too busy');
});

test('no keys, no call', async () => {
  const never = () => Promise.reject(new Error('asked'));
  expect(await readMany([], never)).toEqual([]);
});
