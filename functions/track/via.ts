import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { env } from '../../lib/aws/env.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { leadsTo } from '../../lib/programs/destination.ts';
import { clickIntake } from '../../lib/store/click-intake.ts';
import { uncreditedBecause } from '../../lib/tracking/click.ts';
import { mintClickId } from '../../lib/tracking/click-id.ts';
import { UNKNOWN_PROGRAM } from '../../lib/tracking/program-rules.ts';
import { clickMemory, passingNames } from '../../lib/tracking/recent-clicks.ts';
import type { PageAnswer } from '../../lib/tracking/redirect.ts';
import { linkName } from '../../lib/tracking/slug.ts';
import { subIdsOf } from '../../lib/tracking/sub-ids.ts';
import { CLICK_RANDOM_BYTES, evidenceOf, freshToken, takeClick } from '../../lib/tracking/take-click.ts';
import { refusesTracking, viewerAddress, visitOf } from '../../lib/tracking/visit.ts';
import { browserToken } from '../../lib/tracking/visitor.ts';

/**
 * `POST /v/{link}`: records the click of a visitor who came to a brand's own page with `?via=`, and answers its id as JSON. Called by the
 * script of `/t.js`, from pages of the program's hosts only: elsewhere a script could invent clicks of people who followed nothing.
 *
 * `visitor` is sent where the visitor consented: the token of the browser, or `new`. The answer then says which token to keep.
 */
const retentionDays = Number(env('clickRetentionDays'));
const intake = clickIntake({ nowMs: wallClockMs, randomBytes: systemEntropy });
const memory = clickMemory(10_000);
const passingName = passingNames(systemEntropy);

export async function handler(event: APIGatewayProxyEventV2): Promise<PageAnswer> {
  const { headers, rawQueryString } = event;
  const name = linkName(event.pathParameters?.link ?? '');
  const origin = headers.origin ?? '';
  const host = URL.parse(origin)?.hostname;
  if (!name) return json(404, { problem: 'no-such-link' });
  if (!host) return json(403, { problem: 'origin-not-allowed' });
  const [found, keys] = await Promise.all([intake.find(name), intake.signingKeys()]);
  if (found === undefined) return json(404, { problem: 'no-such-link' });
  if (found === 'unreadable' || found.rules === UNKNOWN_PROGRAM || !keys) return json(503, { problem: 'try-again' });
  const { link, rules } = found;
  if (!leadsTo(host, rules.hosts)) return json(403, { problem: 'origin-not-allowed' });
  // A machine's request is answered and not recorded, as on a link. It is a script that asks, so the method says nothing.
  if (visitOf('GET', headers) !== 'person') return json(200, {}, origin);

  const query = new URLSearchParams(rawQueryString);
  const { subs, cut } = subIdsOf(query);
  const random = Buffer.from(systemEntropy(CLICK_RANDOM_BYTES));
  const given = query.get('visitor');
  const joins = given !== null && rules.cookies !== 'never' && !refusesTracking(headers);
  const token = joins ? (browserToken([`trb_v=${given}`]) ?? freshToken(random)) : undefined;
  const atMs = event.requestContext.timeEpoch;
  const address = viewerAddress(headers, event.requestContext.http.sourceIp);
  const who = token ?? passingName(address, headers['user-agent'] ?? '', atMs);
  const repeated = memory.repeats(`${who}#${link.code}`, atMs);
  // The page that asks is the brand's; who sent the visitor to it is not known here.
  const { referer: _, ...rest } = headers;
  const visit = { link, rules, headers: rest, address, atMs };
  const noticed = cut ? (['subs-cut'] as const) : [];
  const click = takeClick(
    { ...visit, token, repeated, subs, noticed, random, retentionDays },
    evidenceOf(visit, 'script'),
  );
  await intake.record(click);
  const clickId = mintClickId({ ...click, uncredited: uncreditedBecause(click) }, keys, link.programId);
  return json(200, { clickId, ...(token !== undefined && { visitor: token }) }, origin);
}

/** An answer that a page of this origin may read; without one no page may. */
const json = (statusCode: number, body: object, origin?: string): PageAnswer => ({
  statusCode,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    vary: 'origin',
    ...(origin !== undefined && { 'access-control-allow-origin': origin }),
    ...(statusCode === 503 && { 'retry-after': '2' }),
  },
  body: JSON.stringify(body),
});
