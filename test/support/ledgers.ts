import fc from 'fast-check';
import { addDays, type Day } from '../../lib/calendar.ts';
import type { AccrualLine, Journal, LedgerKey } from '../../lib/ledger/journal.ts';
import type { Command } from '../../lib/ledger/movement.ts';
import { post } from '../../lib/ledger/post.ts';
import { ANN, BRAND, PROGRAM } from './orders.ts';

/** Builders of ledger chains, and random stories that only a careful caller would tell: each step is one the jobs may take. */

export const KEY: LedgerKey = { brandId: BRAND, programId: PROGRAM, partnerId: ANN, currency: 'USD' };
export const AT = '2026-03-15T12:00:00.000Z';

export const line = (cents: number, over: Partial<AccrualLine> = {}): AccrualLine => {
  const totalCents = over.totalCents ?? cents;
  return {
    eventType: 'sale',
    orderId: '1001',
    occurredAt: '2026-03-15T10:00:00.000Z',
    cents,
    totalCents,
    reason: 'earned',
    model: 'last-touch',
    policyVersion: 1,
    planVersion: 1,
    creditBps: 10_000,
    position: 1,
    touches: 1,
    touchAt: '2026-03-01T08:00:00.000Z',
    commissionableCents: totalCents * 10,
    parts: [{ rule: 'base', label: 'Base', rateBps: 1000, units: 1, baseCents: totalCents * 10, cents: totalCents }],
    unmatchedCents: 0,
    units: 1,
    returnedUnits: 0,
    matures: '2026-04-14',
    ...over,
  };
};

/** Posts commands one after another, an hour apart; commands that move nothing leave no journal. */
export function chain(commands: readonly Command[], key: LedgerKey = KEY, start: readonly Journal[] = []): Journal[] {
  const journals = [...start];
  commands.forEach((command, index) => {
    const at = new Date(Date.parse(AT) + index * 3_600_000).toISOString();
    const next = post(journals.at(-1), key, command, { at, recordedAt: at, actor: 'test' });
    if (next) journals.push(next);
  });
  return journals;
}

/** Balances that are not zero, so that a test states only what it is about. */
export function balances(journal: Journal | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(journal?.after.balances ?? {}).filter(([, cents]) => cents !== 0));
}

/** One day of a random story: what is settled, how far is released, what is adjusted, whether a payment starts, arrives, fails or is returned. */
interface DayOfStory {
  readonly settled: readonly { readonly order: number; readonly total: number; readonly hold: number }[];
  readonly releases: boolean;
  /** Cents by hand; 0: none. A write-off: whatever is owed. */
  readonly adjusted: number | 'write-off';
  readonly payment: 'none' | 'reserve' | 'settle' | 'unreserve' | 'bounce';
  /** Of ten parts of a payment, how many are withheld. */
  readonly withholds: number;
  /** Payments made before rails were noted have none. */
  readonly rail: string | undefined;
}

const dayOfStory: fc.Arbitrary<DayOfStory> = fc.record({
  settled: fc.uniqueArray(
    fc.record({ order: fc.nat(5), total: fc.oneof(fc.constant(0), fc.nat(500)), hold: fc.nat(4) }),
    { selector: ({ order }) => order, maxLength: 4 },
  ),
  releases: fc.boolean(),
  adjusted: fc.oneof(fc.constant(0), fc.integer({ min: -400, max: 400 }), fc.constant('write-off' as const)),
  payment: fc.constantFrom('none', 'reserve', 'settle', 'unreserve', 'bounce'),
  withholds: fc.oneof(fc.constant(0), fc.nat(10)),
  rail: fc.constantFrom('nacha', 'external', undefined),
});

/** Orders earn, come back, change; money is released, adjusted, reserved, paid or given back: any chain the jobs could have written. */
export const anyChain: fc.Arbitrary<Journal[]> = chainsFrom('2026-03-01');
/** The same over New Year: what is paid in one year comes back in the other. */
export const anyChainOverNewYear: fc.Arbitrary<Journal[]> = chainsFrom('2025-12-26');

function chainsFrom(first: Day): fc.Arbitrary<Journal[]> {
  return fc.array(dayOfStory, { minLength: 1, maxLength: 15 }).map((days) => told(days, first));
}

function told(days: readonly DayOfStory[], first: Day): Journal[] {
  const journals: Journal[] = [];
  const posted = new Map<number, { readonly total: number; readonly matures: string }>();
  let open: { readonly itemId: string; readonly cents: number; readonly withheldCents: number } | undefined;
  let reserved = '';
  let paid: Omit<Extract<Command, { kind: 'bounce' }>, 'kind' | 'why'> | undefined;
  const step = (command: Command, at: string) => {
    const next = post(journals.at(-1), KEY, command, { at, recordedAt: at, actor: 'test' });
    if (next) journals.push(next);
  };
  days.forEach(({ settled, releases, adjusted, payment, withholds, rail }, index) => {
    const today = addDays(first, index);
    const at = `${today}T12:00:00.000Z`;
    const lines = settled.flatMap(({ order, total, hold }) => {
      const before = posted.get(order);
      if (total === (before?.total ?? 0)) return [];
      const matures = before?.matures ?? addDays(today, hold - 1);
      posted.set(order, { total, matures });
      return [
        line(total - (before?.total ?? 0), {
          orderId: String(order),
          totalCents: total,
          reason: before ? 'recomputed' : 'earned',
          matures,
        }),
      ];
    });
    step({ kind: 'accrual', lines, today }, at);
    if (releases) step({ kind: 'release', through: today }, at);
    const owed = 0 - (journals.at(-1)?.after.balances.receivable ?? 0);
    const cents = adjusted === 'write-off' ? owed : adjusted;
    const reason = adjusted === 'write-off' ? 'write-off' : 'goodwill';
    if (cents !== 0) step({ kind: 'adjustment', adjustmentId: `adj_${index}`, cents, reason, note: 'by hand' }, at);
    const payable = journals.at(-1)?.after.balances.payable ?? 0;
    if (payment === 'reserve' && !open && payable > 0) {
      open = { itemId: `itm_${index}`, cents: payable, withheldCents: Math.floor((payable * withholds) / 10) };
      step({ kind: 'reserve', ...open }, at);
      reserved = journals.at(-1)!.journalId;
    } else if ((payment === 'settle' || payment === 'unreserve') && open) {
      step(
        payment === 'settle'
          ? { kind: 'settle', ...open, rail }
          : { kind: 'unreserve', ...open, why: 'closed', corrects: reserved },
        at,
      );
      if (payment === 'settle') paid = { ...open, rail, corrects: journals.at(-1)!.journalId, paidOn: today };
      open = undefined;
    } else if (payment === 'bounce' && paid) {
      step({ kind: 'bounce', ...paid, why: 'R02 closed' }, at);
      paid = undefined;
    }
  });
  return journals;
}
