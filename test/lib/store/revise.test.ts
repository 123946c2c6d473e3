import { describe, expect, test } from 'vitest';
import { difference } from '../../../lib/store/revise.ts';

describe('the difference of two rows', () => {
  test.each([
    ['nothing', { a: 1, revision: 1 }, { a: 1, revision: 2 }, undefined],
    ['nothing when only the order of keys differs', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, undefined],
    ['nothing between absent and undefined', { a: 1 }, { a: 1, b: undefined }, undefined],
    ['a changed field', { a: 1, b: 2 }, { a: 1, b: 3 }, { before: { b: 2 }, after: { b: 3 } }],
    ['a new field', { a: 1 }, { a: 1, b: 2 }, { before: { b: undefined }, after: { b: 2 } }],
    ['a removed field', { a: 1, b: 2 }, { a: 1 }, { before: { b: 2 }, after: { b: undefined } }],
    ['the order of a list', { a: [1, 2] }, { a: [2, 1] }, { before: { a: [1, 2] }, after: { a: [2, 1] } }],
  ])('is %s', (_, before, after, expected) => {
    expect(difference<object>(before, after)).toEqual(expected);
  });
});
