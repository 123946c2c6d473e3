import type { Invocation } from '../contract.ts';

/** An answer ready to be written. `set-cookie` may hold several values. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** API Gateway's own answers: a JSON object with one message. */
export function message(status: number, text: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message: text })),
  };
}

/** Answers of functions are 6 MB at most. */
const LARGEST_ANSWER = 6 * 1024 * 1024;

/** What the caller gets for what the function returned; a failed call and a malformed answer are both a 500 that says nothing. */
export function answerFrom(outcome: Invocation): HttpAnswer {
  if (!outcome.ok) return message(500, 'Internal Server Error');
  const { payload } = outcome;
  if (!isObject(payload) || !('statusCode' in payload)) return inferred(payload);
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return message(500, 'Internal Server Error');
  if (body !== undefined && body !== null && typeof body !== 'string') return message(500, 'Internal Server Error');
  const content = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  if (content.length > LARGEST_ANSWER) return message(500, 'Internal Server Error');
  const given = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    status,
    headers: {
      ...(content.length > 0 && { 'content-type': 'text/plain;charset=UTF-8' }),
      ...Object.fromEntries(given),
      ...(Array.isArray(cookies) && cookies.length > 0 && { 'set-cookie': cookies.map(String) }),
    },
    body: content,
  };
}

/** Without a status code the whole return value is the body of a 200. */
function inferred(payload: unknown): HttpAnswer {
  const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
