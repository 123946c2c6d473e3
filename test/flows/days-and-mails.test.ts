import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

/** From the streams of the booted stacks to days, events and mails: what happened is counted and told once. */
let ground: Booted;
let store: Shop;
let member: Member;
beforeAll(async () => {
  ground = await booted();
  store = await shop(ground);
  member = await store.join('Ann');
  const browser = {};
  for (const hour of ['09', '10', '11']) await store.visit(browser, member.link, `2026-03-10T${hour}:00:00.000Z`);
  await store.order(browser, 'D-1', '2026-03-10T12:00:00.000Z', [{ unitPriceCents: 10_000, quantity: 2 }]);
  await store.order({}, 'D-2', '2026-03-10T13:00:00.000Z', [{ unitPriceCents: 4_000 }]);
  await execute(
    ground.people.owner,
    'settle-conversions',
    { asOf: '2026-03-10T14:00:00.000Z' },
    '2026-03-10T14:00:00.000Z',
  );
  await ground.laptop.idle();
});
afterAll(() => ground?.close());

const fn = (name: string) => {
  const found = ground.laptop.assembly
    .ofType('AWS::Lambda::Function')
    .find(({ properties }) => properties.Description === `functions/${name}.ts`);
  if (!found) throw new Error(`the stacks have no function ${name}`);
  return found;
};
const subjects = () => ground.laptop.modules.mail.list().map(({ subject }) => subject);

test('clicks, orders, revenue and commission are counted by day and partner', async () => {
  const { items } = await ground.people.owner.call<{ items: object[] }>(
    'GET',
    `/v1/programs/${store.programId}/days?from=2026-03-10&to=2026-03-10`,
  );
  const none = { clicks: 0, commissionCents: 0, returns: 0 };
  expect(items).toEqual([
    { ...none, day: '2026-03-10', partnerId: '-', conversions: 1, creditBps: 10_000, revenueCents: 4_000 },
    {
      ...none,
      day: '2026-03-10',
      partnerId: member.partnerId,
      clicks: 3,
      conversions: 1,
      creditBps: 10_000,
      revenueCents: 20_000,
      commissionCents: 1_600,
    },
  ]);
});

test('the partner is welcomed, and told of the day once, however often digests are ordered', async () => {
  expect(subjects()).toEqual(['Welcome to Test shop']);
  for (let run = 0; run < 3; run += 1) {
    const answer = await ground.laptop.invoke(fn('jobs/send-digests').arn, { asOf: '2026-03-11T08:00:00.000Z' });
    expect(answer).toMatchObject({ ok: true, payload: { tally: { mails: 1 } } });
    await ground.laptop.idle();
  }
  expect(subjects().sort()).toEqual(['Welcome to Test shop', 'You earned 16.00 USD with Test shop']);
});

test('a plan needs its notice, or a reason that partners read at once', async () => {
  const { owner } = ground.people;
  const path = `/v1/programs/${store.programId}/plans`;
  const plan = { name: 'Less', rules: [{ id: 'base', label: 'Everything', pay: { kind: 'percent', rateBps: 500 } }] };
  await expect(owner.call('POST', path, { body: { plan } })).rejects.toThrow(/notice-too-short|must not lie before/);
  await owner.call('POST', path, { body: { plan, shortNotice: 'We ran out of shoes.' } });
  await ground.laptop.idle();
  const { recipients = [] } =
    ground.laptop.modules.mail.list().find(({ subject }) => subject.startsWith('New commission')) ?? {};
  const told = (await ground.laptop.modules.mail.to(recipients[0] ?? '')).at(-1);
  expect(told?.subject).toMatch(/^New commission rates in Test shop from \d{4}-\d{2}-\d{2} on$/);
  expect(told?.text).toContain('Why we tell of it at once: We ran out of shoes.');
});

test('nothing failed on the way, and the operator’s replay knows every dead-letter queue', async () => {
  const failed = ground.laptop.modules.queues.list().filter(({ name }) => name.includes('failures'));
  expect(failed.length).toBeGreaterThan(3);
  for (const { name } of failed) expect(ground.laptop.modules.queues.peek(name, 10), name).toEqual([]);
  for (const queue of ['mail-failures', 'publish-changes-failures', 'count-day-failures', 'send-digests-failures']) {
    const answer = await ground.laptop.invoke(fn('ops/replay-failures').arn, { queue, dryRun: true });
    expect(answer, queue).toMatchObject({ ok: true, payload: { queue, messages: 0 } });
  }
});

test('a stretch of a stream that was given up is read and published again', async () => {
  const { awsEndpoint, region, assembly, modules } = ground.laptop;
  const client = { endpoint: awsEndpoint, region, credentials: ground.laptop.credentials() };
  const mapping = assembly
    .ofType('AWS::Lambda::EventSourceMapping')
    .find(
      ({ properties }) =>
        String(properties.FunctionName).includes('publish-changes') &&
        /ledger/i.test(String(properties.EventSourceArn)),
    )!;
  const streamArn = String(mapping.properties.EventSourceArn);
  const streams = new DynamoDBStreamsClient(client);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const shardId = StreamDescription!.Shards![0]!.ShardId!;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  const sequence = Records[0]!.dynamodb!.SequenceNumber!;

  const failures = modules.queues.list().find(({ name }) => name.includes('publish-changes-failures'))!;
  const DDBStreamBatchInfo = {
    streamArn,
    shardId,
    startSequenceNumber: sequence,
    endSequenceNumber: sequence,
    batchSize: 1,
  };
  await new SQSClient(client).send(
    new SendMessageCommand({
      QueueUrl: `${awsEndpoint}/${ground.laptop.account}/${failures.name}`,
      MessageBody: JSON.stringify({ requestContext: { condition: 'RecordAgeExceeded' }, DDBStreamBatchInfo }),
    }),
  );
  const published = () =>
    modules.events.bus.recent(100).filter(({ detailType }) => detailType === 'commission.posted').length;
  const before = published();
  const answer = await ground.laptop.invoke(fn('ops/replay-failures').arn, { queue: 'publish-changes-failures' });
  expect(answer).toMatchObject({ ok: true, payload: { replayed: 1, kept: {} } });
  await ground.laptop.idle();
  expect(published()).toBe(before + 1);
});
