import { expect, test } from 'vitest';
import { accessLine, type Exchange } from '../../../local/http-api/access-log.ts';

const exchange: Exchange = {
  request: {
    id: 'req-1',
    method: 'GET',
    path: '/c/x',
    query: '',
    headers: { 'user-agent': 'curl "8"' },
    cookies: [],
    body: Buffer.alloc(0),
    atMs: Date.parse('2026-03-12T19:03:58.250Z'),
    sourceIp: '127.0.0.1',
  },
  answer: { status: 302, headers: {}, body: Buffer.from('four') },
  routeKey: 'GET /c/{link}',
  apiId: 'api',
  stage: '$default',
  latencyMs: 12.4,
  integrationMs: undefined,
  integrationError: undefined,
  error: undefined,
  authorizer: { key: 'k1' },
};

test.each([
  ['"$context.routeKey" $context.status', '"GET /c/{link}" 302'],
  ['$context.requestTime $context.requestTimeEpoch', '12/Mar/2026:19:03:58 +0000 1773342238250'],
  [
    '$context.responseLength bytes in $context.responseLatency ms, function $context.integrationLatency',
    '4 bytes in 12 ms, function -',
  ],
  ['$context.authorizer.key $context.authorizer.error $context.error.message', 'k1 - -'],
  ['"$context.identity.userAgent"', '"curl \\"8\\""'],
])('%s', (format, line) => expect(accessLine(format, exchange)).toBe(line));
