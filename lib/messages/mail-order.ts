import type { EventData, EventType, TributaryEvent } from '../../events/catalog/catalog.ts';
import { derive } from '../ids.ts';

/** Events that cause a mail. */
const MAILED = [
  'partner.enrolled',
  'statement.issued',
  'commission.digest-due',
] as const satisfies readonly EventType[];
type Mailed = (typeof MAILED)[number];
export type MailedEvent = Extract<TributaryEvent, { type: Mailed }>;

/** A mail that is due to a partner, with the event that causes it. */
export interface MailOrder {
  /** Derived from the event: however often it is delivered, it is this one mail. */
  readonly messageId: string;
  readonly event: MailedEvent;
}

/** The mail an event causes, if any. */
export function mailFor(event: TributaryEvent): MailOrder | undefined {
  if (!isMailed(event)) return undefined;
  return { messageId: derive('message', event.type, event.id), event };
}

const isMailed = (event: TributaryEvent): event is MailedEvent => MAILED.some((type) => type === event.type);

/** The event that orders a partner's digest of a day; made again for the same day it is the same event, so a rerun mails nobody twice. */
export function digestDue(brandId: string, at: string, data: EventData<'commission.digest-due'>): MailedEvent {
  const type = 'commission.digest-due';
  return { id: derive('event', type, brandId, data.programId, data.partnerId, data.day), type, brandId, at, data };
}
