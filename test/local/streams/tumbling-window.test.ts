import { expect, test } from 'vitest';
import type { StreamRecord } from '../../../local/streams/record.ts';
import { tumblingWindow } from '../../../local/streams/tumbling-window.ts';

const at = (seconds: number) =>
  ({ dynamodb: { ApproximateCreationDateTime: seconds, SequenceNumber: String(seconds) } }) as StreamRecord;

test('records are split where a window ends', () => {
  const { runs } = tumblingWindow(60_000, 'shard', 'arn');
  expect(runs([at(0), at(59), at(60), at(119), at(120)]).map((run) => run.length)).toEqual([2, 2, 1]);
});

test('what the function returns as state comes back within the window, and once more when it ends', () => {
  const window = tumblingWindow(60_000, 'shard', 'arn');
  expect(window.around([at(5)])).toEqual({
    window: { start: '1970-01-01T00:00:00Z', end: '1970-01-01T00:01:00Z' },
    state: {},
    shardId: 'shard',
    eventSourceARN: 'arn',
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
  });
  window.answered({ state: { sum: 1 } });
  expect(window.around([at(9)])).toMatchObject({ state: { sum: 1 } });
  expect(window.final(59_999)).toBeUndefined();
  expect(window.final(60_000)).toMatchObject({ Records: [], state: { sum: 1 }, isFinalInvokeForWindow: true });
  expect(window.final(60_001)).toBeUndefined();
  expect(window.around([at(61)])).toMatchObject({ state: {} });
});

test('without windows an event carries nothing more', () => {
  const window = tumblingWindow(0, 'shard', 'arn');
  expect([window.runs([at(1), at(9_999)]).length, window.around([at(1)]), window.final(1e15)]).toEqual([
    1,
    {},
    undefined,
  ]);
});
