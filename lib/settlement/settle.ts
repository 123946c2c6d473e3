import { atOnce } from '../at-once.ts';
import { type Counter, type CounterMove, moved, together, UNUSED } from '../caps/gate.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { Posting } from '../ledger/post.ts';
import type { Conversion, ConversionKey } from '../tracking/conversion.ts';
import type { Circumstances } from './assess.ts';
import { batches } from './batches.ts';
import { type CounterRef, underCaps } from './capped.ts';
import { disturbs } from './duplicates.ts';
import {
  isPending,
  type Judged,
  journalsOf,
  judge,
  leftOpen,
  linesByChain,
  type Preview,
  park,
  previewOf,
  type Settled,
  settledBy,
  tallyOf,
} from './judge.ts';
import { addTallies, NOTHING_SETTLED, type SettlementTally } from './tally.ts';

/** The tables, as far as settling goes. */
export interface SettlementPorts {
  load(keys: readonly ConversionKey[]): Promise<Conversion[]>;
  /** For each conversion, in order. */
  circumstances(conversions: readonly Conversion[]): Promise<Circumstances[]>;
  head(key: LedgerKey): Promise<Journal | undefined>;
  /** How far windows of caps are used, by counter name; asked for only where a program has caps. Unused ones may be left out. */
  counters(wanted: readonly CounterRef[]): Promise<Map<string, Counter>>;
  /**
   * All or nothing: `moved` when a conversion, a chain or a counter was changed meanwhile, `refused` when it can never be written. A
   * counter of a hard cap is moved up only while that keeps it at or below its limit.
   */
  commit(
    settled: readonly Settled[],
    journals: readonly Journal[],
    counters: readonly CounterMove[],
  ): Promise<'written' | 'moved' | 'refused'>;
  pause(milliseconds: number): Promise<void>;
}

const ATTEMPTS = 7;
/** From this attempt on conversions are settled one by one, so that a contended one does not hold up the others. */
const ALONE_FROM = 3;
/** Remote calls at once. */
const WIDTH = 16;

/**
 * Settles pages of conversions: assesses each, writes those that do not stand as they should, and looks again at whatever others changed
 * in between. One instance works on one shard, page after page, and knows the heads of chains from its own writes.
 *
 * @param shard decides whose partners come first, and keeps shards apart that met.
 */
export function settlement(ports: SettlementPorts, posting: Posting, shard: number) {
  const heads = new Map<string, Journal | undefined>();
  const counters = new Map<string, Counter>();

  /**
   * Loads and assesses, but for what was reported after the as-of time; with those whose flags an order of the page decides that was told
   * after them.
   */
  async function look(keys: readonly ConversionKey[]): Promise<Judged[]> {
    const page = (await ports.load(keys)).filter(({ receivedAt }) => receivedAt <= posting.at);
    const known = await ports.circumstances(page);
    const more = disturbed(page, known).filter(({ receivedAt }) => receivedAt <= posting.at);
    const conversions = [...page, ...more];
    const circumstances = more.length > 0 ? [...known, ...(await ports.circumstances(more))] : known;
    const judged = conversions.map((conversion, place) => judge(conversion, circumstances[place]!, posting.at));
    return underCaps(judged, circumstances, counters, ports.counters);
  }

  /** Writes those without lines one by one, which needs no transaction, and the others in batches of one program. */
  async function write(pending: readonly Judged[], attempt: number): Promise<SettlementTally> {
    const [quiet, loud] = [
      pending.filter(({ lines, moves = [] }) => lines.size === 0 && moves.length === 0),
      pending.filter(({ lines, moves = [] }) => lines.size > 0 || moves.length > 0),
    ];
    const tallies = await atOnce(WIDTH, quiet, (one) => writeTogether([one], attempt));
    for (const ofProgram of Map.groupBy(loud, ({ conversion }) => conversion.programId).values()) {
      const groups = attempt < ALONE_FROM ? batches(ofProgram, String(shard)) : ofProgram.map((one) => [one]);
      for (const group of groups) tallies.push(await writeTogether(group, attempt));
    }
    return tallies.reduce(addTallies, NOTHING_SETTLED);
  }

  async function writeTogether(batch: readonly Judged[], attempt: number): Promise<SettlementTally> {
    const chains = linesByChain(batch);
    await atOnce(WIDTH, [...chains], async ([name, { key }]) => {
      if (!heads.has(name)) heads.set(name, await ports.head(key));
    });
    let journals: Map<string, Journal>;
    try {
      journals = journalsOf(chains, heads, posting);
    } catch (error) {
      return apart(batch, attempt, error);
    }
    const settled = batch.map((judged) => settledBy(judged, journals, posting.at));
    const moves = together(batch.flatMap((one) => one.moves ?? []));
    switch (await ports.commit(settled, [...journals.values()], moves)) {
      case 'written':
        for (const move of moves) counters.set(move.name, moved(counters.get(move.name) ?? UNUSED, move));
        for (const [name, journal] of journals) heads.set(name, journal);
        return tallyOf(batch, journals.size);
      case 'refused':
        return apart(batch, attempt, new RangeError('it is too large to be written'));
      case 'moved':
        for (const name of chains.keys()) heads.delete(name);
        for (const { name } of moves) counters.delete(name);
        return again(batch, attempt + 1);
    }
  }

  /** What cannot be written together is tried one by one; the one that cannot be written at all is set aside. */
  async function apart(batch: readonly Judged[], attempt: number, error: unknown): Promise<SettlementTally> {
    const [only, ...others] = batch;
    if (only && others.length === 0) {
      if (only.parked) return leftOpen(batch, only.unattributed ?? 'cannot-settle');
      return writeTogether([park(only.conversion, error)], attempt);
    }
    const tallies: SettlementTally[] = [];
    for (const one of batch) tallies.push(await writeTogether([one], attempt));
    return tallies.reduce(addTallies, NOTHING_SETTLED);
  }

  /** Looks at conversions again after somebody changed one of them, or one of the chains. */
  async function again(batch: readonly Judged[], attempt: number): Promise<SettlementTally> {
    if (attempt === ATTEMPTS) return leftOpen(batch, 'others kept changing it or its partners’ ledgers');
    await ports.pause(pauseBefore(attempt, shard));
    const judged = await look(batch.map(({ conversion }) => conversion));
    return write(judged.filter(isPending), attempt);
  }

  return {
    /** Settles a page. */
    async settle(keys: readonly ConversionKey[]): Promise<SettlementTally> {
      const judged = await look(keys);
      return addTallies(await write(judged.filter(isPending), 0), { conversions: judged.length });
    },

    /** Tells what settling a page would do, and writes nothing. */
    async preview(keys: readonly ConversionKey[]): Promise<{ tally: SettlementTally; rows: readonly Preview[] }> {
      const judged = await look(keys);
      const pending = judged.filter(isPending);
      return { tally: addTallies(tallyOf(pending, 0), { conversions: judged.length }), rows: pending.map(previewOf) };
    },
  };
}

/** Orders settled before, of other pages, that an order of this one may be the original of. */
function disturbed(page: readonly Conversion[], circumstances: readonly Circumstances[]): Conversion[] {
  const found = new Set(
    page.flatMap((one, place) => (circumstances[place]?.twins ?? []).filter((twin) => disturbs(one, twin))),
  );
  const known = new Set(page);
  return [...found].filter((twin) => !known.has(twin));
}

/** Milliseconds before another attempt: longer each time, and apart from the other shards'. */
const pauseBefore = (attempt: number, shard: number) => 20 * 2 ** attempt + 7 * (shard % 64);
