import { describe, expect, test } from 'vitest';
import { VisibleError } from '../../../lib/errors.ts';
import {
  advanceItem,
  approve,
  finishPaying,
  freeze,
  type ItemStatus,
  type PayoutRun,
  type RunStatus,
  reject,
  startPaying,
} from '../../../lib/payouts/run.ts';
import { payoutItem, run } from '../../support/payouts.ts';

const FROZEN = { itemCount: 2, totalCents: 3000, fileHash: 'abc', fileKey: 'payouts/pay.csv', excludedCount: 3 };
const AT = '2026-04-15T09:00:00.000Z';
const waiting = freeze(run(), FROZEN);
const approved = approve(waiting, { by: 'bob@example.com', at: AT, fileHash: 'abc' }, []);

function code(step: () => unknown): string | undefined {
  try {
    step();
  } catch (error) {
    if (error instanceof VisibleError) return error.code;
    throw error;
  }
  return undefined;
}

describe('a run', () => {
  test('waits for approval once its file is frozen', () => {
    expect(waiting).toMatchObject({ status: 'awaiting-approval', ...FROZEN });
  });
  test('is empty when nobody can be paid, and keeps how many could not', () => {
    const empty = freeze(run(), { ...FROZEN, itemCount: 0, totalCents: 0 });
    expect(empty).toMatchObject({ status: 'empty', excludedCount: 3, itemCount: 0, totalCents: 0 });
    expect(empty.fileHash).toBeUndefined();
  });
  test('is approved by another person, who names the file they saw', () => {
    expect(approved).toMatchObject({ status: 'approved', approvedBy: 'bob@example.com', approvedAt: AT });
  });
  test('is not approved by its maker', () => {
    expect(code(() => approve(waiting, { by: 'mia@example.com', at: AT, fileHash: 'abc' }, []))).toBe(
      'maker-cannot-approve',
    );
  });
  test('is not approved for another file', () => {
    expect(code(() => approve(waiting, { by: 'bob@example.com', at: AT, fileHash: 'abd' }, []))).toBe('hash-differs');
  });
  test.each([
    ['nothing', [], 'findings-not-acknowledged'],
    ['one of two', ['no-source:ptr_1'], 'findings-not-acknowledged'],
    ['both and one that is none', ['no-source:ptr_1', 'vanished:ptr_2', 'jump:ptr_1'], 'invalid-fields'],
    ['both', ['vanished:ptr_2', 'no-source:ptr_1'], undefined],
  ])('with two severe findings, acknowledging %s, is refused as %3$s', (_, acknowledge, refusal) => {
    const severe = ['no-source:ptr_1', 'vanished:ptr_2'];
    const approving = () => approve(waiting, { by: 'bob@example.com', at: AT, fileHash: 'abc', acknowledge }, severe);
    expect(code(approving)).toBe(refusal);
    if (refusal === undefined) expect(approving()).toMatchObject({ status: 'approved', acknowledged: severe });
  });
  test('can be rejected by anyone until it is being paid, its maker included', () => {
    const rejected = reject(waiting, { by: 'mia@example.com', at: AT, why: 'wrong month' });
    expect(rejected).toMatchObject({
      status: 'rejected',
      rejectedBy: 'mia@example.com',
      rejectedAt: AT,
      rejectedWhy: 'wrong month',
    });
    const late = { by: 'mia@example.com', at: AT, why: 'late' };
    expect(reject(approved, late).status).toBe('rejected');
    expect(code(() => startPaying(reject(approved, late)))).toBe('run-is-rejected');
    expect(code(() => reject(startPaying(approved), late))).toBe('run-is-paying');
    expect(code(() => approve(rejected, { by: 'bob@example.com', at: AT, fileHash: 'abc' }, []))).toBe(
      'run-is-rejected',
    );
  });
  test('is paid when no item is open', () => {
    const paying = startPaying(approved);
    expect(paying.status).toBe('paying');
    expect(finishPaying(paying, [{ status: 'settled' }, { status: 'sent' }])).toBe(paying);
    expect(finishPaying(paying, [{ status: 'settled' }, { status: 'failed' }]).status).toBe('paid');
  });

  test('every step done twice is done once', () => {
    const rejected = reject(waiting, { by: 'bob@example.com', at: AT, why: 'x' });
    const paying = startPaying(approved);
    const paid = finishPaying(paying, []);
    expect(freeze(waiting, FROZEN)).toBe(waiting);
    expect(approve(approved, { by: 'bob@example.com', at: '2027-01-01T00:00:00.000Z', fileHash: 'abc' }, [])).toBe(
      approved,
    );
    expect(reject(rejected, { by: 'bob@example.com', at: AT, why: 'y' })).toBe(rejected);
    expect(startPaying(paying)).toBe(paying);
    expect(finishPaying(paid, [])).toBe(paid);
  });

  const steps: Record<string, (of: PayoutRun) => PayoutRun> = {
    freeze: (of) => freeze(of, { ...FROZEN, fileHash: 'other' }),
    approve: (of) => approve(of, { by: 'zoe@example.com', at: AT, fileHash: 'abc' }, []),
    reject: (of) => reject(of, { by: 'zoe@example.com', at: AT, why: 'x' }),
    startPaying,
    finishPaying: (of) => finishPaying(of, []),
  };
  test.each<[RunStatus, string[]]>([
    ['drafting', ['freeze', 'reject']],
    ['awaiting-approval', ['approve', 'reject']],
    ['approved', ['reject', 'startPaying']],
    ['paying', ['startPaying', 'finishPaying']],
    ['paid', ['finishPaying']],
    ['rejected', []],
    ['empty', []],
  ])('that is %s allows %j and refuses the rest by its status', (status, allowed) => {
    const of = run({ ...FROZEN, status });
    const outcomes = Object.entries(steps).map(([name, step]) => [name, code(() => step(of))]);
    expect(outcomes).toEqual(
      Object.keys(steps).map((name) => [name, allowed.includes(name) ? undefined : `run-is-${status}`]),
    );
  });
});

describe('an item', () => {
  const statuses: ItemStatus[] = ['reserved', 'sent', 'settled', 'failed', 'released'];
  test.each<[ItemStatus, ItemStatus[]]>([
    ['reserved', ['sent', 'released']],
    ['sent', ['settled', 'failed']],
    ['settled', []],
    ['failed', []],
    ['released', []],
  ])('that is %s can become %j and nothing else', (status, next) => {
    const possible = statuses.filter(
      (to) => to !== status && code(() => advanceItem(payoutItem({ status }), to, { at: AT })) === undefined,
    );
    expect(possible).toEqual(next);
  });
  test('keeps when and why', () => {
    expect(advanceItem(payoutItem({ status: 'sent' }), 'failed', { at: AT, failure: 'account closed' })).toEqual(
      payoutItem({ status: 'failed', updatedAt: AT, failure: 'account closed' }),
    );
  });
  test('that is there already has nothing left to do', () => {
    expect(advanceItem(payoutItem({ status: 'settled' }), 'settled', { at: AT })).toBeUndefined();
  });
});
