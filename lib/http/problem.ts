import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ErrorKind, FieldProblem, VisibleError } from '../errors.ts';

/** RFC 9457 problem document, with our `code` to branch on and the fields at fault. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly fields?: readonly FieldProblem[];
}

/** The only place where our refusals become HTTP numbers. */
const KINDS: Readonly<Record<ErrorKind, { readonly status: number; readonly title: string }>> = {
  invalid: { status: 400, title: 'The request is not what this route takes' },
  unauthenticated: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'This key may not do that' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'Contradicts what is stored' },
  'too-large': { status: 413, title: 'The body is too large' },
  refused: { status: 422, title: 'The facts do not allow it' },
  throttled: { status: 429, title: 'Too many requests' },
};

/** Codes whose status is finer than their kind's. */
const FINER: Readonly<Record<string, number>> = {
  'content-type-not-json': 415,
  'content-type-not-csv': 415,
  'stale-revision': 412,
  busy: 503,
};

/** Codes after which the same request is worth sending again soon; seconds to wait. */
const RETRY_AFTER: Readonly<Record<string, number>> = { 'request-in-progress': 1, busy: 1 };

/** The status a refusal answers with. */
export const statusOf = (kind: ErrorKind, code: string): number => FINER[code] ?? KINDS[kind].status;

/** A refusal as an HTTP answer. `requestId` names the occurrence in our log. */
export function problemAnswer(error: VisibleError, requestId: string): APIGatewayProxyStructuredResultV2 {
  const { title } = KINDS[error.kind];
  const wait = RETRY_AFTER[error.code] ?? (error.kind === 'throttled' ? 1 : undefined);
  return answer(
    {
      type: `urn:tributary:problem:${error.code}`,
      title,
      status: statusOf(error.kind, error.code),
      detail: error.message,
      instance: `urn:tributary:request:${requestId}`,
      code: error.code,
      ...(error.fields.length ? { fields: error.fields } : {}),
    },
    wait === undefined ? {} : { 'retry-after': String(wait) },
  );
}

/** What a caller learns of a fault of ours: nothing but the number to quote. */
export function faultAnswer(requestId: string): APIGatewayProxyStructuredResultV2 {
  return answer({
    type: 'urn:tributary:problem:internal',
    title: 'A fault of ours',
    status: 500,
    detail:
      'Nothing you sent is at fault. The same request may be sent again; quote the instance when asking about it.',
    instance: `urn:tributary:request:${requestId}`,
    code: 'internal',
  });
}

function answer(problem: Problem, headers: Record<string, string> = {}): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(problem),
  };
}
