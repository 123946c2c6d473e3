import { pageScript } from '../../lib/tracking/page-script.ts';
import type { PageAnswer } from '../../lib/tracking/redirect.ts';

/** `GET /t.js`: the script for the brands' own pages. The same for everybody, kept for an hour, and readable by pages that check its hash. */
const answer: PageAnswer = {
  statusCode: 200,
  headers: {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  },
  body: pageScript,
};

export const handler = async (): Promise<PageAnswer> => answer;
