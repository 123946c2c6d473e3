import { expect, test } from 'vitest';
import { jobsGround } from '../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../support/program.ts';
import { storyStreams } from './story-streams.ts';

type Write = (program: GivenProgram) => Promise<void>;
const at = '2026-03-10T10:00:00.000Z';
const order =
  (orderId: string): Write =>
  (program) =>
    program.order(orderId, at);
const cancel =
  (orderId: string): Write =>
  (program) =>
    program.cancelled(orderId, at);

/** What the stream of a table says after writes of which nobody knows the order. */
async function toldOf(...writes: readonly Write[]) {
  const ground = await jobsGround();
  const streams = storyStreams(ground);
  const program = await givenProgram(ground, 'raced');
  await streams.during(async () => {
    for (const write of writes) await write(program);
  });
  const records = await streams.records('conversions');
  await ground.stop();
  return records;
}

test('whichever row a job writes first, the records come out the same, the changes of one row in their order', async () => {
  const one = await toldOf(order('1'), order('2'), cancel('2'));
  const other = await toldOf(order('2'), cancel('2'), order('1'));
  expect(other).toEqual(one);
  const numbers = one.map(({ dynamodb }) => dynamodb!.SequenceNumber!);
  expect(numbers).toEqual([...new Set(numbers)].sort());
  const ofTwo = one.filter(({ dynamodb }) => dynamodb!.Keys!.pk!.S!.endsWith('#2') && dynamodb!.Keys!.sk!.S === '#');
  expect(ofTwo.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY']);
});
