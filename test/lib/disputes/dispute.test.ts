import { describe, expect, test } from 'vitest';
import { answer, type Dispute, dueDayOf, expectPossible, isOverdue, withdraw } from '../../../lib/disputes/dispute.ts';

const open: Dispute = {
  ...{ disputeId: 'dsp_1', brandId: 'brd_1', programId: 'prg_1', partnerId: 'ptr_1', round: 1 },
  ...{ kind: 'untracked', eventType: 'sale', orderId: 'A', currency: 'EUR', evidence: 'mail' },
  ...{ status: 'open', raisedAt: '2026-03-29T10:00:00.000Z', raisedBy: 'ana@p.example', dueOn: '2026-04-03' },
};
const OTTO = { by: 'otto@shop.example', at: '2026-03-30T10:00:00.000Z' };
const no = { outcome: 'refused', refusal: 'order-unknown', note: 'no such order' } as const;

describe('the due day', () => {
  test.each<[string, string, string, number | undefined, string]>([
    ['five banking days on, from a Monday', '2026-03-30T10:00:00Z', 'UTC', undefined, '2026-04-06'],
    ['from a Saturday, as from the Monday after', '2026-03-28T10:00:00Z', 'UTC', undefined, '2026-04-06'],
    ['as many as the program says', '2026-03-30T10:00:00Z', 'UTC', 1, '2026-03-31'],
    ['over Christmas', '2026-12-24T10:00:00Z', 'UTC', 1, '2026-12-28'],
    ['by the program’s own day', '2026-03-30T23:30:00Z', 'Pacific/Auckland', 1, '2026-04-01'],
  ])('%s', (_, at, timeZone, disputeDays, day) =>
    expect(dueDayOf(new Date(at).toISOString(), { timeZone, disputeDays })).toBe(day),
  );

  test.each<[Partial<Dispute>, string, boolean]>([
    [{}, '2026-04-03', false],
    [{}, '2026-04-04', true],
    [{ status: 'answered' }, '2026-04-04', false],
    [{ status: 'withdrawn' }, '2026-04-04', false],
  ])('%j on %s: overdue %s', (over, today, overdue) => expect(isOverdue({ ...open, ...over }, today)).toBe(overdue));
});

describe('what the credits of an order allow', () => {
  const claim = (kind: Dispute['kind']) => ({ kind, eventType: 'sale', orderId: 'A' });
  test.each<[Dispute['kind'], boolean, string | undefined]>([
    ['untracked', false, undefined],
    ['untracked', true, 'already-credited'],
    ['incorrect', true, undefined],
    ['incorrect', false, 'not-credited'],
    ['declined', true, undefined],
    ['declined', false, undefined],
  ])('%s, credited %s: %s', (kind, credited, code) => {
    if (code === undefined) expect(() => expectPossible(claim(kind), credited)).not.toThrow();
    else expect(() => expectPossible(claim(kind), credited)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a dispute', () => {
  const answered = answer(open, no, OTTO);
  const withdrawn = withdraw(open, { ...OTTO, by: open.raisedBy });
  test('is answered once', () => {
    expect(answered).toMatchObject({ status: 'answered', answer: no, closedBy: OTTO.by, closedAt: OTTO.at });
    expect(answer(answered, no, { ...OTTO, at: '2026-04-01T00:00:00.000Z' })).toBe(answered);
  });
  test('is withdrawn once', () => {
    expect(withdrawn).toMatchObject({ status: 'withdrawn', closedBy: open.raisedBy });
    expect(withdraw(withdrawn, OTTO)).toBe(withdrawn);
  });
  test.each<[string, () => Dispute, string]>([
    ['answered in other words', () => answer(answered, { ...no, note: 'other' }, OTTO), 'dispute-is-answered'],
    [
      'answered by another person',
      () => answer(answered, no, { ...OTTO, by: 'zoe@shop.example' }),
      'dispute-is-answered',
    ],
    ['answered after it was withdrawn', () => answer(withdrawn, no, OTTO), 'dispute-is-withdrawn'],
    ['withdrawn after it was answered', () => withdraw(answered, OTTO), 'dispute-is-answered'],
  ])('is not %s', (_, step, code) => expect(step).toThrow(expect.objectContaining({ code })));
});
