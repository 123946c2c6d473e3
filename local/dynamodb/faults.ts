/**
 * Failures on demand, between the functions and the table engine, for tests that must see what a function does then.
 *
 * - `throttle`: refused with `ProvisionedThroughputExceededException`, nothing done.
 * - `conflict`: refused as if another transaction held the item, nothing done.
 * - `down`: the connection closes before anything is done.
 * - `lost-reply`: the call is done, and the connection closes before the answer; the caller cannot know.
 * - `delay`: done and answered, `delayMs` later.
 */
export type FaultKind = 'throttle' | 'conflict' | 'down' | 'lost-reply' | 'delay';

export interface Fault {
  readonly kind: FaultKind;
  /** Physical name; every table when absent. */
  readonly table?: string;
  /** `PutItem`, `TransactWriteItems`; every action when absent. */
  readonly action?: string;
  /** Physical name of the role, or `operator`; every caller when absent. Stream readers and expiry are never struck. */
  readonly principal?: string;
  /** Share of the matching calls that fail, 0 to 1. */
  readonly rate?: number;
  /** How many matching calls fail, then no more. With neither rate nor times, every one. */
  readonly times?: number;
  /** Makes the same calls fail in every run with the same order of calls. */
  readonly seed?: number;
  /** For `delay`. */
  readonly delayMs?: number;
}

export interface Faults {
  /** Adds a fault; the answer takes it away again. */
  set(fault: Fault): () => void;
  clear(): void;
  /** The fault this call meets, if any; the first that was set wins. */
  strike(call: {
    readonly action: string;
    readonly principal: string;
    readonly tables: readonly string[];
  }): Fault | undefined;
}

export function createFaults(): Faults {
  const active = new Map<Fault, { left: number; next: () => number }>();
  return {
    set(fault) {
      const own = { ...fault };
      active.set(own, { left: fault.times ?? Number.POSITIVE_INFINITY, next: seeded(fault.seed ?? 1) });
      return () => void active.delete(own);
    },
    clear: () => active.clear(),
    strike({ action, principal, tables }) {
      for (const [fault, state] of active) {
        if (fault.action !== undefined && fault.action !== action) continue;
        if (fault.principal !== undefined && fault.principal !== principal) continue;
        if (fault.table !== undefined && !tables.includes(fault.table)) continue;
        if (state.left <= 0 || (fault.rate !== undefined && state.next() >= fault.rate)) continue;
        state.left -= 1;
        return fault;
      }
      return undefined;
    },
  };
}

/** Mulberry32: a small generator whose whole state is its seed, numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
