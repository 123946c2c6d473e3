import type { Ground, Running } from './contract.ts';
import { openDatabase } from './durable.ts';
import type { Tables } from './dynamodb/start.ts';
import { askEngine } from './dynamodb/wire.ts';
import { failureDestinations } from './failure-destination.ts';
import { isOnStream, type Mapping, mappingOf } from './streams/mapping.ts';
import { followShard, type ShardReader } from './streams/shard.ts';

/**
 * Event source mappings from a table's stream to a function.
 *
 * A reader follows each shard for each mapping and keeps its place on disk, so that after a crash no record is skipped and only those in
 * the last batch are delivered again. Readers sleep until the table is written to.
 */
export async function startStreamSources(ground: Ground, tables: Tables): Promise<Running & { idle(): Promise<void> }> {
  const mappings = ground.assembly
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter((resource) => isOnStream(resource) && resource.properties.Enabled !== false)
    .map((resource) => mappingOf(resource, ground));
  const database = openDatabase(
    ground.dataDir('stream-source'),
    'CREATE TABLE IF NOT EXISTS places (mapping TEXT, shard TEXT, sequence TEXT NOT NULL, PRIMARY KEY (mapping, shard))',
  );
  const placeOf = database.prepare('SELECT sequence FROM places WHERE mapping = ? AND shard = ?');
  const setPlace = database.prepare('INSERT OR REPLACE INTO places VALUES (?, ?, ?)');
  const sendTo = failureDestinations(ground);
  const readers: { readonly table: string; readonly reader: ShardReader }[] = [];

  const follow = (mapping: Mapping, engineStreamArn: string, shardId: string) =>
    followShard({
      mapping,
      shardId,
      engineStreamArn,
      region: ground.region,
      send: tables.send,
      invoke: ground.invoke,
      checkpoint: {
        read: () => placeOf.get(mapping.where, shardId)?.sequence as string | undefined,
        write: (sequence) => void setPlace.run(mapping.where, shardId, sequence),
      },
      sendFailure: (destinationArn, body) => sendTo(mapping.role, destinationArn, body),
      log: (line) => ground.log('streams', line),
    });

  for (const mapping of mappings) {
    const engineStreamArn = tables.engineStreams.get(mapping.table);
    if (!engineStreamArn) throw new Error(`${mapping.where}: the table ${mapping.table} has no stream`);
    const { StreamDescription } = await askEngine<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
      tables.send,
      'streams:DescribeStream',
      { StreamArn: engineStreamArn },
    );
    for (const { ShardId } of StreamDescription.Shards) {
      readers.push({ table: mapping.table, reader: follow(mapping, engineStreamArn, ShardId) });
    }
  }
  tables.onWrite((table) => {
    for (const one of readers) if (one.table === table) one.reader.wake();
  });

  return {
    async idle() {
      await Promise.all(readers.map(({ reader }) => reader.idle()));
    },
    async close() {
      await Promise.all(readers.map(({ reader }) => reader.close()));
      database.close();
    },
  };
}
