import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { env } from '../../lib/aws/env.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { clickIntake, type Found } from '../../lib/store/click-intake.ts';
import { uncreditedBecause } from '../../lib/tracking/click.ts';
import { type ClickKeys, mintClickId } from '../../lib/tracking/click-id.ts';
import { mayKeepCookie } from '../../lib/tracking/consent.ts';
import { deepDestination } from '../../lib/tracking/deep-link.ts';
import { landingAddress } from '../../lib/tracking/landing.ts';
import { clickMemory, passingNames, recentClicks, recentCookie } from '../../lib/tracking/recent-clicks.ts';
import { notFoundPage, type PageAnswer, redirectTo, tryAgainPage, withClickId } from '../../lib/tracking/redirect.ts';
import { linkName } from '../../lib/tracking/slug.ts';
import { type SubIds, subIdsOf } from '../../lib/tracking/sub-ids.ts';
import { CLICK_RANDOM_BYTES, evidenceOf, freshToken, takeClick } from '../../lib/tracking/take-click.ts';
import type { Reason } from '../../lib/tracking/verdict.ts';
import { countryOr, type Headers, refusesTracking, viewerAddress, visitOf } from '../../lib/tracking/visit.ts';
import { browserCookie, browserToken } from '../../lib/tracking/visitor.ts';

/**
 * `GET /c/{link}`: sends a visitor to the link's destination and records the click with its verdict. Warm, it reads nothing and writes one row.
 *
 * The visitor is redirected whatever happens to the row, and whatever the verdict: the page is still what the shopper asked for. Crawlers,
 * previewers and browsers that only guess are redirected without being recorded.
 */
const retentionDays = Number(env('clickRetentionDays'));
const assumedCountry = /^[A-Z]{2}$/.exec(env('assumedCountry'))?.[0];
const intake = clickIntake({ nowMs: wallClockMs, randomBytes: systemEntropy });
const memory = clickMemory(10_000);
const passingName = passingNames(systemEntropy);

export async function handler(event: APIGatewayProxyEventV2): Promise<PageAnswer> {
  const name = linkName(event.pathParameters?.link ?? '');
  if (!name) return notFoundPage();
  const finding = intake.find(name);
  const counts = visitOf(event.requestContext.http.method, event.headers) === 'person';
  const keysReading = counts ? intake.signingKeys() : undefined;
  const answer = await answerTo(event, await finding, keysReading);
  // Lambda freezes what has answered. A reading cut off by that would wake up past its deadline and pass for a failed one.
  await keysReading;
  return answer;
}

async function answerTo(
  event: APIGatewayProxyEventV2,
  found: Found | undefined | 'unreadable',
  keysReading: Promise<ClickKeys | undefined> | undefined,
): Promise<PageAnswer> {
  if (found === 'unreadable') return tryAgainPage();
  if (!found) return notFoundPage();
  const { headers, cookies } = event;
  const { link, rules } = found;
  const { landing, subs, noticed } = destinationOf(event.rawQueryString, found);
  if (!keysReading) return redirectTo(landing);

  const atMs = event.requestContext.timeEpoch;
  const random = Buffer.from(systemEntropy(CLICK_RANDOM_BYTES));
  const country = countryOr(headers, assumedCountry);
  const keeps = mayKeepCookie(rules.cookies, country, refusesTracking(headers));
  const token = keeps ? (browserToken(cookies) ?? freshToken(random)) : undefined;
  const address = viewerAddress(headers, event.requestContext.http.sourceIp);
  const visit = { link, rules, headers, address, atMs };
  const evidence = evidenceOf(visit, 'page');
  const recent = keeps ? recentClicks(cookies, atMs) : undefined;
  const repeated = recent ? recent.has(link.code) : repeatsInPassing(headers, address, link.code, atMs);
  const click = takeClick({ ...visit, token, repeated, subs, noticed, random, retentionDays }, evidence);
  await intake.record(click);

  const keys = await keysReading;
  const location = keys
    ? withClickId(
        landing,
        link.clickParameter,
        mintClickId({ ...click, uncredited: uncreditedBecause(click) }, keys, link.programId),
      )
    : landing;
  if (token === undefined || !recent) return redirectTo(location);
  const kept = browserCookie(token, retentionDays);
  return click.verdict === undefined
    ? redirectTo(location, kept, recentCookie(recent, link.code, atMs))
    : redirectTo(location, kept);
}

/** Where the query of a link leads, and what of it belongs to the click. */
function destinationOf(rawQuery: string | undefined, { link, rules }: Found) {
  const noticed: Reason[] = [];
  let destinationUrl = link.destinationUrl;
  let subs: SubIds = {};
  const query = rawQuery ? new URLSearchParams(rawQuery) : undefined;
  if (query) {
    const u = query.get('u');
    const deep = u === null ? undefined : deepDestination(u, rules.hosts);
    if (u !== null && deep === undefined) noticed.push('u-refused');
    destinationUrl = deep ?? destinationUrl;
    const found = subIdsOf(query);
    subs = found.subs;
    if (found.cut) noticed.push('subs-cut');
  }
  return { landing: landingAddress(destinationUrl, { ...link, link: link.code, subs }, query, rules), subs, noticed };
}

/** Whether a visitor without a cookie followed the link before, as far as this environment saw. */
const repeatsInPassing = (headers: Headers, address: string, link: string, atMs: number): boolean =>
  memory.repeats(`${passingName(address, headers['user-agent'] ?? '', atMs)}#${link}`, atMs);
