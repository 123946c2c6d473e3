import { createHash } from 'node:crypto';
import { wallClockMs } from '../clock.ts';
import { VisibleError } from '../errors.ts';
import { logger } from '../observability/powertools.ts';
import type { ClaimedRequest, idempotency } from '../store/idempotency.ts';
import type { Instant } from '../time.ts';
import type { Caller } from './caller.ts';
import type { Contract } from './contract.ts';
import type { Read } from './read-request.ts';
import { Reply } from './reply.ts';

/** What makes the attempts of one request alike: its first time, and a seed for the ids it mints. */
export interface Attempt {
  readonly at: Instant;
  /** Absent without an `Idempotency-Key`: ids are then truly random. */
  readonly seed?: string;
}

type Store = ReturnType<typeof idempotency>;

export interface OnceInput {
  readonly store: Store;
  readonly contract: Contract;
  readonly route: string;
  readonly caller: Caller;
  readonly key: string;
  readonly read: Read;
  readonly at: Instant;
  /** Longest this process can still run. */
  readonly remainingMs: number;
}

/**
 * Carries a POST out once per `Idempotency-Key`: a repeat gets the first answer, a repeat while the first is at work `409` with
 * `Retry-After`, another request under the same key `409`. A refused request leaves no trace. After a fault or a crash the same request may
 * run again, from the first attempt's time and with the same ids, so that what the first one wrote is found instead of written twice.
 */
export async function once(input: OnceInput, run: (attempt: Attempt) => Promise<Reply>): Promise<Reply> {
  const { store, contract, at } = input;
  const request = claimedRequest(input);
  const nowMs = wallClockMs();
  const claim = await store.claim(request, at, nowMs, nowMs + input.remainingMs + 1000);
  if (claim.outcome === 'different') {
    throw conflict('idempotency-key-reused', 'This Idempotency-Key was used for another request; use a new one.');
  }
  if (claim.outcome === 'running') {
    throw conflict('request-in-progress', 'The same request is being carried out; ask again in a second.');
  }
  if (claim.outcome === 'done') {
    if (claim.answer)
      return new Reply({ ...claim.answer, headers: { ...claim.answer.headers, 'idempotency-replayed': 'true' } });
    throw conflict(
      'already-carried-out',
      'This request was carried out before; its answer held a secret and was not kept.',
    );
  }
  const answer = await attempt(store, request, () =>
    run({ at: claim.firstAt, seed: digest(request.brandId, request.route, request.keyHash, claim.firstAt) }),
  );
  // What was asked for is done either way; a repeat then waits for this process to end, and finds what it wrote.
  await store
    .finish(request, contract.repeat === 'secret' ? undefined : answer)
    .catch((error) => logger.warn('answer not kept for a repeat', error as Error));
  return answer;
}

async function attempt(store: Store, request: ClaimedRequest, run: () => Promise<Reply>): Promise<Reply> {
  try {
    return await run();
  } catch (error) {
    // Failing to say so only means that a repeat waits until this process would have ended.
    await (error instanceof VisibleError ? store.forget(request) : store.release(request)).catch(() => undefined);
    throw error;
  }
}

function claimedRequest({ caller, route, key, read }: OnceInput): ClaimedRequest {
  return {
    brandId: caller.brandId,
    route,
    keyHash: digest(key),
    fingerprint: digest(JSON.stringify([read.params, read.query, read.body])),
  };
}

const digest = (...parts: readonly string[]) => createHash('sha256').update(parts.join('\u0000')).digest('base64url');

const conflict = (code: string, message: string) => new VisibleError('conflict', code, message);
