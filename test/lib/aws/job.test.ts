import { expect, test } from 'vitest';
import * as z from 'zod';
import { job } from '../../../lib/aws/job.ts';
import { wallClockMs } from '../../../lib/clock.ts';
import { instant } from '../../../lib/time.ts';

const step = job(z.object({ asOf: z.string().optional(), brandId: z.string() }), async (input) => ({ input }));
const context = { getRemainingTimeInMillis: () => 60_000 };
const from = (aheadMs: number) => instant(wallClockMs() + aheadMs);

test.each([
  ['long ago', () => '2026-03-01T00:00:00.000Z'],
  ['now', () => from(0)],
  ['a moment ahead: the clock that started the execution is another than this one', () => from(5_000)],
])('an as-of time %s is reasoned from', async (_, asOf) => {
  const at = asOf();
  expect(await step({ brandId: 'brd_000000', asOf: at }, context)).toEqual({
    input: { brandId: 'brd_000000', asOf: at },
  });
});

test('a time to come is refused: what a job does as of it cannot be taken back', async () => {
  await expect(step({ brandId: 'brd_000000', asOf: from(3_600_000) }, context)).rejects.toThrow(
    /asOf: .* is in the future/,
  );
});

test('a wrong input is refused by field', async () => {
  await expect(step({ asOf: from(0) }, context)).rejects.toThrow(/brandId: /);
});
