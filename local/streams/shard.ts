import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockMs } from '../../lib/clock.ts';
import type { Invoke } from '../contract.ts';
import { askEngine, type Wire } from '../dynamodb/wire.ts';
import { deliver } from './delivery.ts';
import type { Mapping } from './mapping.ts';
import { changesNothing, type EngineRecord, streamRecord } from './record.ts';
import { tumblingWindow } from './tumbling-window.ts';

/** Where a mapping stands in a shard: the engine's sequence number of the last record that is done. */
export interface Checkpoint {
  read(): string | undefined;
  write(sequence: string): void;
}

export interface ShardGround {
  readonly mapping: Mapping;
  readonly shardId: string;
  readonly engineStreamArn: string;
  readonly region: string;
  readonly send: Wire;
  readonly invoke: Invoke;
  readonly checkpoint: Checkpoint;
  readonly sendFailure: (destinationArn: string, body: unknown) => Promise<void>;
  log(line: string): void;
}

/** One shard followed for one mapping. */
export interface ShardReader {
  /** The table was written to. */
  wake(): void;
  /** Resolves when everything written before the call is delivered or given up; gathers no longer than it must meanwhile. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Writes come in bursts: after a first one the reader waits this long for its neighbours. */
const GATHER_MS = 40;
/** Without a write the reader still looks this often, for whatever was written past the front door. */
const LOOK_EVERY_MS = 5_000;
/** How long a closing laptop waits for a batch; one that is not done by then is delivered again. */
const PATIENCE_MS = 2_000;
const ENGINE_LIMIT = 1_000;

interface Page {
  readonly Records: readonly EngineRecord[];
  readonly NextShardIterator?: string | null;
}

/** Follows a shard from its checkpoint on until it is closed, or the engine says that the shard has ended. */
export function followShard(ground: ShardGround): ShardReader {
  const { mapping, shardId, region, checkpoint, log } = ground;
  const stopping = new AbortController();
  const windows = tumblingWindow(mapping.tumblingMs, shardId, mapping.streamArn);
  const waiting: (() => void)[] = [];
  let iterator: string | undefined;
  let ended = false;
  let woken = true;
  let wakeUp = () => {};

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (stopping.signal.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const read = async (limit: number): Promise<readonly EngineRecord[]> => {
    iterator ??= await startOf(ground);
    const { Records, NextShardIterator } = await askEngine<Page>(ground.send, 'streams:GetRecords', {
      ShardIterator: iterator,
      Limit: Math.min(limit, ENGINE_LIMIT),
    });
    if (!NextShardIterator) ended = true;
    iterator = NextShardIterator ?? iterator;
    return Records;
  };

  /** A full batch, or what there is when the window is over or somebody waits for idleness. */
  const gather = async (): Promise<EngineRecord[]> => {
    const batch = [...(await read(mapping.batchSize))];
    const untilMs = wallClockMs() + mapping.windowMs;
    while (batch.length > 0 && batch.length < mapping.batchSize && waiting.length === 0 && !stopping.signal.aborted) {
      const left = untilMs - wallClockMs();
      if (left <= 0) break;
      await pause(Math.min(left, 250));
      batch.push(...(await read(mapping.batchSize - batch.length)));
    }
    return batch;
  };

  const hand = async (batch: readonly EngineRecord[]) => {
    const kept = batch
      .filter((record) => !changesNothing(record))
      .map((record) => ({ record, shown: streamRecord(record, mapping.streamArn, region) }))
      .filter(({ shown }) => mapping.wanted(shown));
    const sequences = new Map(kept.map(({ record, shown }) => [shown, record.dynamodb.SequenceNumber]));
    for (const run of windows.runs(kept.map(({ shown }) => shown))) {
      if (run.length === 0) continue;
      await deliver(
        {
          ...ground,
          around: windows.around,
          answered: windows.answered,
          done: (shown) => checkpoint.write(sequences.get(shown)!),
          signal: stopping.signal,
        },
        run,
      );
    }
    checkpoint.write(batch.at(-1)!.dynamodb.SequenceNumber);
  };

  const finishWindow = async () => {
    const event = windows.final(wallClockMs());
    if (!event) return;
    const outcome = await ground.invoke(mapping.functionArn, event);
    if (!outcome.ok) log(`${mapping.functionName} failed at the end of a window: ${outcome.errorMessage}`);
  };

  const follow = async () => {
    while (!stopping.signal.aborted && !ended) {
      woken = false;
      const asked = waiting.length;
      try {
        const batch = await gather();
        if (batch.length > 0) {
          await hand(batch);
          continue;
        }
        await finishWindow();
      } catch (error) {
        if (stopping.signal.aborted) return;
        iterator = undefined;
        log(`${mapping.where}: ${error instanceof Error ? error.message : String(error)}`);
        await pause(1_000);
        continue;
      }
      for (const resolve of waiting.splice(0, asked)) resolve();
      if (waiting.length > 0) continue;
      if (!woken) await pause(mapping.tumblingMs > 0 ? Math.min(1_000, mapping.tumblingMs) : LOOK_EVERY_MS);
      if (waiting.length === 0) await pause(GATHER_MS);
    }
    for (const resolve of waiting.splice(0)) resolve();
  };
  const following = follow();

  const wake = () => {
    woken = true;
    wakeUp();
  };
  return {
    wake,
    idle: () =>
      new Promise<void>((resolve) => {
        if (ended || stopping.signal.aborted) return resolve();
        waiting.push(resolve);
        wake();
      }),
    async close() {
      stopping.abort();
      wakeUp();
      await Promise.race([following, sleep(PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}

async function startOf({ mapping, shardId, engineStreamArn, send, checkpoint }: ShardGround): Promise<string> {
  const after = checkpoint.read();
  const { ShardIterator } = await askEngine<{ ShardIterator: string }>(send, 'streams:GetShardIterator', {
    StreamArn: engineStreamArn,
    ShardId: shardId,
    ...(after === undefined
      ? { ShardIteratorType: mapping.fromStart ? 'TRIM_HORIZON' : 'LATEST' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
  });
  return ShardIterator;
}
