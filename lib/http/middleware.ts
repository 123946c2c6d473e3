import type { MiddlewareObj } from '@middy/core';
import { VisibleError } from '../errors.ts';
import { logger } from '../observability/powertools.ts';
import type { ApiAnswer, ApiEvent } from './event.ts';
import { passing } from './passing.ts';
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
