import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** An answer that is not the contract's JSON, or needs headers of its own. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;

  constructor(parts: { status: number; headers: Readonly<Record<string, string>>; body: string }) {
    this.status = parts.status;
    this.headers = parts.headers;
    this.body = parts.body;
  }
}

/** Answers HTML, CSV or a redirect: `reply({ headers: { 'content-type': 'text/csv; charset=utf-8' }, body })`. */
export const reply = (parts: { status?: number; headers: Readonly<Record<string, string>>; body: string }): Reply =>
  new Reply({ status: 200, ...parts });

/** Headers on every answer: nothing is cached between a brand and us, nothing is sniffed. */
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export const toResult = ({ status, headers, body }: Reply): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { ...ALWAYS, ...headers },
  body,
});

export const jsonReply = (status: number, value: unknown): Reply =>
  new Reply({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
