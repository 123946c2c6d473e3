import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { TributaryEvent } from '../../events/catalog/catalog.ts';
import { bus, MAX_EVENT_BYTES } from '../../lib/aws/bus.ts';
import { env } from '../../lib/aws/env.ts';
import { failures } from '../../lib/aws/failures.ts';
import { queue } from '../../lib/aws/queue.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { incident } from '../../lib/observability/incident.ts';
import { type Change, changeOf } from '../../lib/store/changes.ts';
import { eventsOf, type Outbox } from '../../lib/store/outbox.ts';
import { instant } from '../../lib/time.ts';

/**
 * Tells the bus what happened, from the streams of the tables. A record delivered again gives events with the same ids, so it does no harm
 * that a batch is repeated from its first failure on. A row that nobody can read is set aside and its neighbours go on.
 */
const events = bus(new EventBridgeClient({}), env('eventBus'));
const dead = failures(queue(new SQSClient({}), env('failureQueue')), 'stream/publish-changes');
const TABLES: Readonly<Record<string, Outbox>> = {
  [env('coreTable')]: 'core',
  [env('conversionsTable')]: 'conversions',
  [env('ledgerTable')]: 'ledger',
};

export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const told = (await Promise.all(Records.map(read))).flat();
  const outcomes = await events.publish(told.map(({ event }) => event));
  const place = outcomes.findIndex((outcome) => outcome !== 'published');
  const first = told[place];
  // Lambda goes on from the first failure and delivers everything after it again, so one place says it all.
  return { batchItemFailures: first ? [{ itemIdentifier: first.sequence }] : [] };
}

interface Told {
  readonly sequence: string;
  readonly event: TributaryEvent;
}

async function read(record: DynamoDBRecord): Promise<Told[]> {
  let change: Change;
  try {
    change = changeOf(record);
  } catch (error) {
    return setAside(record, error);
  }
  const table = TABLES[change.table];
  // A fault of the deployment and not of the row: the batch must wait, not be set aside.
  if (!table) throw new Error(`publish-changes was not told about the table ${change.table}`);
  try {
    const told = eventsOf(change, table);
    if (told.some((event) => Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES)) {
      throw new Error('its event is larger than the bus takes');
    }
    return told.map((event) => ({ sequence: change.sequence, event }));
  } catch (error) {
    return setAside(record, error);
  }
}

async function setAside(record: DynamoDBRecord, error: unknown): Promise<[]> {
  const now = wallClockMs();
  const facts = { eventID: record.eventID, keys: record.dynamodb?.Keys };
  incident('RecordSetAside', now, 'a row could not be read', error, facts);
  await dead.setAside(record, (error as Error).message, instant(now));
  return [];
}
