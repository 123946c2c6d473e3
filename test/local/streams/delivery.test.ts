import { describe, expect, test } from 'vitest';
import { deliver } from '../../../local/streams/delivery.ts';
import type { Mapping } from '../../../local/streams/mapping.ts';
import type { StreamRecord } from '../../../local/streams/record.ts';

const record = (n: number): StreamRecord => ({
  eventID: `e${n}`,
  eventName: 'INSERT',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  dynamodb: { ApproximateCreationDateTime: 1_700_000_000, SequenceNumber: String(n) },
  eventSourceARN: 'arn:stream',
});

/** Delivers records 1…n to a function that answers as told; says what it was called with, what was done and what was given up. */
async function delivered(n: number, behaves: (numbers: number[]) => unknown, given: Partial<Mapping> = {}) {
  const calls: number[][] = [];
  const done: number[] = [];
  const failures: {
    DDBStreamBatchInfo: { startSequenceNumber: string; endSequenceNumber: string };
    requestContext: object;
  }[] = [];
  const mapping: Mapping = {
    where: 's/M',
    streamArn: 'arn:stream',
    table: 't',
    functionArn: 'arn:fn',
    functionName: 'fn',
    role: 'r',
    batchSize: 10,
    windowMs: 0,
    fromStart: true,
    reportsFailures: true,
    bisects: false,
    retries: 1,
    maxAgeMs: -1,
    onFailureArn: 'arn:queue',
    tumblingMs: 0,
    wanted: () => true,
    ...given,
  };
  await deliver(
    {
      mapping,
      shardId: 'shard',
      invoke: async (_, event) => {
        const numbers = (event as { Records: StreamRecord[] }).Records.map(({ dynamodb }) =>
          Number(dynamodb.SequenceNumber),
        );
        calls.push(numbers);
        try {
          return { ok: true, payload: behaves(numbers), durationMs: 1 };
        } catch (error) {
          return { ok: false, errorType: 'Error', errorMessage: String(error), durationMs: 1 };
        }
      },
      around: () => ({}),
      answered: () => {},
      done: ({ dynamodb }) => done.push(Number(dynamodb.SequenceNumber)),
      sendFailure: async (_, body) => void failures.push(body as (typeof failures)[number]),
      signal: new AbortController().signal,
      log: () => {},
    },
    Array.from({ length: n }, (_, index) => record(index + 1)),
  );
  const givenUp = failures.map(({ DDBStreamBatchInfo: { startSequenceNumber, endSequenceNumber } }) => [
    Number(startSequenceNumber),
    Number(endSequenceNumber),
  ]);
  return { calls, done, givenUp, failures };
}

const failing =
  (...poison: number[]) =>
  (numbers: number[]) => {
    const first = numbers.find((number) => poison.includes(number));
    return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: String(first) }] };
  };
const throwing =
  (...poison: number[]) =>
  (numbers: number[]) => {
    if (numbers.some((number) => poison.includes(number))) throw new Error('poison');
  };

describe('a batch', () => {
  test('that is taken is delivered once', async () => {
    expect(await delivered(3, () => null)).toMatchObject({ calls: [[1, 2, 3]], done: [3], givenUp: [] });
  });

  test('with a record named as failed goes on from that record', async () => {
    const { calls, done, givenUp } = await delivered(4, failing(3));
    expect({ calls, done, givenUp }).toEqual({
      calls: [
        [1, 2, 3, 4],
        [3, 4],
        [3, 4],
      ],
      done: [2, 4],
      givenUp: [[3, 4]],
    });
  });

  test('is halved until the bad record is alone, when the mapping bisects', async () => {
    const { done, givenUp } = await delivered(4, throwing(3), { bisects: true });
    expect({ done, givenUp }).toEqual({ done: [2, 3, 4], givenUp: [[3, 3]] });
  });

  test('with two bad records loses only these', async () => {
    const { givenUp, calls } = await delivered(8, failing(2, 7), { bisects: true });
    expect(givenUp).toEqual([
      [2, 2],
      [7, 7],
    ]);
    expect(new Set(calls.flat())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  test('that recovers is given up by nobody', async () => {
    let tries = 0;
    const { calls, givenUp } = await delivered(
      2,
      () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
      },
      { retries: -1 },
    );
    expect({ calls: calls.length, givenUp }).toEqual({ calls: 3, givenUp: [] });
  });

  test.each([
    ['an unknown name', 'nobody'],
    ['an empty name', ''],
  ])('with %s as failed is failed as a whole', async (_, itemIdentifier) => {
    expect((await delivered(2, () => ({ batchItemFailures: [{ itemIdentifier }] }))).givenUp).toEqual([[1, 2]]);
  });

  test('too old is not tried again, and the destination is told why', async () => {
    const { calls, failures } = await delivered(1, throwing(1), { retries: -1, maxAgeMs: 60_000 });
    expect(calls).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', functionArn: 'arn:fn' },
      DDBStreamBatchInfo: {
        shardId: 'shard',
        batchSize: 1,
        approximateArrivalOfFirstRecord: '2023-11-14T22:13:20.000Z',
      },
    });
  });

  test("a function that does not report is asked for no names: what it returns doesn't matter", async () => {
    expect((await delivered(2, failing(1), { reportsFailures: false })).done).toEqual([2]);
  });
});
