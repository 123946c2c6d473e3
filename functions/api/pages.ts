import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import openApi from '../../docs/openapi.json' with { type: 'json' };
import { APPROVAL_PAGE, APPROVAL_POLICY } from '../../web/payouts/approval-page.ts';
import type { ApiDocument } from '../../web/reference/document.ts';
import { referencePage } from '../../web/reference/page.ts';

/** Written out as text, so that the bundle holds the document once. */
const json = JSON.stringify(openApi);
let reference: string | undefined;

/** Pages and documents may be kept for an hour: they are the same for everybody. */
const HEADERS = { 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' };
/** Nothing on the reference page may load or run anything. */
const REFERENCE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = (body: string, policy: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 200,
  headers: {
    ...HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
  },
  body,
});

/**
 * The brand API's description, for machines and for people, and the page on which payout runs are approved. It reads nothing, so it needs no
 * table and no contract at run time.
 */
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
  if (routeKey === 'GET /payouts/{runId}') return page(APPROVAL_PAGE, APPROVAL_POLICY);
  reference ??= referencePage(openApi as unknown as ApiDocument);
  return page(reference, REFERENCE_POLICY);
}
