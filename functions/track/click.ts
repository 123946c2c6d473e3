import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { clickKeyRing } from '../../lib/aws/click-keys.ts';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { parameters } from '../../lib/aws/parameters.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { LINK_CODE } from '../../lib/ids.ts';
import { incident } from '../../lib/observability/incident.ts';
import { clickItem } from '../../lib/store/click-row.ts';
import { type LinkTarget, lookUpLink } from '../../lib/store/link-lookup.ts';
import { instant } from '../../lib/time.ts';
import type { Click } from '../../lib/tracking/click.ts';
import { type ClickKeys, mintClickId, NONCE_BYTES, VISITOR_BYTES } from '../../lib/tracking/click-id.ts';
import { lookupCache } from '../../lib/tracking/lookup-cache.ts';
import { notFoundPage, type PageAnswer, redirectTo, tryAgainPage, withClickId } from '../../lib/tracking/redirect.ts';
import { referrerHost, refusesTracking, visitOf } from '../../lib/tracking/visit.ts';
import { browserCookie, browserToken, visitorOf } from '../../lib/tracking/visitor.ts';

/**
 * `GET /c/{link}`: sends a visitor to the link's destination and records the click. Warm, it reads nothing and writes one row.
 *
 * The visitor is redirected whatever happens to the row. Crawlers and browsers that only guess are redirected without being counted, and so
 * is everybody on a paused link: it earns nothing any more, but the page it leads to is still what the shopper asked for.
 */

/** A table that takes longer than this is not waited for; the click goes through the queue. */
const TABLE_DEADLINE_MS = 300;
const QUEUE_DEADLINE_MS = 500;
/** A cold link has nobody to fall back on, so reading it may take longer and is tried twice. */
const LINK_DEADLINE_MS = 700;

const clicksTable = env('clicksTable');
const coreTable = env('coreTable');
const lateClicksQueue = env('lateClicksQueue');
const retentionDays = Number(env('clickRetentionDays'));

const dynamodb = leanClient('dynamodb');
const sqs = leanClient('sqs');
const keyRing = clickKeyRing(parameters(leanClient('ssm')), env('clickKeysParameter'));
const links = lookupCache<LinkTarget>({ freshMs: 60_000, jitterMs: 15_000, maxEntries: 5_000 });

export async function handler(event: APIGatewayProxyEventV2): Promise<PageAnswer> {
  const code = event.pathParameters?.link?.toLowerCase() ?? '';
  if (!LINK_CODE.test(code)) return notFoundPage();
  const linkReading = linkOf(code);
  const counts = visitOf(event.requestContext.http.method, event.headers) === 'person';
  const keysReading = counts ? signingKeys() : undefined;
  const answer = await answerTo(event, await linkReading, keysReading);
  // Lambda freezes what has answered. A reading cut off by that would wake up past its deadline and pass for a failed one.
  await keysReading;
  return answer;
}

async function answerTo(
  event: APIGatewayProxyEventV2,
  link: LinkTarget | undefined | 'unreadable',
  keysReading: Promise<ClickKeys | undefined> | undefined,
): Promise<PageAnswer> {
  if (link === 'unreadable') return tryAgainPage();
  if (!link) return notFoundPage();
  if (!keysReading || link.paused) return redirectTo(link.destinationUrl);

  const random = Buffer.from(systemEntropy(VISITOR_BYTES + NONCE_BYTES));
  const fresh = random.toString('base64url', 0, VISITOR_BYTES);
  const token = refusesTracking(event.headers) ? undefined : (browserToken(event.cookies) ?? fresh);
  const atMs = event.requestContext.timeEpoch;
  const referrer = referrerHost(event.headers);
  const click: Click = {
    brandId: link.brandId,
    programId: link.programId,
    partnerId: link.partnerId,
    link: link.code,
    at: instant(atMs),
    visitor: visitorOf(token ?? fresh, link.programId, token === undefined ? 'alone' : 'joins'),
    nonce: random.toString('hex', VISITOR_BYTES),
    ...(referrer === undefined ? {} : { referrerHost: referrer }),
    expiresAt: Math.floor(atMs / 1000) + retentionDays * 86_400,
  };
  await record(click);
  const keys = await keysReading;
  const destination = keys
    ? withClickId(link.destinationUrl, link.clickParameter, mintClickId(click, keys, link.programId))
    : link.destinationUrl;
  return redirectTo(destination, token === undefined ? undefined : browserCookie(token, retentionDays));
}

async function linkOf(code: string): Promise<LinkTarget | undefined | 'unreadable'> {
  const read = () => lookUpLink(dynamodb, coreTable, code, LINK_DEADLINE_MS);
  try {
    return await links.get(code, wallClockMs(), () => read().catch(read), randomShare);
  } catch (error) {
    incident('LinksUnreadable', wallClockMs(), 'a link could not be read; its visitor was asked to try again', error, {
      link: code,
    });
    return 'unreadable';
  }
}

const signingKeys = () =>
  keyRing.keysUnlessFailing((error) =>
    incident(
      'ClickKeysUnreadable',
      wallClockMs(),
      'the click keys cannot be read; clicks carry no id meanwhile',
      error,
    ),
  );

/** Stores the click, in the table or by way of the queue. Both can be away: then the log line has the row, and the click id tells the rest. */
async function record(click: Click): Promise<void> {
  try {
    await dynamodb('PutItem', { TableName: clicksTable, Item: clickItem(click) }, TABLE_DEADLINE_MS);
  } catch (tableError) {
    try {
      const message = { QueueUrl: lateClicksQueue, MessageBody: JSON.stringify(click) };
      await sqs('SendMessage', message, QUEUE_DEADLINE_MS);
      incident('ClicksLate', wallClockMs(), 'a click went through the queue', tableError, { link: click.link });
    } catch (queueError) {
      incident('ClicksNotStored', wallClockMs(), 'a click could be stored nowhere', queueError, { click });
    }
  }
}

const randomShare = () => systemEntropy(1)[0]! / 256;
