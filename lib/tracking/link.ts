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
  readonly status: 'active' | 'paused';
  readonly createdAt: Instant;
}
