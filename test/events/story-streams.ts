import { type _Record, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { changeOf } from '../../lib/store/changes.ts';
import { eventsOf, type Outbox } from '../../lib/store/outbox.ts';
import { type EngineRecord, streamRecord } from '../../local/streams/record.ts';
import type { JobsGround } from '../support/jobs-ground.ts';
import { tableStream } from '../support/table-stream.ts';
import { REGION, streamArn } from './aws-envelopes.ts';
import { MADE_AT_MS } from './story.ts';

const ROLES = ['core', 'clicks', 'conversions', 'ledger'] as const;
export type Role = (typeof ROLES)[number];

/** Rows of the core table that tell events, and one that tells none. */
const SHOWN = new Set(['enrolment', 'payoutRun', 'statement', 'partner', 'adjustment', 'dispute']);

/**
 * The streams of the story's tables, in an order that is the same each time. A job writes the rows of several partners at the same time, and
 * whichever comes first is first in the stream; DynamoDB promises an order for the changes of one row only, and that is kept.
 */
export function storyStreams({ engine, tables }: JobsGround) {
  const client = new DynamoDBStreamsClient({
    region: REGION,
    endpoint: engine.endpoint,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const taken: Record<Role, _Record[]> = { core: [], clicks: [], conversions: [], ledger: [] };
  async function take(inOrder: (fresh: readonly _Record[]) => readonly _Record[]): Promise<void> {
    for (const role of ROLES) {
      const all = await tableStream(client, tables[role]);
      taken[role].push(...inOrder(all.slice(taken[role].length)));
    }
  }

  return {
    /** Does something that writes several rows at the same time. */
    async during<Answer>(work: () => Promise<Answer>): Promise<Answer> {
      await take((written) => written);
      const answer = await work();
      await take(byKey);
      return answer;
    },

    /** All records so far as Lambda sends them. Times are the story's, one second apart. */
    async records(role: Role, table = `tributary-dev-data-${role}`): Promise<DynamoDBRecord[]> {
      await take((written) => written);
      return taken[role].map(({ eventName, dynamodb }, place) => {
        const told = { ...sorted({ ...dynamodb }), ApproximateCreationDateTime: MADE_AT_MS / 1000 + place };
        const record = { eventName, dynamodb: told } as unknown as EngineRecord;
        return streamRecord(record, streamArn(table), REGION) as unknown as DynamoDBRecord;
      });
    },
  };
}
export type StoryStreams = ReturnType<typeof storyStreams>;

/** In the order of the rows' keys, each row's changes in their own; with the same sequence numbers, again ascending. */
function byKey(records: readonly _Record[]): _Record[] {
  const keyed = records.map((record) => ({ record, key: JSON.stringify(sorted({ ...record.dynamodb?.Keys })) }));
  keyed.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  return keyed.map(({ record }, place) => {
    const { SequenceNumber } = records[place]!.dynamodb!;
    return { ...record, dynamodb: { ...record.dynamodb, SequenceNumber } };
  });
}

/** Attributes in the order of their names: the engine gives them in another one each time. */
function sorted<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)])) as Value;
}

/** The events that records tell of. */
export const eventsIn = (records: readonly DynamoDBRecord[], role: Outbox) =>
  records.flatMap((record) => eventsOf(changeOf(record), role));

/** One record of each kind: what happened to which sort of row, and every event that a record tells of. */
export function oneOfEach(records: readonly DynamoDBRecord[], role: Outbox): DynamoDBRecord[] {
  const seen = new Set<string>();
  return records.filter((record) => {
    const row = record.dynamodb?.NewImage;
    if (role === 'core' && !SHOWN.has(row?.__edb_e__?.S ?? '')) return false;
    const sort = [row?.__edb_e__?.S, row?.kind?.S, row?.sk?.S?.replace(/#.*/, '').replace(/^[^E].*/, '')].join(' ');
    const settled = row?.sv !== undefined;
    const kinds = [`${record.eventName} ${sort} ${settled}`, ...eventsIn([record], role).map(({ type }) => type)];
    const isNew = kinds.some((kind) => !seen.has(kind));
    for (const kind of kinds) seen.add(kind);
    return isNew;
  });
}
