import type { TributaryEvent } from '../../events/catalog/catalog.ts';
import { remainingOrder } from '../commission/order.ts';
import { derive } from '../ids.ts';
import type { AccrualLine } from '../ledger/journal.ts';
import type { Instant } from '../time.ts';
import { clickOf } from '../tracking/click-id.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { flagsFor } from '../tracking/flags.ts';
import type { SubIds } from '../tracking/sub-ids.ts';

/** What subscribers outside can hear of, and who may: a partner only of what is their own. */
export const NOTICES = {
  'conversion.recorded': 'brand',
  'conversion.returned': 'brand',
  'conversion.cancelled': 'brand',
  'conversion.amended': 'brand',
  'conversion.flagged': 'both',
  'commission.earned': 'both',
  'commission.changed': 'both',
  'commission.payable': 'both',
  'commission.adjusted': 'both',
  'adjustment.proposed': 'brand',
  'adjustment.declined': 'brand',
  'dispute.raised': 'both',
  'dispute.answered': 'both',
  'dispute.withdrawn': 'both',
  'payout.exchanged': 'both',
  'payout.reserved': 'both',
  'payout.requested': 'brand',
  'payout.paid': 'both',
  'payout.failed': 'both',
  'payout-run.drafted': 'brand',
  'payout-run.approved': 'brand',
  'payout-run.rejected': 'brand',
  'payout-run.paid': 'brand',
  'statement.ready': 'both',
  'partner.enrolled': 'both',
  'partner.enrolment-changed': 'both',
  'cap.reached': 'both',
  'plan.added': 'brand',
} as const satisfies Record<string, 'brand' | 'both'>;
export type Subscribed = keyof typeof NOTICES;
/** `webhook.test` is sent on request and subscribed to by nobody. */
export type NoticeType = Subscribed | 'webhook.test';

export const BRAND_NOTICES = Object.keys(NOTICES) as [Subscribed, ...Subscribed[]];
export const PARTNER_NOTICES = BRAND_NOTICES.filter((type) => NOTICES[type] === 'both') as [
  Subscribed,
  ...Subscribed[],
];

/** One thing that happened, as a subscriber is told it. Where something changed, `data.previous` holds what it was. */
export interface Notice {
  /** Derived from the event and, of several orders in one, from the order's place: stable over redelivery. */
  readonly id: string;
  readonly type: NoticeType;
  readonly brandId: string;
  readonly at: Instant;
  /** Whose matter it is; absent when it is the brand's alone. */
  readonly partnerId?: string;
  /** Their part of what the brand is told whole in a notice of its own. */
  readonly toPartner?: true;
  readonly data: Readonly<Record<string, unknown>>;
}

type EventOf<Type extends TributaryEvent['type']> = Extract<TributaryEvent, { type: Type }>;
/** A line of an accrual as an event carries it. */
export type PostedLine = Pick<AccrualLine, 'eventType' | 'orderId' | 'cents' | 'totalCents' | 'reason'>;

/** What an event tells subscribers: nothing for those that are our own affair, one notice an order where a journal moved several. */
export function noticesOf(event: TributaryEvent): Notice[] {
  switch (event.type) {
    case 'conversion.received':
      return [one(event, 'conversion.recorded')];
    case 'conversion.returned':
    case 'conversion.cancelled':
    case 'conversion.amended':
    case 'partner.enrolled':
    case 'partner.enrolment-changed':
    case 'cap.reached':
    case 'plan.added':
    case 'dispute.raised':
    case 'dispute.answered':
    case 'dispute.withdrawn':
      return [one(event, event.type)];
    case 'conversion.flagged':
      return flagNotices(event);
    case 'adjustment.proposed':
    case 'adjustment.declined':
    case 'commission.adjusted':
      return [one(event, event.type, change(event.data))];
    case 'commission.posted':
      return commissionNotices(event, event.data.lines);
    case 'commission.released':
      return [one(event, 'commission.payable', amount(event.data))];
    case 'payout.item-exchanged': {
      const { toCents, ...data } = event.data;
      return [one(event, 'payout.exchanged', { ...amount(data), toAmountCents: toCents })];
    }
    case 'payout.item-reserved':
      return [one(event, 'payout.reserved', amount(event.data))];
    case 'payout.item-requested':
      return [forBrand(one(event, 'payout.requested', amount(event.data)))];
    case 'payout.item-paid':
      return [one(event, 'payout.paid', amount(event.data))];
    case 'payout.item-returned': {
      const { cause, ...data } = event.data;
      const previous = { status: 'paid' };
      return [one(event, 'payout.failed', { ...amount(data), reason: reasonIn(cause), previous })];
    }
    case 'payout.item-unreserved': {
      const { cause, ...data } = event.data;
      return [one(event, 'payout.failed', { ...amount(data), reason: reasonIn(cause) })];
    }
    case 'payout.drafted':
    case 'payout.approved':
    case 'payout.rejected':
    case 'payout.paid':
      return [one(event, `payout-run.${event.type.slice('payout.'.length)}` as Subscribed)];
    case 'statement.issued':
      return [one(event, 'statement.ready')];
    case 'commission.digest-due':
    case 'commission.plan-change-due':
    case 'dispute.overdue':
    case 'webhook.disabled':
      return [];
  }
}

/** All flags for the brand; for each partner concerned those that are theirs to know, none where what there was is gone. */
function flagNotices(event: EventOf<'conversion.flagged'>): Notice[] {
  const { partners, ...data } = event.data;
  const { programId, eventType, orderId, occurredAt } = data;
  const theirs = partners.map(
    ({ partnerId, flags }): Notice => ({
      id: derive('event', event.id, partnerId),
      type: 'conversion.flagged',
      brandId: event.brandId,
      at: event.at,
      partnerId,
      toPartner: true,
      data: { programId, partnerId, eventType, orderId, occurredAt, flags },
    }),
  );
  return [one(event, 'conversion.flagged', data), ...theirs];
}

/** The notices of a journal's lines; `lines` are the event's, or all of them read from the ledger where the event could not carry them. */
export function commissionNotices(event: EventOf<'commission.posted'>, lines: readonly PostedLine[]): Notice[] {
  const { programId, partnerId, currency, journalId, sequence } = event.data;
  return lines.map(({ eventType, orderId, cents, totalCents, reason }, place) => {
    const before = totalCents - cents;
    const type = reason === 'earned' && before === 0 ? 'commission.earned' : 'commission.changed';
    return {
      id: derive('event', event.id, place),
      type,
      brandId: event.brandId,
      at: event.at,
      partnerId,
      data: {
        programId,
        partnerId,
        currency,
        journalId,
        sequence,
        eventType,
        orderId,
        commissionCents: totalCents,
        ...(type === 'commission.changed' && { previous: { commissionCents: before }, changeCents: cents, reason }),
      },
    };
  });
}

/** A commission's notice with what its partner may know of the order: its worth, its flags, and their own click's id. Never the customer. */
export function withOrder(notice: Notice, conversion: Conversion, subs: SubIds = {}): Notice {
  const clickedBy = clickOf(conversion)?.partnerId;
  const own = clickedBy === notice.partnerId;
  const flags = notice.partnerId === undefined ? [] : flagsFor(notice.partnerId, conversion, clickedBy);
  return {
    ...notice,
    data: {
      ...notice.data,
      saleCents: remainingOrder({ ...conversion, returned: {}, cancelled: undefined }).commissionableCents,
      ...(own && { clickId: conversion.clickId, ...subs }),
      ...(flags.length > 0 && { flags }),
    },
  };
}

/** Everything a subscriber's copy says, as JSON text. Written once, at the first fan-out, so every attempt sends the same bytes. */
export const bodyOf = ({ id, type, at, data }: Notice): string => JSON.stringify({ id, type, timestamp: at, data });

/** The notice back from its stored text. */
export function noticeIn(body: string, brandId: string): Notice {
  const { id, type, timestamp, data } = JSON.parse(body) as Notice & { readonly timestamp: Instant };
  return { id, type, at: timestamp, brandId, data };
}

function one(event: TributaryEvent, type: Subscribed, data: Readonly<Record<string, unknown>> = event.data): Notice {
  const partnerId = typeof data.partnerId === 'string' ? data.partnerId : undefined;
  return {
    id: event.id,
    type,
    brandId: event.brandId,
    at: event.at,
    ...(partnerId !== undefined && { partnerId }),
    data,
  };
}

/** Of a partner, and no partner's to hear. */
const forBrand = ({ partnerId: _, ...notice }: Notice): Notice => notice;

function amount<Data extends { readonly cents: number }>({ cents, ...data }: Data) {
  return { ...data, amountCents: cents };
}

function change<Data extends { readonly cents: number }>({ cents, ...data }: Data) {
  return { ...data, changeCents: cents };
}

/** A ledger's cause is `<item id>: <why>`; the id stands beside it already. */
const reasonIn = (cause: string) => cause.replace(/^itm_\w+: /, '');
