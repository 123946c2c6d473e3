import { wallClockMs } from '../clock.ts';
import { ConnectionError, connections } from './connections.ts';
import { type AwsSettings, awsSettings } from './env.ts';
import type { HttpAnswer } from './http-answer.ts';
import { amzDate, requestSigner } from './signature.ts';

/**
 * AWS calls without the SDK, for the functions where starting up and CPU per call decide (`docs/decisions/0002-slim-signed-client.md`):
 * signed JSON over a kept-alive connection, a deadline for every call, and no retries but one. Services whose JSON protocol is all we need.
 */
const PROTOCOLS = {
  dynamodb: { target: 'DynamoDB_20120810', contentType: 'application/x-amz-json-1.0' },
  sqs: { target: 'AmazonSQS', contentType: 'application/x-amz-json-1.0' },
  kms: { target: 'TrentService', contentType: 'application/x-amz-json-1.1' },
  ssm: { target: 'AmazonSSM', contentType: 'application/x-amz-json-1.1' },
} as const;
export type LeanService = keyof typeof PROTOCOLS;

/** Why a call failed: the service's own error name, or what happened to the connection. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  /** `ProvisionedThroughputExceededException`, …; `Timeout`, or the system's `ECONNREFUSED` when no answer came. */
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * Calls one operation and gives its output. Rejects with {@link AwsCallError} for an answer that is not 200, for a broken connection and
 * once `deadlineMs` have passed; the service may then have acted or not, so callers only send what may arrive twice.
 */
export type LeanCall = (operation: string, input: object, deadlineMs: number) => Promise<unknown>;

/** A client of one service. Region, credentials and endpoint are the ones the SDK would take from the environment. */
export function leanClient(service: LeanService, settings: AwsSettings = awsSettings(service)): LeanCall {
  const { target, contentType } = PROTOCOLS[service];
  const endpoint = new URL(settings.endpoint ?? `https://${service}.${settings.region}.amazonaws.com`);
  const { exchange } = connections(endpoint);
  const sign = requestSigner(settings.credentials, settings.region, service);
  const { sessionToken } = settings.credentials;

  function requestFor(operation: string, body: string): string {
    const date = amzDate(wallClockMs());
    const signed: [string, string][] = [
      ['content-type', contentType],
      ['host', endpoint.host],
      ['x-amz-date', date],
    ];
    if (sessionToken !== undefined) signed.push(['x-amz-security-token', sessionToken]);
    signed.push(['x-amz-target', `${target}.${operation}`]);
    const authorization = sign({ method: 'POST', path: '/', headers: signed, body }, date);
    const lines = signed.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `POST / HTTP/1.1\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\nauthorization: ${authorization}\r\n\r\n${body}`;
  }

  return async (operation, input, deadlineMs) => {
    const body = JSON.stringify(input);
    const startedMs = wallClockMs();
    try {
      const answer = await exchange(requestFor(operation, body), deadlineMs).catch((error: unknown) => {
        if (!isStale(error)) throw error;
        const leftMs = Math.max(1, deadlineMs - (wallClockMs() - startedMs));
        return exchange(requestFor(operation, body), leftMs, true);
      });
      return output(operation, answer);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      throw new AwsCallError(error.code, 0, `${operation}: ${error.message}`);
    }
  };
}

/**
 * A kept-alive connection that the far end closed, most likely while the function was frozen, shows only when it is used. That is not the
 * service failing, so such a call is sent once more, on a connection of its own and within the same deadline.
 */
const isStale = (error: unknown): boolean =>
  error instanceof ConnectionError && error.reused && error.code !== 'Timeout';

/** The output of a call. What came with a 200 and is none came from something between us and the service, which may have acted or not. */
function document(operation: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsCallError('BadAnswer', 0, `${operation}: an answer that is no JSON: ${text.slice(0, 100)}`);
  }
}

function output(operation: string, { status, text }: HttpAnswer): unknown {
  if (status === 200) return text === '' ? {} : document(operation, text);
  let type = '';
  let message = text;
  try {
    const problem = JSON.parse(text) as { __type?: string; message?: string; Message?: string };
    type = problem.__type ?? '';
    message = problem.message ?? problem.Message ?? text;
  } catch {
    // A proxy's page, not the service's document; its text is all there is to tell.
  }
  throw new AwsCallError(type.split('#').at(-1) || `Http${status}`, status, `${operation}: ${message.slice(0, 500)}`);
}
