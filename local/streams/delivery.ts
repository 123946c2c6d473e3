import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockMs } from '../../lib/clock.ts';
import { instant } from '../../lib/time.ts';
import type { Invocation, Invoke } from '../contract.ts';
import type { Mapping } from './mapping.ts';
import type { StreamRecord } from './record.ts';

export interface DeliveryGround {
  readonly mapping: Mapping;
  readonly shardId: string;
  readonly invoke: Invoke;
  /** What the event carries beside its records; a tumbling window adds its fields. */
  readonly around: (records: readonly StreamRecord[]) => Readonly<Record<string, unknown>>;
  readonly answered: (payload: unknown) => void;
  /** Records up to and including this one are done and need not be delivered again. */
  readonly done: (record: StreamRecord) => void;
  readonly sendFailure: (destinationArn: string, body: unknown) => Promise<void>;
  readonly signal: AbortSignal;
  log(line: string): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Delivers one batch until every record of it was taken, or given up by the mapping's own rules: a failed batch is halved when the
 * mapping bisects, tried again otherwise; what is out of tries or too old goes to the on-failure destination as its place in the
 * stream, and the shard moves on. Rejects only when the laptop closes.
 */
export async function deliver(ground: DeliveryGround, records: readonly StreamRecord[]): Promise<void> {
  const { mapping } = ground;
  let rest = records;
  for (let tries = 1; rest.length > 0; tries += 1) {
    const outcome = await ground.invoke(mapping.functionArn, { Records: rest, ...ground.around(rest) });
    ground.signal.throwIfAborted();
    if (outcome.ok) ground.answered(outcome.payload);
    const taken = takenOf(outcome, rest, mapping);
    if (taken > 0) {
      ground.done(rest[taken - 1]!);
      rest = rest.slice(taken);
      tries = 0;
      continue;
    }
    ground.log(`${mapping.functionName} did not take ${rest.length} records of ${mapping.table}: ${reasonOf(outcome)}`);
    if (mapping.bisects && rest.length > 1) {
      const middle = Math.ceil(rest.length / 2);
      await deliver(ground, rest.slice(0, middle));
      await deliver(ground, rest.slice(middle));
      return;
    }
    if (isOver(mapping, rest, tries)) {
      await giveUp(ground, rest, tries, outcome);
      return;
    }
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)), undefined, { signal: ground.signal });
  }
}

/** How many records from the first on were taken: all, none, or those before the first that the function names as failed. */
function takenOf(outcome: Invocation, records: readonly StreamRecord[], { reportsFailures }: Mapping): number {
  if (!outcome.ok) return 0;
  if (!reportsFailures) return records.length;
  const named =
    (outcome.payload as { batchItemFailures?: { itemIdentifier?: unknown }[] } | null)?.batchItemFailures ?? [];
  if (named.length === 0) return records.length;
  const positions = named.map(({ itemIdentifier }) =>
    records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
  );
  // A name that is none of the batch's fails the whole batch, as does an empty one.
  return positions.includes(-1) ? 0 : Math.min(...positions);
}

const reasonOf = (outcome: Invocation) =>
  outcome.ok ? 'it names them as failed' : `${outcome.errorType}: ${outcome.errorMessage}`;

const arrivalMs = ({ dynamodb }: StreamRecord) => dynamodb.ApproximateCreationDateTime * 1000;

function isOver({ retries, maxAgeMs }: Mapping, records: readonly StreamRecord[], tries: number): boolean {
  if (retries >= 0 && tries > retries) return true;
  return maxAgeMs >= 0 && wallClockMs() - arrivalMs(records[0]!) > maxAgeMs;
}

async function giveUp(ground: DeliveryGround, records: readonly StreamRecord[], tries: number, outcome: Invocation) {
  const { mapping } = ground;
  const [first, last] = [records[0]!, records.at(-1)!];
  ground.log(
    `${mapping.functionName}: ${records.length} records of ${mapping.table} are given up after ${tries} tries`,
  );
  if (mapping.onFailureArn) {
    await ground.sendFailure(mapping.onFailureArn, {
      version: '1.0',
      timestamp: instant(wallClockMs()),
      requestContext: {
        requestId: first.eventID,
        functionArn: mapping.functionArn,
        condition: mapping.retries >= 0 && tries > mapping.retries ? 'RetryAttemptsExhausted' : 'RecordAgeExceeded',
        approximateInvokeCount: tries,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: outcome.ok ? null : 'Unhandled' },
      DDBStreamBatchInfo: {
        shardId: ground.shardId,
        startSequenceNumber: first.dynamodb.SequenceNumber,
        endSequenceNumber: last.dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: instant(arrivalMs(first)),
        approximateArrivalOfLastRecord: instant(arrivalMs(last)),
        batchSize: records.length,
        streamArn: mapping.streamArn,
      },
    });
  }
  ground.done(last);
}
