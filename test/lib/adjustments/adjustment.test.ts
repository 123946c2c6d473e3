import { describe, expect, test } from 'vitest';
import {
  type Adjustment,
  approve,
  decline,
  expectOwed,
  postingOf,
  writeOffIdOf,
} from '../../../lib/adjustments/adjustment.ts';
import { auditAdjustments } from '../../../lib/adjustments/audit.ts';
import { WRITE_OFF_MAKER, writeOffDue } from '../../../lib/adjustments/write-off.ts';
import type { Journal } from '../../../lib/ledger/journal.ts';
import type { Command } from '../../../lib/ledger/movement.ts';
import { post } from '../../../lib/ledger/post.ts';
import { chain, KEY, line } from '../../support/ledgers.ts';

const proposed: Adjustment = {
  ...KEY,
  adjustmentId: 'adj_1',
  cents: 500,
  reason: 'goodwill',
  note: 'sorry',
  status: 'proposed',
  proposedBy: 'mia@shop.example',
  proposedAt: '2026-03-15T10:00:00.000Z',
};
const OTTO = { by: 'otto@shop.example', at: '2026-03-15T12:00:00.000Z' };
const approved = approve(proposed, OTTO);
const declined = decline(proposed, { ...OTTO, why: 'no' });

describe('an adjustment', () => {
  test('is approved by another person', () =>
    expect(approved).toMatchObject({ status: 'approved', approvedBy: OTTO.by, approvedAt: OTTO.at }));
  test('is declined by anybody, its maker too', () => {
    expect(declined).toMatchObject({ status: 'declined', declinedBy: OTTO.by, declinedWhy: 'no' });
    expect(decline(proposed, { ...OTTO, by: proposed.proposedBy, why: 'a slip' }).status).toBe('declined');
  });
  test.each([
    ['mia@shop.example', 'its maker'],
    ['MIA@Shop.example', 'its maker in capitals'],
  ])('is not approved by %s, %s', (by) =>
    expect(() => approve(proposed, { ...OTTO, by })).toThrow(expect.objectContaining({ code: 'maker-cannot-approve' })),
  );
  test('decided again by the same person stays as it is', () => {
    expect(approve(approved, OTTO)).toBe(approved);
    expect(decline(declined, { ...OTTO, why: 'still no' })).toBe(declined);
  });
  test.each<[string, () => Adjustment, string]>([
    ['approved, by another', () => approve(approved, { ...OTTO, by: 'zoe@shop.example' }), 'adjustment-is-approved'],
    ['approved after it was declined', () => approve(declined, OTTO), 'adjustment-is-declined'],
    ['declined after it was approved', () => decline(approved, { ...OTTO, why: 'x' }), 'adjustment-is-approved'],
  ])('is not %s', (_, decision, code) => expect(decision).toThrow(expect.objectContaining({ code })));

  test('tells the order it is about in the ledger', () =>
    expect(postingOf({ ...proposed, conversion: { eventType: 'sale', orderId: 'A:1' } }).note).toBe('sale A:1: sorry'));
  test('as a write-off is at most what is owed', () => {
    const writeOff = { cents: 500, reason: 'write-off', currency: 'USD' } as const;
    expect(() => expectOwed({ receivable: -500 }, writeOff)).not.toThrow();
    expect(() => expectOwed({ receivable: -499 }, writeOff)).toThrow(
      expect.objectContaining({ code: 'more-than-owed', fields: [expect.objectContaining({ field: 'cents' })] }),
    );
  });
});

describe('the audit of adjustments', () => {
  const posted = (adjustment: Adjustment, actor = OTTO.by): Journal =>
    post(
      undefined,
      KEY,
      { kind: 'adjustment', ...postingOf(adjustment) },
      { at: OTTO.at, recordedAt: OTTO.at, actor },
    )!;
  const stored = (over: Partial<Adjustment> = {}): Adjustment => {
    const { journalId, sequence } = posted(approved);
    return { ...approved, journal: { journalId, sequence }, ...over };
  };
  test('finds nothing in what was done right', () => {
    expect(
      auditAdjustments(
        [stored(), { ...proposed, adjustmentId: 'adj_2' }, { ...declined, adjustmentId: 'adj_3' }],
        [posted(approved)],
      ),
    ).toEqual([]);
    expect(auditAdjustments([], chain([{ kind: 'accrual', today: '2026-03-15', lines: [line(100)] }]))).toEqual([]);
  });
  test.each<[string, Adjustment[], Journal[], string, string]>([
    [
      'approved by its maker',
      [stored({ proposedBy: 'OTTO@shop.example' })],
      [posted(approved)],
      'maker-is-not-checker',
      'proposed by OTTO@shop.example',
    ],
    [
      'approved by nobody',
      [stored({ approvedBy: undefined })],
      [posted(approved)],
      'maker-is-not-checker',
      "approved by ''",
    ],
    [
      'of another amount',
      [stored({ cents: 501 })],
      [posted(approved)],
      'adjusted-as-approved',
      'approved 501, posted 500',
    ],
    ['of other words', [stored({ note: 'bonus' })], [posted(approved)], 'adjusted-as-approved', 'other words'],
    [
      'posted by another',
      [stored()],
      [posted(approved, 'eve@x.example')],
      'adjusted-as-approved',
      'posted by eve@x.example',
    ],
    ['posted and not approved', [{ ...proposed }], [posted(approved)], 'adjusted-as-approved', 'but it is proposed'],
    ['posted and declined', [{ ...declined }], [posted(approved)], 'adjusted-as-approved', 'but it is declined'],
    ['approved and not posted', [stored()], [], 'adjusted-as-approved', 'is approved and not in the ledger'],
    ['posted, and nobody proposed it', [], [posted(approved)], 'adjusted-as-approved', 'nobody proposed it'],
    [
      'that names another journal',
      [stored({ journal: { journalId: 'jrn_x', sequence: 1 } })],
      [posted(approved)],
      'adjusted-as-approved',
      'names another journal',
    ],
  ])('finds one %s', (_, rows, journals, law, found) =>
    expect(auditAdjustments(rows, journals)).toContainEqual(
      expect.objectContaining({ law, found: expect.stringContaining(found) }),
    ),
  );
});

describe('a write-off is due', () => {
  const policy = { afterDays: 90, maxCents: 1_000 };
  const owing = (owed: number, ...more: Command[]) =>
    chain([
      { kind: 'accrual', today: '2026-03-15', lines: [line(1_000, { matures: '2026-03-14' })] },
      { kind: 'reserve', itemId: 'itm_1', cents: 1_000 },
      { kind: 'settle', itemId: 'itm_1', cents: 1_000 },
      {
        kind: 'accrual',
        today: '2026-03-15',
        lines: [line(-owed, { totalCents: 1_000 - owed, reason: 'returned', matures: '2026-03-14' })],
      },
      ...more,
    ]).at(-1)!;
  const dueAt = (head: Journal | undefined, asOf: string, over: Partial<typeof policy> = {}) =>
    writeOffDue(head, { ...policy, ...over }, { asOf, timeZone: 'UTC' });
  // The last journal is of March 15th; 90 days later is June 13th.
  const head = owing(600);

  test('once nothing moved for the days of the policy, in the program’s calendar', () => {
    expect(dueAt(head, '2026-06-12T23:59:59.000Z')).toBeUndefined();
    expect(dueAt(head, '2026-06-13T00:00:00.000Z')).toMatchObject({
      ...KEY,
      cents: 600,
      reason: 'write-off',
      status: 'proposed',
      proposedBy: WRITE_OFF_MAKER,
      note: '6.00 USD is owed and nothing moved since 2026-03-15',
    });
    // Already June 13th in Auckland, where the journal’s day began earlier too.
    expect(
      writeOffDue(head, policy, { asOf: '2026-06-13T11:59:00.000Z', timeZone: 'Pacific/Auckland' }),
    ).toBeUndefined();
    expect(writeOffDue(head, policy, { asOf: '2026-06-13T12:00:00.000Z', timeZone: 'Pacific/Auckland' })).toBeDefined();
  });
  test.each<[string, Journal | undefined, Partial<typeof policy>]>([
    ['nothing ever moved', undefined, {}],
    [
      'nothing is owed',
      owing(600, { kind: 'adjustment', adjustmentId: 'adj_1', cents: 600, reason: 'write-off', note: 'x' }),
      {},
    ],
    ['more is owed than the policy allows', head, { maxCents: 599 }],
    [
      'something waits that will repay it',
      owing(600, { kind: 'accrual', today: '2026-03-15', lines: [line(10, { orderId: '2', matures: '2027-01-01' })] }),
      {},
    ],
  ])('not while %s', (_, of, over) => expect(dueAt(of, '2027-01-01T00:00:00.000Z', over)).toBeUndefined());
  test('never without a policy', () =>
    expect(writeOffDue(head, undefined, { asOf: '2030-01-01T00:00:00.000Z', timeZone: 'UTC' })).toBeUndefined());
  test('under the same id as long as nothing moves, whenever it is asked', () => {
    const ids = ['2026-07-01T00:00:00.000Z', '2026-08-01T00:00:00.000Z'].map((asOf) => dueAt(head, asOf)!.adjustmentId);
    expect(ids).toEqual([writeOffIdOf(KEY, head.sequence), writeOffIdOf(KEY, head.sequence)]);
    expect(writeOffIdOf(KEY, head.sequence + 1)).not.toBe(ids[0]);
  });
});
