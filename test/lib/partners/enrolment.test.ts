import { describe, expect, test } from 'vitest';
import { change, standingAt } from '../../../lib/partners/enrolment.ts';
import type { Enrolment } from '../../../lib/partners/partner.ts';

const begun: Enrolment = {
  programId: 'prg_0000000000000001',
  partnerId: 'ptr_0000000000000001',
  status: 'active',
  group: 'default',
  enrolledAt: '2026-01-01T00:00:00.000Z',
};

describe('an enrolment changes and remembers', () => {
  const gold = change(begun, { group: 'gold' }, '2026-02-01T00:00:00.000Z');
  const paused = change(gold, { status: 'paused' }, '2026-03-01T00:00:00.000Z');

  test.each([
    ['before it began, as it began', '2025-12-01T00:00:00.000Z', 'active', 'default'],
    ['until the first change', '2026-01-31T23:59:59.999Z', 'active', 'default'],
    ['from the change on', '2026-02-01T00:00:00.000Z', 'active', 'gold'],
    ['between changes', '2026-02-28T12:00:00.000Z', 'active', 'gold'],
    ['after the last', '2026-03-01T00:00:00.000Z', 'paused', 'gold'],
  ] as const)('%s', (_, at, status, group) => expect(standingAt(paused, at)).toMatchObject({ status, group }));

  test('a tier comes and goes like a group', () => {
    const silver = change(gold, { tier: 'silver' }, '2026-04-01T00:00:00.000Z');
    const none = change(silver, { tier: null }, '2026-05-01T00:00:00.000Z');
    expect(standingAt(none, '2026-03-31T23:59:59.999Z')).toEqual({ status: 'active', group: 'gold' });
    expect(standingAt(none, '2026-04-01T00:00:00.000Z')).toEqual({ status: 'active', group: 'gold', tier: 'silver' });
    expect(standingAt(none, '2026-05-01T00:00:00.000Z')).toEqual({ status: 'active', group: 'gold' });
    expect(change(none, { tier: null }, '2026-06-01T00:00:00.000Z')).toBe(none);
  });

  test('a change to what it is already is none', () =>
    expect(change(gold, { group: 'gold' }, '2026-05-01T00:00:00.000Z')).toBe(gold));

  test('one that never changed is what it is', () =>
    expect(standingAt(begun, '2026-05-01T00:00:00.000Z')).toEqual({ status: 'active', group: 'default' }));
});
