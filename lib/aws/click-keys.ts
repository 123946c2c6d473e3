import { wallClockMs } from '../clock.ts';
import {
  type ClickFacts,
  type ClickIdRefusal,
  type ClickKeys,
  keyNumberOf,
  readClickId,
} from '../tracking/click-id.ts';
import { parseClickKeys } from '../tracking/click-keys.ts';
import type { Parameters } from './parameters.ts';

/** A parameter store that is slow or away costs a cold click this much at most. */
const DEADLINE_MS = 800;
/** How long a failed reading, or the absence of a key number, is taken as true. */
const RETRY_MS = 10_000;

/**
 * The signing keys of this environment: read when first needed and then kept, since keys are only ever added. A new key shows itself by a
 * number that is not known yet; then, and at most every ten seconds for one number, they are read again.
 */
export function clickKeyRing(store: Pick<Parameters, 'read'>, name: string) {
  let held: Promise<ClickKeys> | undefined;
  let refreshing: Promise<ClickKeys> | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  const soughtAtMs = new Map<number, number>();

  async function read(): Promise<ClickKeys> {
    const parameter = await store.read(name, DEADLINE_MS);
    if (!parameter)
      throw new Error(`there are no click keys in ${name} yet: run the function ops/rotate-click-keys once`);
    return parseClickKeys(parameter.value);
  }

  function keys(): Promise<ClickKeys> {
    held ??= read().catch((error: unknown) => {
      held = undefined;
      failedAtMs = wallClockMs();
      throw error;
    });
    return held;
  }

  return {
    /** The keys; rejects while they cannot be read. */
    keys,

    /** The keys, or nothing for a while after reading them failed, so that not every click waits for a store that is away. */
    async keysUnlessFailing(onFailure: (error: unknown) => void): Promise<ClickKeys | undefined> {
      if (!held && wallClockMs() - failedAtMs < RETRY_MS) return undefined;
      return keys().catch((error: unknown) => {
        onFailure(error);
        return undefined;
      });
    },

    /**
     * The facts of a click id, reading the keys again when it is signed with one that is new to this environment. Rejects while that
     * cannot be found out.
     */
    async verify(id: string, programId: string): Promise<ClickFacts | ClickIdRefusal> {
      const first = readClickId(id, await keys(), programId);
      if (first !== 'unknown-key') return first;
      const number = keyNumberOf(id);
      if (wallClockMs() - (soughtAtMs.get(number) ?? Number.NEGATIVE_INFINITY) < RETRY_MS) return first;
      refreshing ??= read().finally(() => {
        refreshing = undefined;
      });
      const fresh = await refreshing;
      held = Promise.resolve(fresh);
      // Only now: a reading that failed says nothing about the number, and whoever asks again must not be told so.
      soughtAtMs.set(number, wallClockMs());
      return readClickId(id, fresh, programId);
    },
  };
}
export type ClickKeyRing = ReturnType<typeof clickKeyRing>;
