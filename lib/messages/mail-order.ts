import type { EventData, EventType, TributaryEvent } from '../../events/catalog/catalog.ts';
import { derive } from '../ids.ts';

/** Events that cause a mail. */
const MAILED = [
  'partner.enrolled',
  'statement.issued',
  'commission.digest-due',
  'webhook.disabled',
] as const satisfies readonly EventType[];
type Mailed = (typeof MAILED)[number];
type AnyMailedEvent = Extract<TributaryEvent, { type: Mailed }>;
/** Those of a partner in a program. */
export type MailedEvent = Exclude<AnyMailedEvent, { type: 'webhook.disabled' }>;
/** To whoever owns a webhook: the brand, or a partner in no program in particular. */
export type WebhookDisabled = Extract<AnyMailedEvent, { type: 'webhook.disabled' }>;

/** A mail that is due, with the event that causes it. */
export interface MailOrder<Event extends AnyMailedEvent = AnyMailedEvent> {
  /** Derived from the event: however often it is delivered, it is this one mail. */
  readonly messageId: string;
  readonly event: Event;
}

/** The mail an event causes, if any. */
export function mailFor(event: TributaryEvent): MailOrder | undefined {
  if (!isMailed(event)) return undefined;
  return { messageId: derive('message', event.type, event.id), event };
}

const isMailed = (event: TributaryEvent): event is AnyMailedEvent => MAILED.some((type) => type === event.type);

/** The event that orders a partner's digest of a day; made again for the same day it is the same event, so a rerun mails nobody twice. */
export function digestDue(brandId: string, at: string, data: EventData<'commission.digest-due'>): MailedEvent {
  const type = 'commission.digest-due';
  return { id: derive('event', type, brandId, data.programId, data.partnerId, data.day), type, brandId, at, data };
}
