import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { readEvent, type TributaryEvent } from '../../events/catalog/catalog.ts';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { queue } from '../../lib/aws/queue.ts';
import { brands } from '../../lib/store/brands.ts';
import { clicks } from '../../lib/store/clicks.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { deliveries } from '../../lib/store/deliveries.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { walk } from '../../lib/store/walk.ts';
import { webhookState } from '../../lib/store/webhooks.ts';
import { epochMs, type Instant, instant } from '../../lib/time.ts';
import { clickOf } from '../../lib/tracking/click-id.ts';
import type { Conversion } from '../../lib/tracking/conversion.ts';
import type { SubIds } from '../../lib/tracking/sub-ids.ts';
import { delaySeconds, LONGEST_DELAY_MS } from '../../lib/webhooks/delivery.ts';
import { commissionNotices, type Notice, noticesOf, withOrder } from '../../lib/webhooks/notices.ts';
import { type Webhook, wants } from '../../lib/webhooks/webhook.ts';

/**
 * Queues deliveries to webhooks: those of an event that the bus hands over, and, called by its schedule, those whose waiting is over.
 *
 * A delivery's row is put before its message is sent, and only where there is none: an event handed over twice is delivered once, and a
 * message that was never sent is found by the sweep. Where nobody listens it costs a query.
 */
const client = documentClient();
const core = env('coreTable');
const webhooks = webhookState(client, env('webhooksTable'));
const store = deliveries(client, env('webhooksTable'));
const messages = queue(new SQSClient({}), env('webhooksQueue'));
const conversionStore = conversions(client, env('conversionsTable'));
const clickStore = clicks(client, env('clicksTable'));
const ledgerStore = ledger(client, env('ledgerTable'));
const brandStore = brands(client, core);

/** Rows written at the same time. */
const WIDTH = 10;

/** What the bus hands over; the schedule sends an empty object. */
const Input = z.object({ 'detail-type': z.string().optional(), detail: z.unknown().optional() });

export const handler = job(Input, async (input, { recordedAt, enough }) => {
  if (input['detail-type'] === undefined) return sweep(recordedAt, enough);
  const read = readEvent(input.detail);
  if ('problem' in read) throw new TypeError(`event refused: ${read.problem}`);
  return { event: read.event.id, queued: await fanOut(read.event, recordedAt) };
});

async function fanOut(event: TributaryEvent, now: Instant): Promise<number> {
  const { brandId } = event;
  const told = noticesOf(event);
  if (told.length === 0) return 0;
  const partnerIds = new Set(told.flatMap(({ partnerId }) => partnerId ?? []));
  const owners = [{ brandId }, ...[...partnerIds].map((partnerId) => ({ brandId, partnerId }))];
  const listening = (await atOnce(WIDTH, owners, webhooks.all)).flat();
  if (!listening.some(({ status }) => status === 'active')) return 0;
  let queued = 0;
  for (const notice of await wholeOf(event, told)) {
    const takers = listening.filter((webhook) => wants(webhook, notice));
    if (takers.length > 0) queued += await deliver(await enriched(notice), takers, now);
  }
  return queued;
}

/** An event carries only so many lines of a journal; the ledger has the others. */
async function wholeOf(event: TributaryEvent, told: readonly Notice[]): Promise<readonly Notice[]> {
  if (event.type !== 'commission.posted' || event.data.moreLines === 0) return told;
  const { programId, partnerId, currency, sequence } = event.data;
  const journal = await ledgerStore.journal({ brandId: event.brandId, programId, partnerId, currency }, sequence);
  if (!journal) throw new Error(`journal ${event.data.journalId} is not there`);
  return commissionNotices(event, journal.lines);
}

/** What a partner is told of an order says what that was worth and which click brought it. */
async function enriched(notice: Notice): Promise<Notice> {
  const { programId, eventType, orderId } = notice.data;
  const isOfOrder =
    notice.type === 'commission.earned' || notice.type === 'commission.changed' || notice.toPartner === true;
  if (!isOfOrder) return notice;
  const found = await conversionStore.get(notice.brandId, String(programId), String(eventType), String(orderId));
  if (!found) return notice;
  return withOrder(notice, found.conversion, await subIdsOf(notice, found.conversion));
}

/** The sub-ids of the partner's own click, while that is kept. */
async function subIdsOf(notice: Notice, conversion: Conversion): Promise<SubIds | undefined> {
  const click = clickOf(conversion);
  if (click?.partnerId !== notice.partnerId || !click) return undefined;
  const { brandId, programId } = conversion;
  const touches = await clickStore.journey(brandId, programId, click.visitor, click.at, click.at);
  return touches.find(({ link, partnerId }) => link === click.link && partnerId === click.partnerId)?.subs;
}

async function deliver(notice: Notice, takers: readonly Webhook[], now: Instant): Promise<number> {
  const made = await atOnce(WIDTH, takers, (webhook) => store.make(webhook, notice, now));
  // Also for a delivery that was there: the call that made it may have died before it sent this.
  await messages.sendAll(made);
  return made.length;
}

/** Queues what is due before the next sweep, each message held back until then; and again what was queued and must be lost. */
async function sweep(now: Instant, enough: () => boolean) {
  const nowMs = epochMs(now);
  const until = instant(nowMs + LONGEST_DELAY_MS);
  const tally = { brands: 0, queued: 0 };
  for await (const { brandId } of walk({ one: brandStore.get, list: brandStore.list })) {
    tally.brands += 1;
    for (let more = true; more && enough(); ) {
      const page = await store.toLookAt(brandId, until);
      await atOnce(WIDTH, page.found, async ({ key, dueAtMs }) => {
        await messages.sendLater(key, delaySeconds(dueAtMs, nowMs) ?? 0);
        await store.queued(key, dueAtMs, nowMs);
      });
      tally.queued += page.found.length;
      more = page.more;
    }
  }
  return tally;
}
