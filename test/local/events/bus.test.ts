import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Bus, startBus } from '../../../local/events/bus.ts';
import { type Deliveries, openDeliveries } from '../../../local/events/deliveries.ts';
import { type Queues, startQueues } from '../../../local/queues/queues.ts';
import { type States, startStates } from '../../../local/states/states.ts';
import { ACCOUNT, eventually, REGION, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const events = resource('AWS::Events::EventBus', 'tributary');
const mail = resource('AWS::SQS::Queue', 'mail');
const dead = resource('AWS::SQS::Queue', 'dead');
const worker = resource('AWS::Lambda::Function', 'worker');
const role = `arn:aws:iam::${ACCOUNT}:role/rule-role`;
const flow = resource('AWS::StepFunctions::StateMachine', 'flow', {
  RoleArn: role,
  DefinitionString: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }),
});
const rule = (name: string, detailType: string, target: object, more: object = {}) =>
  resource('AWS::Events::Rule', name, {
    EventBusName: 'tributary',
    EventPattern: { 'detail-type': [detailType] },
    Targets: [{ Id: 't', ...target }],
    ...more,
  });
const gone = `arn:aws:sqs:${REGION}:${ACCOUNT}:gone`;

let ground: TinyGround;
let queues: Queues;
let states: States;
let deliveries: Deliveries;
let bus: Bus;
const put = (...entries: object[]) =>
  new EventBridgeClient(ground.client).send(
    new PutEventsCommand({
      Entries: entries.map((entry) => ({ EventBusName: 'tributary', Source: 'test', Detail: '{"n":1}', ...entry })),
    }),
  );
const queue = (name: string) => queues.peek(name, 100);

beforeAll(async () => {
  ground = await tinyGround([
    events,
    mail,
    dead,
    worker,
    flow,
    rule('to-queue', 'mail', { Arn: mail.arn, InputPath: '$.detail' }),
    rule('to-function', 'call', { Arn: worker.arn }),
    rule('to-workflow', 'flow', { Arn: flow.arn, RoleArn: role, Input: '{"from":"rule"}' }),
    rule('off', 'mail', { Arn: dead.arn }, { State: 'DISABLED' }),
    rule('broken', 'broken', { Arn: gone, DeadLetterConfig: { Arn: dead.arn } }),
    rule('onward', 'onward', { Arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`, RoleArn: role }),
    resource('AWS::Events::Rule', 'on-default', {
      EventPattern: { 'detail-type': ['onward'] },
      Targets: [{ Id: 't', Arn: mail.arn, InputPath: '$.source' }],
    }),
  ]);
  queues = await startQueues(ground);
  states = await startStates(ground);
  deliveries = openDeliveries(ground);
  bus = await startBus(ground, deliveries);
  ground.mount(queues.service, states.service, bus.service);
  deliveries.resume();
});
afterAll(async () => {
  await bus.close();
  await deliveries.close();
  await states.close();
  await queues.close();
  await ground.close();
});
beforeEach(() => deliveries.idle());

describe('an event', () => {
  test('reaches the queue of the rule it matches, and no rule that is off', async () => {
    const { Entries, FailedEntryCount } = await put({ DetailType: 'mail', Detail: '{"to":"ana"}' });
    await deliveries.idle();
    expect(FailedEntryCount).toBe(0);
    expect(queue('mail').map(({ body }) => body)).toContain('{"to":"ana"}');
    expect(queue('dead')).toEqual([]);
    expect(bus.recent(1)[0]).toMatchObject({
      id: Entries?.[0]?.EventId,
      detailType: 'mail',
      rules: ['to-queue'],
      bus: 'tributary',
    });
  });

  test('is handed to a function the asynchronous way, in the shape of EventBridge', async () => {
    await put({ DetailType: 'call', Resources: ['arn:x'], Time: new Date('2026-11-01T10:00:00Z') });
    await deliveries.idle();
    expect(ground.later.at(-1)).toMatchObject({
      name: worker.arn,
      event: {
        version: '0',
        'detail-type': 'call',
        source: 'test',
        account: ACCOUNT,
        region: REGION,
        time: '2026-11-01T10:00:00Z',
        resources: ['arn:x'],
        detail: { n: 1 },
      },
    });
  });

  test('starts a workflow in the name of the rule', async () => {
    await put({ DetailType: 'flow' });
    await deliveries.idle();
    await states.idle();
    expect(states.executions({ limit: 1 })[0]).toMatchObject({ status: 'SUCCEEDED', input: '{"from":"rule"}' });
  });

  test('goes on to another bus', async () => {
    await put({ DetailType: 'onward' });
    await eventually('the second hop', () => queue('mail').some(({ body }) => body === '"test"'));
  });

  test('that cannot be delivered ends in the dead-letter queue of its target, with the reason', async () => {
    await put({ DetailType: 'broken' });
    await deliveries.idle();
    expect(queue('dead')[0]).toMatchObject({
      attributes: {
        RULE_ARN: expect.stringContaining('broken'),
        TARGET_ARN: gone,
        EXHAUSTED_RETRY_CONDITION: 'NotRetryable',
        RETRY_ATTEMPTS: '1',
      },
    });
    expect(JSON.parse(queue('dead')[0]?.body ?? '')).toMatchObject({ 'detail-type': 'broken' });
  });
});

describe('refused', () => {
  test.each([
    ['a detail that is no JSON', { DetailType: 'mail', Detail: '{' }, 'MalformedDetail'],
    ['a detail that is no object', { DetailType: 'mail', Detail: '"text"' }, 'MalformedDetail'],
    ['no type', { DetailType: '' }, 'InvalidArgument'],
    ['a bus nobody made', { DetailType: 'mail', EventBusName: 'other' }, 'ResourceNotFoundException'],
  ])('%s, and its neighbours are taken', async (_, entry, code) => {
    const { Entries, FailedEntryCount } = await put(entry, { DetailType: 'unheard' });
    expect(FailedEntryCount).toBe(1);
    expect(Entries?.[0]?.ErrorCode).toBe(code);
    expect(Entries?.[1]?.EventId).toBeDefined();
  });

  test('more than ten', async () => {
    await expect(put(...Array.from({ length: 11 }, () => ({ DetailType: 'mail' })))).rejects.toThrow('1 to 10');
  });

  test('a role without permission on the bus', async () => {
    ground.refused.add(`clicks events:PutEvents ${events.arn}`);
    const entry = { EventBusName: 'tributary', Source: 's', DetailType: 'd', Detail: '{}' };
    await expect(
      new EventBridgeClient(ground.as('clicks')).send(new PutEventsCommand({ Entries: [entry] })),
    ).rejects.toThrow('events:PutEvents');
  });

  test('at the start: a target nobody here can reach', async () => {
    const odd = await tinyGround([events, rule('odd', 'x', { Arn: 'arn:aws:kinesis:eu-west-1:1:stream/x' })]);
    const none = openDeliveries(odd);
    await expect(startBus(odd, none)).rejects.toThrow('kinesis');
    await none.close();
    await odd.close();
  });
});

describe('deliveries', () => {
  test('given an accepted event and a laptop killed before it was delivered, the next start delivers it', async () => {
    await bus.close();
    await deliveries.close();
    deliveries = openDeliveries(ground);
    bus = await startBus(ground, deliveries);
    ground.mount(bus.service);
    await put({ DetailType: 'mail', Detail: '{"to":"after"}' });
    expect(deliveries.pending()).toHaveLength(1);
    await bus.close();
    await deliveries.close();
    deliveries = openDeliveries(ground);
    bus = await startBus(ground, deliveries);
    ground.mount(bus.service);
    expect(queue('mail').some(({ body }) => body === '{"to":"after"}')).toBe(false);
    deliveries.resume();
    await deliveries.idle();
    expect(queue('mail').some(({ body }) => body === '{"to":"after"}')).toBe(true);
    expect(bus.recent(1)[0]?.event).toContain('after');
  });

  test('are tried again while the target is unwell', async () => {
    let calls = 0;
    ground.mount({
      ...queues.service,
      answer: async (call) => {
        calls += 1;
        return calls < 3 ? { status: 503, headers: {}, body: '{}' } : queues.service.answer(call);
      },
    });
    await put({ DetailType: 'mail', Detail: '{"to":"patient"}' });
    await deliveries.idle();
    ground.mount(queues.service);
    expect(calls).toBe(3);
    expect(queue('mail').some(({ body }) => body === '{"to":"patient"}')).toBe(true);
  });
});
