import { describe, expect, test } from 'vitest';
import { afterLook, isOverdue, moveBy } from '../../../../lib/payouts/rails/follow.ts';
import type { BatchRecord, ItemReport } from '../../../../lib/payouts/rails/provider.ts';
import type { ItemStatus } from '../../../../lib/payouts/run.ts';

const record = { state: 'open', providerId: 'X', sentAt: '2026-05-01T00:00:00.000Z' } as BatchRecord;
const report = (state: ItemReport['state']): ItemReport => ({ itemId: 'itm_1', state, words: 'why' });

describe('a provider’s word', () => {
  test.each<[ItemStatus, ItemReport['state'], unknown]>([
    ['sent', 'paid', { to: 'settled', reference: undefined }],
    ['sent', 'waiting', undefined],
    ['sent', 'over', { to: 'failed', why: 'why' }],
    ['settled', 'paid', undefined],
    ['settled', 'waiting', undefined],
    ['settled', 'over', { to: 'returned', why: 'why', timeZone: 'UTC' }],
    ['failed', 'paid', 'contradiction'],
    ['failed', 'over', undefined],
    ['returned', 'over', undefined],
    ['returned', 'paid', undefined],
    ['reserved', 'paid', undefined],
  ])('%s and %s: %o', (status, state, move) => expect(moveBy({ status }, report(state), 'UTC')).toEqual(move));
});

describe('when a provider is asked again', () => {
  const at = '2026-05-02T05:00:00.000Z';
  test.each<[string, readonly ItemStatus[], Partial<BatchRecord>, object]>([
    [
      'twice a day at most while payments are under way',
      ['sent', 'settled'],
      {},
      { state: 'open', dueAt: '2026-05-02T17:00:00.000Z' },
    ],
    [
      'a day after the end',
      ['settled', 'failed'],
      {},
      { state: 'watched', endedAt: at, dueAt: '2026-05-03T05:00:00.000Z' },
    ],
    [
      'later and later',
      ['settled'],
      { endedAt: '2026-04-20T05:00:00.000Z' },
      { state: 'watched', endedAt: '2026-04-20T05:00:00.000Z', dueAt: '2026-05-04T05:00:00.000Z' },
    ],
    [
      'no more after two months',
      ['settled'],
      { endedAt: '2026-03-01T05:00:00.000Z' },
      { state: 'done', dueAt: undefined },
    ],
    ['not at all when nothing was paid', ['failed', 'returned'], {}, { state: 'done', dueAt: undefined }],
  ])('%s', (_, statuses, over, expected) => {
    const items = statuses.map((status) => ({ status }));
    expect(afterLook({ ...record, ...over }, items, at)).toMatchObject(expected);
  });

  test('after 40 days under way it is a person’s matter', () => {
    expect(isOverdue(record, '2026-06-09T00:00:00.000Z')).toBe(false);
    expect(isOverdue(record, '2026-06-11T00:00:00.000Z')).toBe(true);
    expect(isOverdue({ ...record, state: 'watched' }, '2026-06-11T00:00:00.000Z')).toBe(false);
  });
});
