import { describe, expect, test } from 'vitest';
import { answerPage, fromCursor, toCursor } from '../../../lib/http/paging.ts';

const scope = ['brd_aaaaaa', 'links', 'ptr_1'];

describe('a cursor', () => {
  test.each([['ptr_01kp3q8z4m7yc2hd'], [''], ['größer #|"\\'], ['x'.repeat(2500)]])(
    'carries a position there and back: %s',
    (position) => {
      const cursor = toCursor(position, scope);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(fromCursor(cursor, scope)).toBe(position);
    },
  );

  test.each([
    ['another brand', toCursor('p', ['brd_eeeeee', 'links', 'ptr_1'])],
    ['another list', toCursor('p', ['brd_aaaaaa', 'partners'])],
    ['another partner', toCursor('p', ['brd_aaaaaa', 'links', 'ptr_2'])],
    ['nobody', 'AAAA'],
    ['a number instead of a position', Buffer.from(JSON.stringify([scope, 7])).toString('base64url')],
    ['no list', Buffer.from('null').toString('base64url')],
  ])('of %s is refused', (_, cursor) => {
    expect(() => fromCursor(cursor, scope)).toThrow(
      expect.objectContaining({ kind: 'invalid', fields: [expect.objectContaining({ field: 'cursor' })] }),
    );
  });

  test('is absent on the last page', () => {
    expect(answerPage({ items: [1] }, scope)).toEqual({ items: [1] });
    expect(answerPage({ items: [1], cursor: 'p' }, scope)).toEqual({ items: [1], nextCursor: toCursor('p', scope) });
  });
});
