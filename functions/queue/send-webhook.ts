import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env, outboundExceptions } from '../../lib/aws/env.ts';
import { failures } from '../../lib/aws/failures.ts';
import { queue } from '../../lib/aws/queue.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { type Handover, outbound } from '../../lib/http/outbound.ts';
import { incident } from '../../lib/observability/incident.ts';
import { deliveries } from '../../lib/store/deliveries.ts';
import { secretOpener } from '../../lib/store/webhook-secrets.ts';
import { type StoredWebhook, webhookState } from '../../lib/store/webhooks.ts';
import { epochMs, instant } from '../../lib/time.ts';
import {
  afterAttempt,
  type Delivery,
  delaySeconds,
  RESPONSE_CHARACTERS,
  verdictOf,
} from '../../lib/webhooks/delivery.ts';
import { disabledEvent } from '../../lib/webhooks/disabled.ts';
import { noticeIn } from '../../lib/webhooks/notices.ts';
import { FAILING_MS } from '../../lib/webhooks/retry.ts';
import { signedHeaders } from '../../lib/webhooks/signature.ts';
import { requestOf, signingAt } from '../../lib/webhooks/webhook.ts';

/**
 * Makes one attempt to hand an event over to a webhook. Whoever claims the row while it is due makes the attempt; a message that comes
 * twice, too late or for nothing does nothing. What a receiver answers is never an error of ours: it is written down and the next attempt
 * is due by the schedule. A process that dies after the receiver answered and before that is written leaves one more attempt with the
 * same `webhook-id`; receivers drop it by that id.
 */
const client = documentClient();
const table = env('webhooksTable');
const webhooks = webhookState(client, table);
const store = deliveries(client, table);
const sqs = new SQSClient({});
const messages = queue(sqs, env('webhooksQueue'));
const mails = queue(sqs, env('mailQueue'));
const dead = failures(queue(sqs, env('failureQueue')), 'queue/send-webhook');
const secrets = secretOpener(new KMSClient({}));
const send = outbound({ exceptions: outboundExceptions() });

const Message = z.object({ brandId: z.string(), webhookId: z.string(), deliveryId: z.string() });

export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  processPartialResponse(event, work, new BatchProcessor(EventType.SQS), { throwOnFullBatchFailure: false });

async function work({ body, messageId }: SQSRecord): Promise<void> {
  const key = Message.safeParse(jsonOf(body));
  const now = wallClockMs();
  if (!key.success) {
    const reason = 'the message names no delivery';
    incident('WebhookSetAside', now, reason, new Error(reason), { messageId });
    return dead.setAside(body, reason, instant(now));
  }
  const claim = await store.claim(key.data, now);
  if (claim.outcome === 'early') {
    // The clocks of two machines differ a little; what is due much later is the sweep's to queue.
    const delay = delaySeconds(claim.dueAtMs, now);
    if (delay !== undefined && delay <= 60) await messages.sendLater(key.data, delay);
    return;
  }
  if (claim.outcome === 'claimed') await attempt(claim.delivery, claim.untilMs);
}

async function attempt(delivery: Delivery, untilMs: number): Promise<void> {
  const webhook = await webhooks.get(delivery, delivery.webhookId);
  const startedMs = wallClockMs();
  if (webhook?.status !== 'active') {
    const reason = webhook ? 'the webhook is disabled' : 'the webhook was removed';
    const outcome = { state: 'dead', made: delivery.made, dueAtMs: startedMs } as const;
    await store.finish(
      delivery,
      untilMs,
      { ...outcome, attempt: { at: instant(startedMs), reason, tookMs: 0 } },
      startedMs,
    );
    return;
  }
  const answer = await handOver(webhook, delivery, startedMs);
  const endedMs = wallClockMs();
  const verdict = answer.reason === undefined ? verdictOf(answer.status) : 'failed';
  const next = afterAttempt(delivery, verdict, endedMs, systemEntropy(1)[0]! / 256);
  const told = {
    at: instant(startedMs),
    tookMs: endedMs - startedMs,
    ...(answer.status !== undefined && { status: answer.status }),
    ...(verdict !== 'taken' && { reason: answer.reason ?? `answered ${answer.status}` }),
  };
  const response = answer.status === undefined ? '' : visible(answer.text);
  // First what the webhook's standing asks for: a call that dies in between is made again, and each step of it bears that.
  await keepStanding(webhook, verdict, endedMs);
  const written = await store.finish(delivery, untilMs, { ...next, attempt: told, response }, endedMs);
  const delay = delaySeconds(next.dueAtMs, endedMs);
  if (written && next.state === 'pending' && delay !== undefined) {
    const { brandId, webhookId, deliveryId } = delivery;
    await messages.sendLater({ brandId, webhookId, deliveryId }, delay);
  }
}

async function handOver(
  webhook: StoredWebhook,
  { eventId, body, brandId }: Delivery,
  nowMs: number,
): Promise<Handover> {
  const request = requestOf(webhook, noticeIn(body, brandId), body);
  const headers: Record<string, string> = { 'user-agent': 'Tributary-Webhooks/1', accept: '*/*' };
  if (webhook.kind === 'signed-json') {
    const sealed = signingAt(webhook, instant(nowMs));
    const opened = await Promise.all(sealed.map((secret) => secrets.open(webhook, secret.sealed)));
    const timestamp = Math.floor(nowMs / 1000);
    Object.assign(
      headers,
      { 'content-type': 'application/json' },
      signedHeaders({ id: eventId, timestamp, body }, opened),
    );
  }
  return send({ ...request, headers });
}

/** Remembers since when a receiver takes nothing, and switches the webhook off when that is too long or it says so itself. */
async function keepStanding(
  webhook: StoredWebhook,
  verdict: ReturnType<typeof verdictOf>,
  nowMs: number,
): Promise<void> {
  const { webhookId, failingSince } = webhook;
  if (verdict === 'taken') {
    if (failingSince !== undefined) await webhooks.healthy(webhook, webhookId);
    return;
  }
  const why =
    verdict === 'gone'
      ? 'gone'
      : failingSince !== undefined && nowMs - epochMs(failingSince) >= FAILING_MS
        ? 'failing'
        : undefined;
  if (why === undefined) {
    if (failingSince === undefined) await webhooks.failing(webhook, webhookId, instant(nowMs));
    return;
  }
  // Mailed first: the mail log makes one mail of it, and a webhook that is off already would never ask for one again.
  await mails.send(disabledEvent(webhook, why, instant(nowMs)));
  await webhooks.disable(webhook, webhookId, { why, at: instant(nowMs) });
}

/** What a receiver said, as one may show it. */
const visible = (text: string) => text.slice(0, RESPONSE_CHARACTERS).replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
