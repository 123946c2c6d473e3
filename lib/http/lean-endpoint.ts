import { VisibleError } from '../errors.ts';
import { logLine } from '../observability/log-line.ts';
import type { Route } from '../routes.ts';
import { type Instant, instant } from '../time.ts';
import { admit, type Caller } from './caller.ts';
import type { ApiAnswer, ApiEvent, ApiHandler } from './event.ts';
import { invalid } from './invalid.ts';
import type { JsonReading } from './json-fields.ts';
import { passing } from './passing.ts';
import { faultAnswer, problemAnswer } from './problem.ts';
import { jsonBodyOf, strangeParameters } from './read-request.ts';
import { jsonReply, toResult } from './reply.ts';
import { idempotencyKey, reasonOf } from './request-headers.ts';
import type { SignatureCheck } from './signed-request.ts';

/** What a POST does whose repeats its body's natural key finds, and which changes nothing that the audit log tells. */
export interface LeanOperation<Body> {
  readonly route: Route;
  readonly read: (value: unknown) => JsonReading<Body>;
  readonly maxBytes?: number;
  readonly run: (body: Body, who: Caller, at: Instant) => Promise<unknown>;
}

/** Binds a reader of bodies and what to do with what it read. */
export const leanOperation = <Body>(one: LeanOperation<Body>): LeanOperation<unknown> => one as LeanOperation<unknown>;

/**
 * The Lambda handler of routes that must start fast: what `serve` does, in the same order and words, for routes without parameters that
 * answer `202`, without zod, Middy, Powertools and the SDK.
 */
export function serveLean(operations: readonly LeanOperation<unknown>[], signatures: SignatureCheck): ApiHandler {
  const served = new Map(operations.map((one) => [`${one.route.method} ${one.route.path}`, one]));

  async function answer(event: ApiEvent): Promise<ApiAnswer> {
    const operation = served.get(event.routeKey);
    if (!operation) throw new VisibleError('not-found', 'no-such-route', `There is no ${event.routeKey} here.`);
    const caller = admit(operation.route, event.requestContext.authorizer?.lambda);
    await signatures(event, caller);
    idempotencyKey(event.headers);
    reasonOf(event.headers['x-reason']);
    const strange = strangeParameters(event.queryStringParameters);
    const { value, problems = [] } = operation.read(jsonBodyOf(operation, event));
    if (strange.length + problems.length > 0) throw invalid([...strange, ...problems]);
    const done = await operation.run(value, caller, instant(event.requestContext.timeEpoch));
    return toResult(jsonReply(202, done));
  }

  return async (event) => {
    try {
      return await answer(event);
    } catch (error) {
      const { requestId } = event.requestContext;
      const facts = { requestId, route: event.routeKey, brandId: event.requestContext.authorizer?.lambda?.brandId };
      const visible = error instanceof VisibleError ? error : passing(error);
      if (!visible) {
        logLine('ERROR', 'request failed', { ...facts, error });
        return faultAnswer(requestId);
      }
      const fields = visible.fields.map(({ field }) => field);
      logLine('INFO', 'request refused', { ...facts, code: visible.code, fields });
      return problemAnswer(visible, requestId);
    }
  };
}
