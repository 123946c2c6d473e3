import type { Instant } from '../time.ts';

/** What a partner shares. The code is public and carries its brand (see `lib/ids.ts`). */
export interface Link {
  readonly code: string;
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly destinationUrl: string;
  /** Query parameter in which the landing page finds the click id; copied from the program so a click reads one row. */
  readonly clickParameter: string;
  readonly name?: string;
  /** A hard cap on clicks is reached; `count-day` sets it, and takes it back with the first click after. Advisory: it lags behind clicks. */
  readonly capped?: boolean | undefined;
  /** When the window of that cap ends; absent when it never does. */
  readonly cappedUntil?: Instant | undefined;
  readonly status: 'active' | 'paused';
  readonly createdAt: Instant;
}
