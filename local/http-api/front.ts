import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { wallClockMs } from '../../lib/clock.ts';
import type { Invocation, Invoke } from '../contract.ts';
import { bodyOf } from '../listen.ts';
import { accessLine } from './access-log.ts';
import { answerFrom, type HttpAnswer, message } from './answer.ts';
import type { ApiHere, RouteHere } from './api.ts';
import { type Authorize, lambdaAuthorizer } from './authorizer.ts';
import { answerHeaders, isPreflight, preflightHeaders } from './cors.ts';
import { type EventPlace, proxyEvent, type Received, received } from './event.ts';
import { routeTable } from './routes.ts';
import { stageThrottle } from './throttle.ts';

export interface FrontGround {
  readonly region: string;
  readonly account: string;
  readonly invoke: Invoke;
  /** Writes a line of the access log. */
  accessLog(line: string): void;
}

/** HTTP APIs take 10 MB. */
const LARGEST_REQUEST = 10 * 1024 * 1024;

/** How an exchange came out; what the access log says beside request and answer. */
interface Outcome {
  readonly answer: HttpAnswer;
  readonly routeKey?: string;
  readonly integrationMs?: number;
  readonly integrationError?: string;
  readonly error?: string;
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

/** One HTTP API: takes a request the way API Gateway does and calls the route's function with payload format 2.0. */
export function httpApi(api: ApiHere, ground: FrontGround): RequestListener {
  const place: EventPlace = { apiId: api.id, account: ground.account, stage: api.stage };
  const match = routeTable(api.routes.map((route) => ({ pattern: route.pattern, route })));
  const allows = stageThrottle(api.throttle, api.routeThrottles);
  const authorizers = new Map<string, Authorize>();
  for (const { authorizer } of api.routes) {
    if (!authorizer || authorizers.has(authorizer.logicalId)) continue;
    authorizers.set(authorizer.logicalId, lambdaAuthorizer(authorizer, place, ground.region, ground.invoke));
  }

  const handle = async (request: Received): Promise<Outcome> => {
    if (api.cors && isPreflight(request)) {
      return { answer: { status: 204, headers: preflightHeaders(api.cors, request), body: Buffer.alloc(0) } };
    }
    const found = match(request.method, request.path);
    if (!found) return refusal(404, 'Not Found');
    const { route, parameters } = found;
    const routeKey = route.pattern.key;
    if (!allows(routeKey, wallClockMs())) return { ...refusal(429, 'Too Many Requests'), routeKey };
    const verdict = route.authorizer
      ? await authorizers.get(route.authorizer.logicalId)!(request, routeKey, parameters, wallClockMs())
      : undefined;
    if (verdict?.kind === 'unidentified') return { ...refusal(401, 'Unauthorized'), routeKey };
    if (verdict?.kind === 'refused') return { ...refusal(403, 'Forbidden'), routeKey };
    if (verdict?.kind === 'failed') {
      return { ...refusal(500, 'Internal Server Error'), routeKey, authorizer: { error: verdict.reason } };
    }
    const event = proxyEvent(request, routeKey, parameters, place, verdict?.context);
    return { ...(await integrate(route, event)), routeKey, ...(verdict && { authorizer: verdict.context }) };
  };

  const integrate = async (route: RouteHere, event: unknown): Promise<Outcome> => {
    const started = performance.now();
    const outcome = await within(route.timeoutMs, ground.invoke(route.functionArn, event));
    const integrationMs = performance.now() - started;
    if (!outcome) return { ...refusal(503, 'Service Unavailable'), integrationMs, integrationError: 'Timed out' };
    if (!outcome.ok && outcome.errorType === 'TooManyRequestsException') {
      return { ...refusal(503, 'Service Unavailable'), integrationMs, integrationError: outcome.errorMessage };
    }
    return {
      answer: answerFrom(outcome),
      integrationMs,
      ...(!outcome.ok && { integrationError: `${outcome.errorType}: ${outcome.errorMessage}` }),
    };
  };

  const exchange = async (...[incoming, response]: Parameters<RequestListener>) => {
    const started = performance.now();
    const body = await bodyOf(incoming, LARGEST_REQUEST);
    const request = received(incoming, body ?? Buffer.alloc(0), randomUUID(), wallClockMs());
    if (request === 'bad-time')
      return write(response, message(400, 'x-tributary-time is neither ISO 8601 nor epoch milliseconds'));
    const outcome = body ? await handle(request) : refusal(413, 'Request Entity Too Large');
    const answer = api.cors
      ? { ...outcome.answer, headers: { ...outcome.answer.headers, ...answerHeaders(api.cors, request) } }
      : outcome.answer;
    write(response, answer, request.id);
    if (!api.logFormat) return;
    ground.accessLog(
      accessLine(api.logFormat, {
        request,
        answer,
        routeKey: outcome.routeKey ?? '-',
        apiId: api.id,
        stage: api.stage,
        latencyMs: performance.now() - started,
        integrationMs: outcome.integrationMs,
        integrationError: outcome.integrationError,
        error: outcome.error,
        authorizer: outcome.authorizer,
      }),
    );
  };

  return (request, response) => {
    exchange(request, response).catch(() => write(response, message(500, 'Internal Server Error')));
  };
}

const refusal = (status: number, text: string): Outcome => ({ answer: message(status, text), error: text });

async function within(limitMs: number, call: Promise<Invocation>): Promise<Invocation | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  const first = await Promise.race([call, late]);
  clearTimeout(timer);
  return first;
}

function write(response: ServerResponse, { status, headers, body }: HttpAnswer, requestId?: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...(headers as Record<string, string | string[]>),
    ...(requestId && { 'apigw-requestid': requestId }),
    ...(status !== 204 && status !== 304 && { 'content-length': String(body.length) }),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
