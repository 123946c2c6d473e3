import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { SESClient } from '@aws-sdk/client-ses';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readEvent } from '../../events/catalog/catalog.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { failures, REPLAYED } from '../../lib/aws/failures.ts';
import { type Mail, mailer } from '../../lib/aws/mailer.ts';
import { queue } from '../../lib/aws/queue.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { documentsOf, statementOf } from '../../lib/documents/statement-documents.ts';
import { CONTENT_TYPES } from '../../lib/documents/statement-formats.ts';
import { type Circumstances, type Composed, compose, composeForOwner } from '../../lib/messages/compose.ts';
import {
  isOwners,
  type MailedEvent,
  type MailOrder,
  mailsFor,
  type OwnerEvent,
  type WebhookDisabled,
} from '../../lib/messages/mail-order.ts';
import { webhookDisabled } from '../../lib/messages/webhook-disabled.ts';
import { incident } from '../../lib/observability/incident.ts';
import { brands } from '../../lib/store/brands.ts';
import { journalsBetween } from '../../lib/store/chain.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { mailLog } from '../../lib/store/mail-log.ts';
import { partners } from '../../lib/store/partners.ts';
import { programs } from '../../lib/store/programs.ts';
import { statements } from '../../lib/store/statements.ts';
import { instant } from '../../lib/time.ts';

/**
 * Mails partners: welcomes, statements, digests, caps, adjustments, disputes; caps and overdue disputes to the brand's owner; and owners
 * of webhooks that were switched off. The mail log makes one mail of an event that is delivered several times; the window that stays open
 * is described there. What SES refuses for good, and what nobody can read, is set aside with its reason at the first attempt.
 */
const client = documentClient();
const core = env('coreTable');
const store = {
  brands: brands(client, core),
  programs: programs(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  statements: statements(client, core),
  ledger: ledger(client, env('ledgerTable')),
};
const log = mailLog(client, core);
// One attempt a call: a retry by the client after a lost answer would be a second mail.
const ses = mailer(new SESClient({ maxAttempts: 1 }));
const dead = failures(queue(new SQSClient({}), env('failureQueue')), 'queue/send-mail');
const sender = env('mailSender');

/** Longer than a call of this function lasts, shorter than a message stays hidden after one. */
const LEASE_MS = 120_000;
/** SES takes 10 MB a mail, and base64 makes four bytes of three. */
const MOST_ATTACHED_BYTES = 6_000_000;

export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  processPartialResponse(event, deliver, new BatchProcessor(EventType.SQS), {
    throwOnFullBatchFailure: false,
    processInParallel: false,
  });

async function deliver(record: SQSRecord): Promise<void> {
  const orders = readOrders(record.body ?? '');
  if ('problem' in orders) return setAside(record, orders.problem);
  // One after the other: when the second fails, the log knows that the first was sent.
  for (const order of orders) await carryOut(record, order);
}

async function carryOut(record: SQSRecord, order: MailOrder): Promise<void> {
  const { event } = order;
  if (event.type === 'webhook.disabled') return tellOwner(record, order, event);
  if (order.to === 'owner' || isOwners(event)) return tellBrand(record, order, event);
  const found = await circumstances(event);
  if ('problem' in found) return setAside(record, found.problem);
  const attachments = await attachmentsOf(event);
  const composed = compose(event, { ...found, attached: attachments.length > 0 });
  if (!composed) return;
  const { letter, address } = composed;
  const from = { name: found.brandName, email: sender };
  await send(record, order, composed.to, { ...letter, from, to: address, messageId: order.messageId, attachments });
}

async function tellBrand(record: SQSRecord, order: MailOrder, event: MailedEvent | OwnerEvent): Promise<void> {
  const { brandId, data } = event;
  const [brand, program] = await Promise.all([store.brands.get(brandId), store.programs.get(brandId, data.programId)]);
  if (!brand || !program) return setAside(record, `there is no ${data.programId} of ${brandId}`);
  const { name: brandName, ownerEmail } = brand;
  const composed = composeForOwner(event, { brandName, ownerEmail, program });
  if (!composed) return;
  const from = { name: brandName, email: sender };
  const { letter, address } = composed;
  await send(record, order, composed.to, { ...letter, from, to: address, messageId: order.messageId, attachments: [] });
}

/** A webhook's owner is the brand; a postback's is the partner, or who looks after them. */
async function tellOwner(record: SQSRecord, order: MailOrder, { brandId, data }: WebhookDisabled): Promise<void> {
  const { partnerId } = data;
  const [brand, partner] = await Promise.all([
    store.brands.get(brandId),
    partnerId === undefined ? undefined : store.partners.get(brandId, partnerId),
  ]);
  if (!brand) return setAside(record, `there is no brand ${brandId}`);
  if (partnerId !== undefined && !partner) return setAside(record, `there is no partner ${partnerId} of ${brandId}`);
  const to = partner?.manager === undefined ? 'partner' : 'manager';
  const email = partner ? (partner.manager ?? partner.email) : brand.ownerEmail;
  const letter = webhookDisabled(brand.name, partner?.name ?? brand.name, data);
  const from = { name: brand.name, email: sender };
  await send(record, order, partner ? to : 'owner', {
    ...letter,
    from,
    to: { email },
    messageId: order.messageId,
    attachments: [],
  });
}

/** Sends a mail unless that was done. Throws when it must be tried again later. */
async function send(record: SQSRecord, { messageId, event }: MailOrder, to: Composed['to'], mail: Mail): Promise<void> {
  const entry = { brandId: event.brandId, messageId };
  const again = record.messageAttributes[REPLAYED] !== undefined;
  const claim = await log.claim(
    entry,
    { kind: event.type, ...('partnerId' in event.data && { partnerId: event.data.partnerId }) },
    { nowMs: wallClockMs(), leaseMs: LEASE_MS, again },
  );
  if (claim.outcome === 'busy') throw new Error(`${messageId} is being sent by another call`);
  if (claim.outcome !== 'claimed') return;
  const handed = await ses.send(mail);
  const at = instant(wallClockMs());
  switch (handed.outcome) {
    case 'sent':
      return log.sent(entry, to, handed.sesMessageId, at);
    case 'refused':
      await setAside(record, handed.reason);
      return log.refused(entry, handed.reason, at);
    case 'busy':
      await log.release(entry, claim.attempt);
      throw new Error(handed.reason);
  }
}

/** The orders in a message: an event as the bus delivers it, or one of ours put into the queue as it is. */
function readOrders(body: string): readonly MailOrder[] | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { problem: 'the message is not JSON' };
  }
  const read = readEvent(isBusEvent(value) ? value.detail : value);
  if ('problem' in read) return read;
  const orders = mailsFor(read.event);
  return orders.length > 0 ? orders : { problem: `no mail hangs on ${read.event.type}` };
}

const isBusEvent = (value: unknown): value is { detail: unknown } =>
  typeof value === 'object' && value !== null && 'detail-type' in value && 'detail' in value;

async function circumstances({
  brandId,
  data: { programId, partnerId = '' },
}: MailedEvent): Promise<Omit<Circumstances, 'attached'> | { readonly problem: string }> {
  const [brand, program, partner, enrolment] = await Promise.all([
    store.brands.get(brandId),
    store.programs.get(brandId, programId),
    store.partners.get(brandId, partnerId),
    store.enrolments.get(brandId, programId, partnerId),
  ]);
  if (!brand || !program || !partner || !enrolment) {
    return { problem: `${partnerId} is not enrolled in ${programId} of ${brandId}` };
  }
  return { brandName: brand.name, program, partner, enrolment };
}

/** A statement's documents, made from its record and journals: the mail does not wait for the copies in the bucket. */
async function attachmentsOf({ type, brandId, data }: MailedEvent): Promise<NonNullable<Mail['attachments']>> {
  if (type !== 'statement.issued') return [];
  const { programId, partnerId, currency, number } = data;
  const record = await store.statements.get({ brandId, programId, partnerId }, number);
  if (!record) throw new Error(`statement ${number} of ${partnerId} in ${programId} is not there`);
  const journals = await journalsBetween(
    store.ledger,
    { brandId, programId, partnerId, currency },
    { after: record.firstJournal - 1, through: record.lastJournal },
  );
  const documents = await documentsOf(statementOf(record, journals));
  let room = MOST_ATTACHED_BYTES;
  return (['html', 'csv', 'pdf'] as const).flatMap((format) => {
    room -= Buffer.byteLength(documents[format]);
    if (room < 0) return [];
    return [
      { filename: `statement-${number}.${format}`, contentType: CONTENT_TYPES[format], content: documents[format] },
    ];
  });
}

async function setAside({ messageId, body }: SQSRecord, reason: string): Promise<void> {
  const now = wallClockMs();
  incident('MailSetAside', now, 'a mail could not be sent', new Error(reason), { messageId });
  await dead.setAside(body, reason, instant(now));
}
