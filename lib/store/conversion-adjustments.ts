import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { VisibleError } from '../errors.ts';
import type { Instant } from '../time.ts';
import { decideReturn, type EventReport, eventContradictions, type ReturnDecision } from '../tracking/adjustment.ts';
import {
  type AmendmentDecision,
  type AmendmentReport,
  decideAmendment,
  digestOf,
  fixedDifferences,
  restatement,
  settingsOf,
} from '../tracking/amendment.ts';
import type {
  CancellationReport,
  ChargebackReport,
  Conversion,
  ConversionEvent,
  ConversionKey,
  ConversionReport,
  ReturnReport,
} from '../tracking/conversion.ts';
import { type EventName, eventRow, eventSk } from './conversion-event-row.ts';
import { openKeyOf } from './conversion-keys.ts';
import { amendmentCells, revisionWrite } from './conversion-row.ts';
import { type Write, writeTogether } from './transaction.ts';

/** What reporting a return or a cancellation came to. */
export type Adjusted =
  | {
      /** `already-there`: the same was recorded before. `different`: under the same id stands something else; nothing was written. */
      readonly outcome: 'recorded' | 'already-there' | 'different';
      readonly conversion: Conversion;
      readonly event: ConversionEvent;
      /** Fields in which the report contradicts the stored event. */
      readonly differences: readonly string[];
    }
  | { readonly outcome: 'no-such-conversion' }
  /** A restatement of what an order is from its first report on; nothing was written. */
  | { readonly outcome: 'fixed'; readonly differences: readonly string[] }
  /** A restatement that says what is stored already; nothing was written. */
  | { readonly outcome: 'unchanged'; readonly conversion: Conversion }
  | Exclude<ReturnDecision, { outcome: 'accepted' }>
  | Exclude<AmendmentDecision, { outcome: 'accepted' }>;

/** Who reports it and when; `beside` is written in the same transaction (the audit entry). */
export interface Adjusting {
  readonly at: Instant;
  /** Id of the API key. */
  readonly keyId: string;
  readonly beside?: readonly Write[];
}

type Get = (
  brandId: string,
  programId: string,
  eventType: string,
  orderId: string,
) => Promise<{ readonly conversion: Conversion; readonly events: readonly ConversionEvent[] } | undefined>;

/** A settlement meeting a return, or two returns of one order, give way to each other a few times at most. */
const ATTEMPTS = 5;

/** Returns, amendments, cancellations and chargebacks of conversions: each an event row of its own, written with the change it makes. */
export function adjustments(client: DynamoDBDocumentClient, table: string, get: Get) {
  /** `decide` works from the stored conversion, and again when another writer was faster. */
  async function adjust(
    { brandId, programId, eventType, orderId }: ConversionKey,
    named: EventName,
    report: EventReport,
    beside: readonly Write[],
    decide: (
      before: Conversion,
      told: readonly ConversionEvent[],
    ) => { event: ConversionEvent; after: Conversion; cells?: ReturnType<typeof amendmentCells> } | Adjusted,
  ): Promise<Adjusted> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const found = await get(brandId, programId, eventType, orderId);
      if (!found) return { outcome: 'no-such-conversion' };
      const { conversion } = found;
      const event = found.events.find((known) => eventSk(known) === eventSk(named));
      if (event) {
        const differences = eventContradictions(event, report);
        return { outcome: differences.length > 0 ? 'different' : 'already-there', conversion, event, differences };
      }
      const decided = decide(conversion, found.events);
      if ('outcome' in decided) return decided;
      const { after, cells } = decided;
      const written = await writeTogether(client, [
        {
          Put: {
            TableName: table,
            Item: eventRow(after, decided.event),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        revisionWrite(
          table,
          conversion,
          { ret: after.returned, can: after.cancelled, ...openKeyOf(after), ...cells?.set },
          cells?.remove,
        ),
        ...beside,
      ]);
      if (written.written) return { outcome: 'recorded', conversion: after, event: decided.event, differences: [] };
    }
    throw new VisibleError('throttled', 'busy', `${eventType} ${orderId} is being changed by others; try again.`);
  }

  return {
    /** Records that items came back, and gives the conversion work to do again. All lines are taken, or none. */
    addReturn(key: ConversionKey, report: ReturnReport, { at, keyId, beside = [] }: Adjusting): Promise<Adjusted> {
      const { returnId, lines, reason, occurredAt = at } = report;
      return adjust(key, { kind: 'return', returnId }, report, beside, (before) => {
        const decision = decideReturn(before, report);
        if (decision.outcome !== 'accepted') return decision;
        const revision = before.revision + 1;
        return {
          event: { kind: 'return', returnId, lines, reason, occurredAt, receivedAt: at, reportedBy: keyId, revision },
          after: { ...before, returned: decision.returned, revision, open: true },
        };
      });
    },

    /** Records that the whole conversion is void, and gives it work to do again. A conversion has one cancellation. */
    cancel(key: ConversionKey, report: CancellationReport, { at, keyId, beside = [] }: Adjusting): Promise<Adjusted> {
      const { reason, occurredAt = at } = report;
      return adjust(key, { kind: 'cancellation' }, report, beside, (before) => {
        const revision = before.revision + 1;
        return {
          event: { kind: 'cancellation', reason, occurredAt, receivedAt: at, reportedBy: keyId, revision },
          after: { ...before, cancelled: voided(before, { at: occurredAt, reason }), revision, open: true },
        };
      });
    },

    /** Records that the customer's bank took the payment back: the conversion is void. */
    chargeBack(key: ConversionKey, report: ChargebackReport, { at, keyId, beside = [] }: Adjusting): Promise<Adjusted> {
      const { chargebackId, reason, amountCents, occurredAt = at } = report;
      return adjust(key, { kind: 'chargeback', chargebackId }, report, beside, (before) => {
        const revision = before.revision + 1;
        const told = { occurredAt, receivedAt: at, reportedBy: keyId, revision };
        return {
          event: {
            kind: 'chargeback',
            chargebackId,
            reason,
            ...(amountCents !== undefined && { amountCents }),
            ...told,
          },
          after: {
            ...before,
            cancelled: voided(before, { at: occurredAt, reason: 'chargeback' }),
            revision,
            open: true,
          },
        };
      });
    },

    /** Changes what an order says of itself, and gives the conversion work to do again. Old and new values are kept in the event. */
    amend(key: ConversionKey, report: AmendmentReport, { at, keyId, beside = [] }: Adjusting): Promise<Adjusted> {
      const { amendmentId, reason, occurredAt = at } = report;
      const set = settingsOf(report);
      const compared = { occurredAt: report.occurredAt, reason, set };
      return adjust(key, { kind: 'amendment', amendmentId }, compared, beside, (before, told) => {
        const source = { receivedAt: at, reportedBy: keyId };
        const decision = decideAmendment(before, told, { amendmentId, reason, set, occurredAt }, source);
        if (decision.outcome !== 'accepted') return decision;
        const { event, after } = decision;
        return { event, after, cells: amendmentCells(after) };
      });
    },

    /**
     * Brings an order to the whole state that was stated of it, as of a time: what differs is an amendment under the restatement's id,
     * and what was amended later than that time stays. An order that is as stated already is not written.
     */
    restate(
      key: ConversionKey,
      stated: ConversionReport,
      { restatementId, statedAt }: { readonly restatementId: string; readonly statedAt: Instant },
      { at, keyId }: Adjusting,
    ): Promise<Adjusted> {
      const named = { kind: 'amendment', amendmentId: restatementId } as const;
      const compared = { occurredAt: statedAt, reason: 'restated', digest: digestOf(stated) };
      return adjust(key, named, compared, [], (before, told) => {
        const fixed = fixedDifferences(before, stated);
        if (fixed.length > 0) return { outcome: 'fixed', differences: fixed };
        const change = { ...named, reason: 'restated' as const, ...restatement(before, stated), occurredAt: statedAt };
        const decision = decideAmendment(before, told, change, { receivedAt: at, reportedBy: keyId });
        if (decision.outcome !== 'accepted') return decision;
        if (!decision.changes) return { outcome: 'unchanged', conversion: before };
        const { event, after } = decision;
        return { event, after, cells: amendmentCells(after) };
      });
    },
  };
}

/** The earlier of two things that make an order void: which one was told first does not matter. */
function voided(before: Conversion, now: NonNullable<Conversion['cancelled']>): NonNullable<Conversion['cancelled']> {
  const { cancelled } = before;
  if (!cancelled) return now;
  return `${cancelled.at}${cancelled.reason}` <= `${now.at}${now.reason}` ? cancelled : now;
}
