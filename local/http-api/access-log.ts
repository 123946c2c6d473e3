import type { HttpAnswer } from './answer.ts';
import { commonLogTime, type Received } from './event.ts';

/** What is known of an exchange when it is over. */
export interface Exchange {
  readonly request: Received;
  readonly answer: HttpAnswer;
  readonly routeKey: string;
  readonly apiId: string;
  readonly stage: string;
  readonly latencyMs: number;
  readonly integrationMs: number | undefined;
  /** Message of a failed function; API Gateway's own refusal. */
  readonly integrationError: string | undefined;
  readonly error: string | undefined;
  readonly authorizer: Readonly<Record<string, unknown>> | undefined;
}

/** One line of the access log in the stage's own format: each `$context.…` becomes its value, `-` where there is none. */
export function accessLine(format: string, exchange: Exchange): string {
  const values = contextOf(exchange);
  return format.replace(/\$context\.([\w.]+)/g, (_, name: string) => {
    const value = name.startsWith('authorizer.')
      ? (exchange.authorizer?.[name.slice('authorizer.'.length)] ?? values[name])
      : values[name];
    return value === undefined ? '-' : String(value).replaceAll('"', '\\"');
  });
}

function contextOf({ request, answer, ...rest }: Exchange): Readonly<Record<string, unknown>> {
  return {
    requestId: request.id,
    extendedRequestId: request.id,
    accountId: undefined,
    apiId: rest.apiId,
    stage: rest.stage,
    httpMethod: request.method,
    path: request.path,
    protocol: 'HTTP/1.1',
    routeKey: rest.routeKey,
    requestTime: commonLogTime(request.atMs),
    requestTimeEpoch: request.atMs,
    status: answer.status,
    responseLength: answer.body.length,
    responseLatency: Math.round(rest.latencyMs),
    integrationLatency: rest.integrationMs === undefined ? undefined : Math.round(rest.integrationMs),
    'integration.latency': rest.integrationMs === undefined ? undefined : Math.round(rest.integrationMs),
    'integration.status': rest.integrationMs === undefined ? undefined : 200,
    integrationStatus: rest.integrationMs === undefined ? undefined : 200,
    integrationErrorMessage: rest.integrationError,
    'integration.error': rest.integrationError,
    'error.message': rest.error,
    'error.messageString': rest.error === undefined ? undefined : `"${rest.error}"`,
    'identity.sourceIp': request.sourceIp,
    'identity.userAgent': request.headers['user-agent'],
    domainName: request.headers.host,
  };
}
