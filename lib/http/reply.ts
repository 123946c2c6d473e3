import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

interface ReplyParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64?: boolean;
}

/** An answer that is not the contract's JSON, or needs headers of its own. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body stands for these bytes, in base64. */
  readonly isBase64: boolean;

  constructor(parts: ReplyParts & { readonly status: number }) {
    this.status = parts.status;
    this.headers = parts.headers;
    this.body = parts.body;
    this.isBase64 = parts.isBase64 ?? false;
  }
}

/** Answers HTML, CSV or a redirect: `reply({ headers: { 'content-type': 'text/csv; charset=utf-8' }, body })`. */
export const reply = (parts: ReplyParts & { readonly status?: number }): Reply => new Reply({ status: 200, ...parts });

/** Headers on every answer: nothing is cached between a brand and us, nothing is sniffed. */
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export const toResult = ({ status, headers, body, isBase64 }: Reply): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { ...ALWAYS, ...headers },
  body,
  ...(isBase64 && { isBase64Encoded: true }),
});

export const jsonReply = (status: number, value: unknown): Reply =>
  new Reply({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
