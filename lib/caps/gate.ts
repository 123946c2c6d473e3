import type { Credit } from '../attribution/journey.ts';
import { remainingOrder } from '../commission/order.ts';
import type { AccrualLine } from '../ledger/journal.ts';
import { allocate } from '../money.ts';
import type { Conversion, Posted } from '../tracking/conversion.ts';
import { type Cap, capWords, windowAt } from './cap.ts';

/** How far a window of a cap is used. */
export interface Counter {
  readonly used: number;
  /** The limit at which something was turned away, so that it is told once for each limit. */
  readonly turnedAt?: number | undefined;
}
export const UNUSED: Counter = { used: 0 };

/** What one or several conversions do to a counter, together. */
export interface CounterMove {
  readonly name: string;
  readonly cap: Cap;
  readonly window: string;
  readonly by: number;
  /** Something was turned away for the first time at this limit. */
  readonly turned?: true;
}

/** Tells the counters of a brand apart. */
export const counterName = (capId: string, window: string) => `${capId} ${window}`;

/** What a conversion used of each cap, by cap id; the zeros left out. */
export type Consumed = Readonly<Record<string, number>>;

/** A conversion as it was assessed, before anybody asked whether there is room for it. */
export interface Wanted {
  readonly conversion: Conversion;
  readonly credits: readonly Credit[];
  readonly lines: ReadonlyMap<string, AccrualLine>;
  readonly posted: Readonly<Record<string, Posted>>;
  /** The same when caps leave partners no more than this, where recruiters are paid by what others earn. */
  readonly whenKept?: ((kept: ReadonlyMap<string, number>) => Pick<Wanted, 'lines' | 'posted'>) | undefined;
}

/** What there is room for. */
export interface Gated {
  readonly lines: ReadonlyMap<string, AccrualLine>;
  readonly posted: Readonly<Record<string, Posted>>;
  /** `over-cap: …`, when something found no room. */
  readonly overCap?: string;
  readonly consumed: Consumed;
  readonly moves: readonly CounterMove[];
}

/** The caps that a conversion counts for, the narrower scopes first, with its window of each. */
export function capsOf(
  caps: readonly Cap[],
  { occurredAt }: Pick<Conversion, 'occurredAt'>,
  timeZone: string,
): { readonly cap: Cap; readonly window: string }[] {
  return caps
    .flatMap((cap) => {
      const window = cap.measure === 'clicks' ? undefined : windowAt(cap, occurredAt, timeZone);
      return window === undefined ? [] : [{ cap, window }];
    })
    .sort((a, b) => BREADTH[a.cap.scope.kind] - BREADTH[b.cap.scope.kind] || (a.cap.capId < b.cap.capId ? -1 : 1));
}
const BREADTH = { partner: 0, group: 1, program: 2 } as const;

/**
 * Lets through what fits under the hard caps.
 *
 * - What would exceed a cap is out as a whole; nothing is filled up in part. It is out for the partners of the cap's scope only: whoever
 *   shares the conversion and has room is paid as if the others had; who recruited them has a part of what they are really paid.
 * - Out means that nothing is added. What was posted before stays, and what a return takes back is taken back.
 * - A conversion uses what it is worth now. What it used before is stored beside it, so a rerun moves the counter by the difference, and
 *   what comes back gives back: payout and revenue with each unit, a conversion when the whole order came back or was cancelled.
 *
 * @param groupOf group of a partner when the customer ordered.
 * @param counterOf state of a counter, with the moves of conversions before this one.
 */
export function gate(
  wanted: Wanted,
  open: readonly { readonly cap: Cap; readonly window: string }[],
  groupOf: (partnerId: string) => string | undefined,
  counterOf: (name: string) => Counter,
): Gated {
  const { conversion } = wanted;
  const before = conversion.consumed ?? {};
  let left = wanted;
  const blocked = new Set<string>();
  const over: { readonly cap: Cap; readonly window: string }[] = [];
  for (const { cap, window } of open) {
    if (!cap.hard) continue;
    const delta = amountOf(cap, left, blocked, groupOf) - (before[cap.capId] ?? 0);
    if (delta <= 0 || counterOf(counterName(cap.capId, window)).used + delta <= cap.limit) continue;
    over.push({ cap, window });
    for (const partnerId of new Set([...left.credits.map((credit) => credit.partnerId), ...left.lines.keys()]))
      if (isOf(cap, partnerId, groupOf)) blocked.add(partnerId);
    if (wanted.whenKept) left = { ...wanted, ...wanted.whenKept(keptOf(wanted, blocked)) };
  }
  const { lines, posted } = blocked.size > 0 ? without(left, blocked) : left;
  left = { ...left, posted };

  const consumed: Record<string, number> = { ...before };
  const moves = open.flatMap(({ cap, window }): CounterMove[] => {
    const used = before[cap.capId] ?? 0;
    const kept = Math.min(amountOf(cap, left, NOBODY, groupOf), used);
    const uses = Math.max(amountOf(cap, left, blocked, groupOf), kept);
    if (uses === 0) delete consumed[cap.capId];
    else consumed[cap.capId] = uses;
    const name = counterName(cap.capId, window);
    const turned = over.some((one) => one.cap === cap) && counterOf(name).turnedAt !== cap.limit;
    return uses === used && !turned ? [] : [{ name, cap, window, by: uses - used, ...(turned && { turned }) }];
  });
  // The widest, or whom it left out would be told nothing: a cap of another partner is not their matter.
  const widest = over.at(-1);
  return {
    lines,
    posted,
    ...(widest && { overCap: `over-cap: ${capWords(widest.cap, conversion.currency)} (${widest.cap.capId})` }),
    consumed,
    moves,
  };
}
/** What is left to partners who are out: what was posted before, or less when something came back. */
const keptOf = ({ conversion, posted }: Wanted, blocked: ReadonlySet<string>) =>
  new Map(
    [...blocked].map((partnerId) => [
      partnerId,
      Math.min(posted[partnerId]?.cents ?? 0, conversion.posted[partnerId]?.cents ?? 0),
    ]),
  );
const NOBODY: ReadonlySet<string> = new Set();

/** Adds moves to a counter. */
export const moved = (counter: Counter, { by, turned, cap }: CounterMove): Counter => ({
  used: counter.used + by,
  turnedAt: turned ? cap.limit : counter.turnedAt,
});

/** Moves of one counter as one; those that come to nothing are left out. */
export function together(moves: Iterable<CounterMove>): CounterMove[] {
  const sums = new Map<string, CounterMove>();
  for (const move of moves) {
    const known = sums.get(move.name);
    const turned = move.turned ?? known?.turned;
    sums.set(move.name, { ...move, by: (known?.by ?? 0) + move.by, ...(turned && { turned }) });
  }
  return [...sums.values()].filter(({ by, turned }) => by !== 0 || turned);
}

/** Partners who are out keep what they had: lines that add are dropped, lines that take back stay. */
function without(
  { conversion, lines, posted }: Omit<Wanted, 'whenKept'>,
  blocked: ReadonlySet<string>,
): Pick<Gated, 'lines' | 'posted'> {
  const left = new Map(lines);
  const kept: Record<string, Posted> = { ...posted };
  for (const partnerId of blocked) {
    if ((lines.get(partnerId)?.cents ?? 0) < 0) continue;
    left.delete(partnerId);
    const had = conversion.posted[partnerId];
    if (had) kept[partnerId] = had;
    else delete kept[partnerId];
  }
  return { lines: left, posted: kept };
}

type GroupOf = (partnerId: string) => string | undefined;

function isOf({ scope }: Cap, partnerId: string, groupOf: GroupOf): boolean {
  switch (scope.kind) {
    case 'program':
      return true;
    case 'partner':
      return scope.partnerId === partnerId;
    case 'group':
      return scope.group === groupOf(partnerId);
  }
}

/** What a conversion is to a cap's measure, as far as its partners are in scope and not out. */
function amountOf(cap: Cap, wanted: Omit<Wanted, 'lines'>, out: ReadonlySet<string>, groupOf: GroupOf): number {
  const counts = (partnerId: string) => !out.has(partnerId) && isOf(cap, partnerId, groupOf);
  const { conversion, credits, posted } = wanted;
  switch (cap.measure) {
    case 'clicks':
      return 0;
    case 'payout':
      return Object.entries(posted).reduce((sum, [id, { cents }]) => (counts(id) ? sum + cents : sum), 0);
    case 'conversions': {
      const { units, returnedUnits } = remainingOrder(conversion);
      const stands = !conversion.cancelled && returnedUnits < units;
      return stands && credits.some(({ partnerId, creditBps }) => creditBps > 0 && counts(partnerId)) ? 1 : 0;
    }
    case 'revenue': {
      if (credits.length === 0) return 0;
      const shares = allocate(
        remainingOrder(conversion).commissionableCents,
        credits.map(({ creditBps }) => creditBps),
      );
      return credits.reduce((sum, { partnerId }, place) => (counts(partnerId) ? sum + shares[place]! : sum), 0);
    }
  }
}
