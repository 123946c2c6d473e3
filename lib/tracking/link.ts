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
  /** Name in the address beside the code; unique within the brand. */
  readonly slug?: string;
  /** From this instant on clicks earn nothing; visitors are still sent on. */
  readonly endsAt?: Instant;
  /** A hard cap on clicks is reached; `count-day` sets it, and takes it back with the first click after. Advisory: it lags behind clicks. */
  readonly capped?: boolean | undefined;
  /** When the window of that cap ends; absent when it never does. */
  readonly cappedUntil?: Instant | undefined;
  readonly status: 'active' | 'paused';
  readonly createdAt: Instant;
}

/** What following a link needs to know of it. */
export interface LinkTarget {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly code: string;
  /** In ASCII, as it goes into `Location`. */
  readonly destinationUrl: string;
  readonly clickParameter: string;
  readonly paused: boolean;
  readonly endsAt?: Instant | undefined;
  readonly capped: boolean;
  readonly cappedUntil?: Instant | undefined;
}
