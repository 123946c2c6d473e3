import { sha256 } from '../ledger/canonical.ts';
import type { AccrualLine } from '../ledger/journal.ts';

/** One DynamoDB transaction takes 100 writes: one for each conversion, one journal for each partner they pay, one for each counter of a cap. */
const WRITES_PER_TRANSACTION = 100;
/** More would save little (a journal's fixed part is half a kilobyte) and lose more when one of them meets another writer. */
const CONVERSIONS_PER_BATCH = 40;

/** The most partners one conversion may move money for: itself and their journals are one transaction. */
export const MOST_PARTNERS = WRITES_PER_TRANSACTION - 1;

interface Movement {
  readonly lines: ReadonlyMap<string, AccrualLine>;
  /** Counters that are written with it; conversions of one counter share its write. */
  readonly moves?: readonly { readonly name: string }[];
}

/**
 * Conversions in groups that are written together, a partner's as close together as it goes, so that one journal carries many of them.
 *
 * Each shard has its own order of partners: shards that run at the same time would otherwise all post to the same partner's chain first
 * and make each other try again.
 */
export function batches<M extends Movement>(movements: readonly M[], shard: string): M[][] {
  const ranks = new Map<string, string>();
  const rankOf = (partnerId: string) => {
    const known = ranks.get(partnerId);
    if (known !== undefined) return known;
    const rank = sha256(`${shard} ${partnerId}`);
    ranks.set(partnerId, rank);
    return rank;
  };
  const ordered = movements
    .map((movement) => ({ movement, order: [...movement.lines.keys()].map(rankOf).sort().join() }))
    .sort((a, b) => (a.order === b.order ? 0 : a.order < b.order ? -1 : 1));

  const all: M[][] = [];
  let batch: M[] = [];
  let partners = new Set<string>();
  let counters = new Set<string>();
  for (const { movement } of ordered) {
    const together = new Set([...partners, ...movement.lines.keys()]);
    const own = (movement.moves ?? []).map(({ name }) => name);
    const counted = new Set([...counters, ...own]);
    const writes = batch.length + 1 + together.size + counted.size;
    const full = batch.length === CONVERSIONS_PER_BATCH || writes > WRITES_PER_TRANSACTION;
    if (full && batch.length > 0) {
      all.push(batch);
      batch = [];
      partners = new Set(movement.lines.keys());
      counters = new Set(own);
    } else {
      partners = together;
      counters = counted;
    }
    batch.push(movement);
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
