import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { wallClockMs } from '../clock.ts';
import { logger } from '../observability/powertools.ts';
import { type Instant, instant } from '../time.ts';

/** What a step of a workflow knows beside its input. */
export interface Moment {
  /** Wall-clock time, for `recordedAt` only; what a job reasons from is the as-of time in its input. */
  readonly recordedAt: Instant;
  /** Whether there is time for one more page before Lambda ends the call; otherwise the step answers with a cursor and is called again. */
  enough(): boolean;
}

/** How far two of AWS's own clocks may be apart: an execution's start is told by another one than a function's. */
const CLOCKS_APART_MS = 60_000;

/** Kept for the page that is being worked on when the budget ends, retries included. */
const RESERVE_MS = 30_000;

/**
 * A step of a workflow: the input is checked, the answer is the state machine's next data. What it throws is tried again by the state
 * machine, so a step must be safe to run twice, after a crash at any point too.
 */
export function job<Schema extends z.ZodType, Answer extends object>(
  input: Schema,
  run: (input: z.output<Schema>, moment: Moment) => Promise<Answer>,
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'> & Partial<Context>) => Promise<Answer> {
  return async (event, context) => {
    if (context.awsRequestId !== undefined) logger.addContext(context as Context);
    const parsed = input.safeParse(event);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
      throw new TypeError(`input refused: ${problems.join('; ')}`);
    }
    const nowMs = wallClockMs();
    const { asOf } = parsed.data as { readonly asOf?: Instant };
    if (asOf !== undefined && asOf > instant(nowMs + CLOCKS_APART_MS)) {
      throw new TypeError(`input refused: asOf: ${asOf} is in the future; holds would end that have not`);
    }
    const moment: Moment = {
      recordedAt: instant(nowMs),
      enough: () => context.getRemainingTimeInMillis() > RESERVE_MS,
    };
    return run(parsed.data, moment);
  };
}
