import type { EventData, EventType, TributaryEvent } from '../../events/catalog/catalog.ts';
import { derive } from '../ids.ts';

/** Events that cause a mail. */
const MAILED = [
  'partner.enrolled',
  'statement.issued',
  'commission.digest-due',
  'webhook.disabled',
  'cap.reached',
  'commission.plan-change-due',
  'commission.adjusted',
  'dispute.raised',
  'dispute.answered',
  'dispute.overdue',
  'payout.drafted',
] as const satisfies readonly EventType[];
type Mailed = (typeof MAILED)[number];
type AnyMailedEvent = Extract<TributaryEvent, { type: Mailed }>;
/** Those of a partner in a program. */
export type MailedEvent = Exclude<AnyMailedEvent, { type: 'webhook.disabled' | 'dispute.overdue' | 'payout.drafted' }>;
/** Of a program, to the brand's owner alone. */
export type OwnerEvent = Extract<AnyMailedEvent, { type: 'dispute.overdue' | 'payout.drafted' }>;
/** To whoever owns a webhook: the brand, or a partner in no program in particular. */
export type WebhookDisabled = Extract<AnyMailedEvent, { type: 'webhook.disabled' }>;

/** A mail that is due, with the event that causes it. */
export interface MailOrder<Event extends AnyMailedEvent = AnyMailedEvent> {
  /** Derived from the event: however often it is delivered, it is this one mail. */
  readonly messageId: string;
  readonly event: Event;
  /** Whom the event is about, or whoever owns the brand. */
  readonly to: 'partner' | 'owner';
}

/** The mails an event causes: none for most, one to the partner it is about; a cap concerns the brand's owner too; overdue disputes, and
 * runs that wait for approval, nobody else. */
export function mailsFor(event: TributaryEvent): MailOrder[] {
  if (!isMailed(event)) return [];
  const toPartner: MailOrder = { messageId: derive('message', event.type, event.id), event, to: 'partner' };
  if (event.type !== 'cap.reached' && !isOwners(event)) return [toPartner];
  const toOwner: MailOrder = { messageId: derive('message', event.type, event.id, 'owner'), event, to: 'owner' };
  return event.type === 'cap.reached' && event.data.partnerId !== undefined ? [toOwner, toPartner] : [toOwner];
}

/** Whether a mailed event is the brand's owner's alone. */
export const isOwners = (event: AnyMailedEvent): event is OwnerEvent =>
  event.type === 'dispute.overdue' || event.type === 'payout.drafted';

const isMailed = (event: TributaryEvent): event is AnyMailedEvent => MAILED.some((type) => type === event.type);

/** The event that orders a partner's digest of a day; made again for the same day it is the same event, so a rerun mails nobody twice. */
export function digestDue(brandId: string, at: string, data: EventData<'commission.digest-due'>): MailedEvent {
  const type = 'commission.digest-due';
  return { id: derive('event', type, brandId, data.programId, data.partnerId, data.day), type, brandId, at, data };
}

/** The event that orders a notice of a plan change; each partner gets each of the two notices of a version once. */
export function planChangeDue(brandId: string, at: string, data: EventData<'commission.plan-change-due'>): MailedEvent {
  const type = 'commission.plan-change-due';
  const id = derive('event', type, brandId, data.programId, data.partnerId, String(data.version), data.notice);
  return { id, type, brandId, at, data };
}

/** The event that orders the reminder of a program's overdue disputes; once for each day. */
export function disputesOverdueDue(brandId: string, at: string, data: EventData<'dispute.overdue'>): OwnerEvent {
  const type = 'dispute.overdue';
  return { id: derive('event', type, brandId, data.programId, data.day), type, brandId, at, data };
}
