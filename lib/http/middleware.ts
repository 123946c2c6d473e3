import type { MiddlewareObj } from '@middy/core';
import { VisibleError } from '../errors.ts';
import { logger } from '../observability/powertools.ts';
import type { ApiAnswer, ApiEvent } from './event.ts';
import { faultAnswer, problemAnswer } from './problem.ts';

type Middleware = MiddlewareObj<ApiEvent, ApiAnswer>;

/** Every log line names the request, the route and the brand. */
export function logged(): Middleware {
  return {
    before({ event, context }) {
      logger.resetKeys();
      logger.addContext(context);
      logger.appendKeys({ route: event.routeKey, brandId: event.requestContext.authorizer?.lambda?.brandId });
    },
  };
}

/** Refusals become problem documents; everything else is our fault, is logged whole and answers as `internal`. */
export function refusals(): Middleware {
  return {
    onError({ error, event }) {
      const { requestId } = event.requestContext;
      const visible = error instanceof VisibleError ? error : passing(error);
      if (!visible) {
        logger.error('request failed', error as Error);
        return faultAnswer(requestId);
      }
      logger.info('request refused', { code: visible.code, fields: visible.fields.map(({ field }) => field) });
      return problemAnswer(visible, requestId);
    },
  };
}

const PASSING = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
  'TransactionConflictException',
]);

/** Congestion and collisions below us: nothing was written, and the same request succeeds a moment later. */
function passing(error: unknown): VisibleError | undefined {
  const { name, CancellationReasons: reasons } = (error ?? {}) as {
    name?: string;
    CancellationReasons?: { Code?: string }[];
  };
  const collided = reasons?.some(({ Code }) => Code === 'TransactionConflict' || Code === 'ThrottlingError');
  if (!collided && !(name && PASSING.has(name))) return undefined;
  return new VisibleError(
    'throttled',
    'busy',
    'Somebody else is changing the same thing; send the request again in a second.',
  );
}
