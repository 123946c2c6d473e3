import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import openApi from '../../docs/openapi.json' with { type: 'json' };
import type { ApiDocument } from '../../web/reference/document.ts';
import { referencePage } from '../../web/reference/page.ts';

/** Written out as text, so that the bundle holds the document once. */
const json = JSON.stringify(openApi);
let page: string | undefined;

/** Documents may be kept for an hour; nothing on the page may load or run anything. */
const HEADERS = { 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' };
const PAGE_HEADERS = {
  ...HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** The brand API's description, for machines and for people. It reads nothing, so it needs no table and no contract at run time. */
export async function handler({
  routeKey,
}: Pick<APIGatewayProxyEventV2, 'routeKey'>): Promise<APIGatewayProxyStructuredResultV2> {
  if (routeKey === 'GET /openapi.json') {
    return {
      statusCode: 200,
      headers: { ...HEADERS, 'content-type': 'application/json', 'access-control-allow-origin': '*' },
      body: json,
    };
  }
  page ??= referencePage(openApi as unknown as ApiDocument);
  return { statusCode: 200, headers: PAGE_HEADERS, body: page };
}
