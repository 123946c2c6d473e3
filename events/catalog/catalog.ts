import * as z from 'zod';
import * as adjustment from './adjustment.ts';
import * as cap from './cap.ts';
import * as commission from './commission.ts';
import * as conversion from './conversion.ts';
import * as dispute from './dispute.ts';
import type { DomainEvent, EventContract } from './envelope.ts';
import { InstantText, idOf } from './fields.ts';
import * as partner from './partner.ts';
import * as payout from './payout.ts';
import * as statement from './statement.ts';
import * as webhook from './webhook.ts';

/** Every event there is. A type that is not here is published by nobody and understood by nobody. */
const CONTRACTS = [
  partner.PartnerEnrolled,
  partner.EnrolmentChanged,
  conversion.ConversionReceived,
  conversion.ConversionReturned,
  conversion.ConversionCancelled,
  conversion.ConversionAmended,
  conversion.ConversionFlagged,
  commission.CommissionPosted,
  commission.CommissionReleased,
  commission.DigestDue,
  commission.PlanChangeDue,
  commission.PlanAdded,
  adjustment.AdjustmentProposed,
  adjustment.AdjustmentDeclined,
  adjustment.CommissionAdjusted,
  dispute.DisputeRaised,
  dispute.DisputeAnswered,
  dispute.DisputeWithdrawn,
  dispute.DisputesOverdue,
  payout.PayoutDrafted,
  payout.PayoutApproved,
  payout.PayoutRejected,
  payout.PayoutPaid,
  payout.PayoutItemExchanged,
  payout.PayoutItemReserved,
  payout.PayoutItemRequested,
  payout.PayoutItemPaid,
  payout.PayoutItemUnreserved,
  payout.PayoutItemReturned,
  statement.StatementIssued,
  webhook.WebhookDisabled,
  cap.CapReached,
] as const;

type EventOf<Contract> =
  Contract extends EventContract<infer Type, infer Schema> ? DomainEvent<Type, z.infer<Schema>> : never;
/** An event of the catalog, told apart by `type`. */
export type TributaryEvent = EventOf<(typeof CONTRACTS)[number]>;
export type EventType = TributaryEvent['type'];
/** What an event of one type carries. */
export type EventData<Type extends EventType> = Extract<TributaryEvent, { type: Type }>['data'];

export const EVENT_TYPES: readonly EventType[] = CONTRACTS.map(({ type }) => type);

const envelope = { id: idOf('event'), brandId: idOf('brand'), at: InstantText };
const schemas = new Map<string, z.ZodType>(
  CONTRACTS.map(({ type, data }) => [type, z.object({ ...envelope, type: z.literal(type), data })]),
);

/** The event in a value from outside, or in words what is wrong with it. Fields of a later version are dropped, not refused. */
export function readEvent(value: unknown): { readonly event: TributaryEvent } | { readonly problem: string } {
  const type = typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : undefined;
  if (type === undefined) return { problem: 'not an event: no type' };
  const schema = schemas.get(type);
  if (!schema) return { problem: `no event type of ours: ${type.slice(0, 60)}` };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { event: parsed.data as TributaryEvent };
  const [first] = parsed.error.issues;
  return { problem: `${type}: ${first?.path.join('.')}: ${first?.message}` };
}
