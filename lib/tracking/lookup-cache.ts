/** What a lookup came to: a value, or the knowledge that there is none. */
interface Entry<Value> {
  readonly value: Value | undefined;
  readonly freshUntilMs: number;
}

export interface CacheOptions {
  /** How long an entry is taken as true. */
  readonly freshMs: number;
  /** Up to this much longer, drawn per entry, so that environments which started together do not all read again together. */
  readonly jitterMs: number;
  readonly maxEntries: number;
}

/** How long a failed reading puts off the next one, so that not everybody waits for a table that is away. */
const STALE_MS = 5_000;

/**
 * Remembers lookups for a short while, missing ones too. What exists and what does not are bounded apart, so that somebody trying out
 * codes cannot push the real links out. The entry that was read longest ago goes first.
 */
export function lookupCache<Value>({ freshMs, jitterMs, maxEntries }: CacheOptions) {
  const known = new Map<string, Entry<Value>>();
  const missing = new Map<string, Entry<Value>>();

  const remember = (key: string, value: Value | undefined, freshUntilMs: number) => {
    known.delete(key);
    missing.delete(key);
    const entries = value === undefined ? missing : known;
    entries.set(key, { value, freshUntilMs });
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value!);
  };

  return {
    /**
     * The value of a key, read when it is not known or no longer fresh. When reading fails, what was known before is used for some
     * seconds more: an old destination serves a shopper better than none. `jitter` is drawn from 0 to 1.
     */
    async get(
      key: string,
      nowMs: number,
      read: () => Promise<Value | undefined>,
      jitter: () => number,
    ): Promise<Value | undefined> {
      const entry = known.get(key) ?? missing.get(key);
      if (entry && nowMs < entry.freshUntilMs) return entry.value;
      try {
        const value = await read();
        remember(key, value, nowMs + freshMs + jitterMs * jitter());
        return value;
      } catch (error) {
        if (entry?.value === undefined) throw error;
        remember(key, entry.value, nowMs + STALE_MS);
        return entry.value;
      }
    },
  };
}
