import { AwsCallError, type LeanCall } from '../aws/lean-client.ts';
import type { Instant } from '../time.ts';
import { contradictions } from '../tracking/adjustment.ts';
import type { CancellationReport, Conversion, ConversionEvent, ConversionReport } from '../tracking/conversion.ts';
import { type Attributes, fromAttributes, toAttributes } from './attribute-values.ts';
import { eventRow } from './conversion-event-row.ts';
import { CONVERSION, conversionPk, openKeyOf } from './conversion-keys.ts';
import { newRow, revisionWrite, toConversion } from './conversion-row.ts';
import { conversionOf, type RecordContext } from './new-conversion.ts';

/** What a postback came to. `different`: under the same name stands something else; nothing was written. */
export interface LeanOutcome {
  readonly outcome: 'recorded' | 'cancelled' | 'already-there' | 'different';
  readonly differences: readonly string[];
}

/** What became of a report, with the conversion as it is stored. */
export interface LeanRecorded extends LeanOutcome {
  readonly outcome: 'recorded' | 'already-there' | 'different';
  readonly conversion: Conversion;
}

/** A settlement meeting a cancellation gives way a few times at most. */
const ATTEMPTS = 4;

/**
 * Records and cancels conversions without the document client: the rows that `conversions.ts` and `conversion-adjustments.ts` write.
 * One write unit for a conversion, as there.
 */
export function leanConversions(call: LeanCall, table: string, deadlineMs: number) {
  async function stored(conversion: Conversion): Promise<Conversion | undefined> {
    const Key = toAttributes({ pk: conversionPk(conversion), sk: CONVERSION });
    const input = { TableName: table, Key, ConsistentRead: true };
    const { Item } = (await call('GetItem', input, deadlineMs)) as { Item?: Attributes };
    return Item && toConversion(fromAttributes(Item));
  }

  /** Puts the row of a new conversion, and what happened to it with it; `false` when its name is taken. */
  async function put(conversion: Conversion, event?: ConversionEvent): Promise<boolean> {
    const rows = [newRow(conversion), ...(event ? [eventRow(conversion, event)] : [])];
    const puts = rows.map((row) => ({
      TableName: table,
      Item: toAttributes(row),
      ConditionExpression: 'attribute_not_exists(pk)',
    }));
    return event
      ? written(call('TransactWriteItems', { TransactItems: puts.map((Put) => ({ Put })) }, deadlineMs))
      : written(call('PutItem', puts[0]!, deadlineMs));
  }

  return {
    /** Stores a report unless its natural key is taken. */
    async record(report: ConversionReport, context: RecordContext): Promise<LeanRecorded> {
      const conversion = conversionOf(report, context);
      if (await put(conversion)) return { outcome: 'recorded', conversion, differences: [] };
      const known = await stored(conversion);
      if (!known) throw new Error('a conversion that was there is gone');
      const differences = contradictions(known, report);
      return { outcome: differences.length > 0 ? 'different' : 'already-there', conversion: known, differences };
    },

    /** Cancels a conversion. One that was never reported is stored as cancelled, so that a late report of it earns nothing either. */
    async cancel(
      report: ConversionReport,
      reason: CancellationReport['reason'],
      context: RecordContext,
    ): Promise<LeanOutcome> {
      const { at, keyId } = context;
      const told = (revision: number): ConversionEvent => ({
        kind: 'cancellation',
        ...{ reason, occurredAt: at, receivedAt: at, reportedBy: keyId, revision },
      });
      const cancelled: { at: Instant; reason: string } = { at, reason };
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const fresh = { ...conversionOf(report, context), cancelled };
        const known = await stored(fresh);
        if (!known) {
          if (await put(fresh, told(1))) return { outcome: 'cancelled', differences: [] };
          continue;
        }
        if (known.cancelled) return { outcome: 'already-there', differences: [] };
        const { Update } = revisionWrite(table, known, { can: cancelled, ...openKeyOf(known) });
        const { Key, ExpressionAttributeValues, ...update } = Update!;
        const TransactItems = [
          {
            Put: {
              TableName: table,
              Item: toAttributes(eventRow(known, told(known.revision + 1))),
              ConditionExpression: 'attribute_not_exists(pk)',
            },
          },
          {
            Update: {
              ...update,
              Key: toAttributes(Key!),
              ExpressionAttributeValues: toAttributes(ExpressionAttributeValues!),
            },
          },
        ];
        if (await written(call('TransactWriteItems', { TransactItems }, deadlineMs)))
          return { outcome: 'cancelled', differences: [] };
      }
      throw new AwsCallError('Busy', 0, 'the conversion is being changed by others');
    },
  };
}

/** Whether a conditional write was done: `false` when a condition failed, which is an ordinary outcome. */
async function written(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    const code = error instanceof AwsCallError ? error.code : '';
    const failed = code === 'ConditionalCheckFailedException' || code === 'TransactionCanceledException';
    if (!failed) throw error;
    return false;
  }
}
