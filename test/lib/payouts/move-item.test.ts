import { describe, expect, test } from 'vitest';
import { type ItemMove, type LedgeredItem, moveItem } from '../../../lib/payouts/move-item.ts';
import { balances, chain, KEY, line } from '../../support/ledgers.ts';
import { payoutItem } from '../../support/payouts.ts';

const POSTING = { at: '2026-05-01T12:00:00.000Z', recordedAt: '2026-05-01T12:00:01.000Z', actor: 'otto@shop.example' };
const item = (over: Partial<LedgeredItem> = {}): LedgeredItem => ({
  ...payoutItem(),
  brandId: KEY.brandId,
  programId: KEY.programId,
  reserved: { sequence: 3, journalId: 'jrn_0000000000000003' },
  ...over,
});
const reserved = chain([
  { kind: 'accrual', lines: [line(1_000, { matures: '2026-03-20' })], today: '2026-03-15' },
  { kind: 'release', through: '2026-03-20' },
  { kind: 'reserve', itemId: item().itemId, cents: 1_000 },
]).at(-1);

describe('an item and its money move together', () => {
  test.each([
    ['paid by hand and confirmed', item({ status: 'sent' }), { to: 'settled', reference: 'Wise 1' }, { paid: 1_000 }],
    ['in the bank’s file', item({ rail: 'bank-csv' }), { to: 'settled' }, { paid: 1_000 }],
    ['failed', item({ status: 'sent' }), { to: 'failed', why: 'closed' }, { payable: 1_000 }],
    ['of a rejected run', item(), { to: 'released', why: 'rejected' }, { payable: 1_000 }],
  ] as const)('%s', (_, before, move: ItemMove, after) => {
    const moved = moveItem(before, reserved, move, POSTING)!;
    expect(moved.after).toMatchObject({ status: move.to, updatedAt: POSTING.at, amountCents: 1_000 });
    expect(balances(moved.journals[0])).toEqual({ expense: -1_000, ...after });
    expect(moved.journals[0]?.actor).toBe('otto@shop.example');
  });

  test('says why it failed, names the journal it undoes, and keeps what the payer calls it', () => {
    const failed = moveItem(item({ status: 'sent' }), reserved, { to: 'failed', why: 'closed' }, POSTING)!;
    expect(failed.after.failure).toBe('closed');
    expect(failed.journals[0]).toMatchObject({ corrects: 'jrn_0000000000000003', cause: `${item().itemId}: closed` });
    const paid = moveItem(item({ status: 'sent' }), reserved, { to: 'settled', reference: 'Wise 1' }, POSTING)!;
    expect(paid.after).toMatchObject({ reference: 'Wise 1' });
  });

  test('settled, then returned, names the journal that paid it', () => {
    const paid = moveItem(item({ rail: 'nacha' }), reserved, { to: 'settled' }, POSTING)!;
    const back = moveItem(
      paid.after,
      paid.journals[0],
      { to: 'returned', why: 'R03 no account', timeZone: 'UTC' },
      POSTING,
    )!;
    expect(back.after).toMatchObject({ status: 'returned', failure: 'R03 no account' });
    expect(back.journals[0]).toMatchObject({
      corrects: paid.journals[0]!.journalId,
      cause: `${item().itemId}: R03 no account`,
    });
    expect(balances(back.journals[0])).toEqual({ expense: -1_000, payable: 1_000 });
    expect(
      moveItem(back.after, back.journals[0], { to: 'returned', why: 'R02 closed', timeZone: 'UTC' }, POSTING),
    ).toBeUndefined();
  });

  test('returned says on which day of the program it had been paid; one settled before that was kept says none', () => {
    const paid = moveItem(item({ rail: 'nacha' }), reserved, { to: 'settled' }, POSTING)!;
    const back = (before: LedgeredItem) =>
      moveItem(before, paid.journals[0], { to: 'returned', why: 'R03', timeZone: 'Pacific/Auckland' }, POSTING)!
        .journals[0];
    expect(back(paid.after)).toMatchObject({ paidOn: '2026-05-02', after: { cameBack: { 2026: { cents: 1_000 } } } });
    const { settled: _, ...old } = paid.after;
    expect(back(old)).not.toHaveProperty('paidOn');
    expect(back(old)?.after).not.toHaveProperty('cameBack');
  });

  test('a move that was made is not made again', () =>
    expect(moveItem(item({ status: 'settled' }), reserved, { to: 'settled' }, POSTING)).toBeUndefined());

  test.each([
    ['settled, then failed', item({ status: 'settled' }), { to: 'failed', why: 'late' }, 'item-is-settled'],
    ['failed, then settled', item({ status: 'failed' }), { to: 'settled' }, 'item-is-failed'],
    [
      'failed, then returned',
      item({ status: 'failed' }),
      { to: 'returned', why: 'R02', timeZone: 'UTC' },
      'item-is-failed',
    ],
    ['sent, then returned', item({ status: 'sent' }), { to: 'returned', why: 'R02', timeZone: 'UTC' }, 'item-is-sent'],
    ['paid by hand before it was sent', item(), { to: 'settled' }, 'item-is-reserved'],
  ] as const)('never %s', (_, before, move: ItemMove, code) =>
    expect(() => moveItem(before, reserved, move, POSTING)).toThrow(expect.objectContaining({ code })),
  );
});
