import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { VisibleError } from '../errors.ts';
import type { Instant } from '../time.ts';
import { decideReturn, eventContradictions, type ReturnDecision } from '../tracking/adjustment.ts';
import type {
  CancellationReport,
  Conversion,
  ConversionEvent,
  ConversionKey,
  ReturnReport,
} from '../tracking/conversion.ts';
import { eventRow, eventSk } from './conversion-event-row.ts';
import { openKeyOf } from './conversion-keys.ts';
import { revisionWrite } from './conversion-row.ts';
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
  | Exclude<ReturnDecision, { outcome: 'accepted' }>;

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

/** Returns and cancellations of conversions: each an event row of its own, written with the change it makes. */
export function adjustments(client: DynamoDBDocumentClient, table: string, get: Get) {
  /** `decide` works from the stored conversion, and again when another writer was faster. */
  async function adjust(
    { brandId, programId, eventType, orderId }: ConversionKey,
    named: Parameters<typeof eventSk>[0],
    report: Parameters<typeof eventContradictions>[1],
    beside: readonly Write[],
    decide: (before: Conversion) => { event: ConversionEvent; after: Conversion } | Adjusted,
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
      const decided = decide(conversion);
      if ('outcome' in decided) return decided;
      const { after } = decided;
      const written = await writeTogether(client, [
        {
          Put: {
            TableName: table,
            Item: eventRow(after, decided.event),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        revisionWrite(table, conversion, { ret: after.returned, can: after.cancelled, ...openKeyOf(after) }),
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
          after: { ...before, cancelled: { at: occurredAt, reason }, revision, open: true },
        };
      });
    },
  };
}
