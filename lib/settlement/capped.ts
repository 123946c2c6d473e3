import { type Counter, capsOf, counterName, gate, moved, UNUSED } from '../caps/gate.ts';
import { standingAt } from '../partners/enrolment.ts';
import type { Circumstances } from './assess.ts';
import type { Judged } from './judge.ts';

/** What names a counter. */
export interface CounterRef {
  readonly name: string;
  readonly brandId: string;
  readonly programId: string;
  readonly capId: string;
  readonly window: string;
}

/**
 * Lets through what the caps of its program leave room for, the oldest orders first. Where no program has caps nothing is asked for and
 * nothing changes.
 *
 * @param known counters as last written by this worker; those that are missing are read into it.
 */
export async function underCaps(
  judged: readonly Judged[],
  circumstances: readonly Circumstances[],
  known: Map<string, Counter>,
  read: (wanted: readonly CounterRef[]) => Promise<Map<string, Counter>>,
): Promise<Judged[]> {
  const open = judged.map(({ conversion, parked, timeZone }, place) =>
    parked ? [] : capsOf(circumstances[place]?.terms?.caps ?? [], conversion, timeZone),
  );
  const wanted = new Map<string, CounterRef>();
  for (const { cap, window } of open.flat()) {
    const name = counterName(cap.capId, window);
    const { brandId, programId, capId } = cap;
    if (!known.has(name)) wanted.set(name, { name, brandId, programId, capId, window });
  }
  if (wanted.size > 0) {
    const found = await read([...wanted.values()]);
    for (const name of wanted.keys()) known.set(name, found.get(name) ?? UNUSED);
  }

  /** With the moves of the orders before, which are not written yet. */
  const ahead = new Map<string, Counter>();
  const counterOf = (name: string) => ahead.get(name) ?? known.get(name) ?? UNUSED;
  const result = [...judged];
  const places = judged.map((_, place) => place).filter((place) => open[place]!.length > 0);
  places.sort((a, b) => byOrder(judged[a]!, judged[b]!));
  for (const place of places) {
    const one = judged[place]!;
    const { standings } = circumstances[place]!;
    const groupOf = (partnerId: string) => {
      const standing = standings.get(partnerId);
      return standing && standingAt(standing.enrolment, one.conversion.occurredAt).group;
    };
    const { overCap, ...gated } = gate(one, open[place]!, groupOf, counterOf);
    for (const move of gated.moves) ahead.set(move.name, moved(counterOf(move.name), move));
    result[place] = { ...one, ...gated, ...(overCap !== undefined && { unattributed: overCap }) };
  }
  return result;
}

/** By the time of the order, then by its name: a page is always let in in the same order. */
function byOrder({ conversion: a }: Judged, { conversion: b }: Judged): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt < b.occurredAt ? -1 : 1;
  return `${a.eventType} ${a.orderId}` < `${b.eventType} ${b.orderId}` ? -1 : 1;
}
