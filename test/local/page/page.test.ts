import { request } from 'node:http';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Events, startEvents } from '../../../local/events/events.ts';
import { type Listener, listen } from '../../../local/listen.ts';
import { type Mail, startMail } from '../../../local/mail/mail.ts';
import { type Objects, startObjects } from '../../../local/objects/objects.ts';
import { shortener } from '../../../local/page/naming.ts';
import { laptopPage, listenerOf, sectionsOf } from '../../../local/page/page.ts';
import type { FunctionRoom } from '../../../local/page/rooms.ts';
import { type Queues, startQueues } from '../../../local/queues/queues.ts';
import { type States, startStates } from '../../../local/states/states.ts';
import { ACCOUNT, REGION, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const dead = resource('AWS::SQS::Queue', 'mail-failures');
const mailQueue = resource('AWS::SQS::Queue', 'mail', {
  RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 3 },
});
const worker = resource('AWS::Lambda::Function', 'settle-shard');
const machine = resource('AWS::StepFunctions::StateMachine', 'settle', {
  RoleArn: `arn:aws:iam::${ACCOUNT}:role/settle`,
  DefinitionString: JSON.stringify({
    StartAt: 'Wait a little',
    States: {
      'Wait a little': { Type: 'Wait', Seconds: 0, Next: 'Settle' },
      Settle: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'settle-shard', 'Payload.$': '$' },
        End: true,
      },
    },
  }),
});
const bucket = resource('AWS::S3::Bucket', 'documents');
const nightly = resource('AWS::Scheduler::Schedule', 'settle-nightly', {
  ScheduleExpression: 'cron(15 2 * * ? *)',
  Target: { Arn: machine.arn, RoleArn: `arn:aws:iam::${ACCOUNT}:role/settle`, Input: '{}' },
});
const letter = (subject: string) =>
  Buffer.from(
    `From: a@example.com\r\nTo: ana@partner.example\r\nSubject: ${subject}\r\nContent-Type: text/html\r\n\r\n<b>Earned</b><script>alert(1)</script>`,
  );

let ground: TinyGround;
let states: States;
let queues: Queues;
let objects: Objects;
let mail: Mail;
let events: Events;
let listener: Listener;
let functions: FunctionRoom[] = [{ name: 'settle-shard', environments: 1, calls: 0, invocations: 7, errors: 0 }];
const seen: unknown[] = [];

beforeAll(async () => {
  ground = await tinyGround([mailQueue, dead, worker, machine, bucket, nightly]);
  ground.functions.set('settle-shard', (event) => {
    if ((event as { fail?: boolean }).fail) throw new TypeError('no <such> partner');
    return { settled: 3 };
  });
  states = await startStates(ground);
  queues = await startQueues(ground);
  objects = await startObjects(ground);
  mail = await startMail(ground);
  events = await startEvents(ground, { ticking: false });
  ground.mount(states.service, queues.service, objects.service, mail.service, events.service);
  events.resume();
  listener = await listen(0, 'the page');
  const rooms = {
    region: REGION,
    account: ACCOUNT,
    awsEndpoint: ground.awsEndpoint,
    shorten: shortener(['settle-shard', 'mail']),
    apis: [
      {
        name: 'brand-api',
        url: 'http://127.0.0.1:4401',
        routes: [{ key: 'GET /v1/partners', functionName: 'partners' }],
      },
    ],
    brand: () => undefined,
    tables: [{ name: 'core', indexes: ['partner'] }],
    askTables: async <T>(action: string) =>
      (action === 'DescribeTable' ? { Table: { ItemCount: 12_345 } } : { Count: 60 }) as T,
    states,
    queues,
    objects,
    mail,
    bus: events.bus,
    deliveries: events.deliveries,
    schedules: events.schedules,
    functions: { state: () => functions, logs: () => ['{"level":"INFO","message":"settled 3"}', 'plain line'] },
  };
  listener.serve(listenerOf(laptopPage(sectionsOf(rooms)), (error) => seen.push(error)));
});
afterAll(async () => {
  await listener.close();
  for (const module of [events, queues, states, objects, mail]) await module.close();
  await ground.close();
});

const get = async (address: string) => {
  const answer = await fetch(`${listener.url}${address}`);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const post = (
  address: string,
  form: Record<string, string> = {},
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
) =>
  fetch(`${listener.url}${address}`, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
const rawGet = (headers: Record<string, string>) =>
  new Promise<number | undefined>((answered) =>
    request(listener.url, { headers }, (response) => answered(response.resume().statusCode)).end(),
  );

test.each([
  '/',
  '/payouts',
  '/executions',
  '/schedules',
  '/mail',
  '/files',
  '/endpoints',
  '/tables',
  '/queues',
  '/events',
  '/functions',
  '/queues/mail',
  '/functions/settle-shard',
  '/files/documents',
])('%s is a page within the frame', async (address) => {
  const { status, text } = await get(address);
  expect(status).toBe(200);
  expect(text).toContain('aria-label="Sections"');
  expect(text).not.toContain('[object');
  expect(text).not.toContain('undefined');
  expect(seen).toEqual([]);
});

test('the first page says that nothing needs anybody, until something does', async () => {
  expect((await get('/')).text).toContain('Nothing needs you');
  functions = [{ name: 'settle-shard', environments: 1, calls: 0, invocations: 7, errors: 2 }];
  const { text } = await get('/');
  functions = [{ name: 'settle-shard', environments: 1, calls: 0, invocations: 7, errors: 0 }];
  expect(text).toContain('failed 2 of 7 calls');
  expect(text).toContain('12,345');
});

describe('a workflow', () => {
  test('is started with an input, shown with its history, and run again', async () => {
    const started = await post('/executions', { machine: 'settle', input: '{"brandId":"brd_<1>"}', name: 'first' });
    expect(started.status).toBe(303);
    expect(started.headers.get('location')).toBe('/executions/settle/first');
    await states.idle();
    const { text } = await get('/executions/settle/first');
    expect(text).toContain('succeeded');
    expect(text).toContain('TaskSucceeded');
    expect(text).toContain('brd_&lt;1&gt;');
    expect(text).not.toContain('brd_<1>');
    expect(text.match(/<rect/g)).toHaveLength(2);
    const again = await post('/executions/settle/first/rerun');
    expect(again.headers.get('location')).toBe('/executions/settle/first-rerun-2');
    await states.idle();
    expect((await get('/executions/settle/first-rerun-2')).text).toContain('Rerun of');
    expect((await get('/executions?machine=settle&status=SUCCEEDED')).text).toContain('first-rerun-2');
  });

  test('that failed says why', async () => {
    await post('/executions', { machine: 'settle', input: '{"fail":true}', name: 'failing' });
    await states.idle();
    const { text } = await get('/executions/settle/failing');
    expect(text).toContain('TypeError');
    expect(text).toContain('no &lt;such&gt; partner');
    expect((await get('/')).text).toContain('failing');
  });

  test.each([
    ['no JSON', { machine: 'settle', input: '{' }, 'must be a JSON object'],
    ['a list', { machine: 'settle', input: '[]' }, 'must be a JSON object'],
    ['a workflow nobody made', { machine: 'other', input: '{}' }, 'no workflow other'],
    ['a taken name', { machine: 'settle', input: '{}', name: 'first' }, 'already has an execution named first'],
  ])('given %s is refused, and what was typed is kept', async (_, form, reason) => {
    const answer = await post('/executions', form);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(text).toContain(reason);
    expect(text).toContain(`>${form.input}</textarea>`);
  });
});

test('a schedule is run now, and schedules are resumed and paused', async () => {
  expect((await get('/schedules')).text).toContain('Schedules are paused');
  const ran = await post('/schedules/run', { name: 'settle-nightly' });
  expect(ran.headers.get('location')).toBe('/schedules?ran=settle-nightly');
  await events.idle();
  await states.idle();
  expect(states.executions({ limit: 1 })[0]).toMatchObject({ input: '{}' });
  await post('/schedules/resume');
  expect((await get('/schedules')).text).toContain('Pause all');
  await post('/schedules/pause');
  expect((await post('/schedules/run', { name: 'nobody' })).status).toBe(404);
});

test('a queue is looked into without receiving anything, a page at a time', async () => {
  const sqs = new SQSClient(ground.client);
  for (let batch = 0; batch < 6; batch += 1) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      Id: String(n),
      MessageBody: `{"note":"<b>${batch * 10 + n}</b>"}`,
    }));
    await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: `${ground.awsEndpoint}/${ACCOUNT}/mail-failures`, Entries }),
    );
  }
  const first = await get('/queues/mail-failures');
  expect(first.text).toContain('60 waiting');
  expect(first.text).toContain('&lt;b&gt;0&lt;/b&gt;');
  expect(first.text).toContain('page=2');
  expect((await get('/queues/mail-failures?page=2')).text).toContain('&lt;b&gt;59&lt;/b&gt;');
  expect(queues.list().find(({ name }) => name === 'mail-failures')?.waiting).toBe(60);
  expect((await get('/')).text).toContain('holds 60 that nothing will take but you');
});

describe('a mail', () => {
  beforeAll(async () => {
    await new SESClient(ground.client).send(
      new SendRawEmailCommand({ RawMessage: { Data: letter('Statement <November>') } }),
    );
  });

  test('is listed by recipient and shown in a frame that runs nothing', async () => {
    expect((await get('/mail?to=ANA@partner.example')).text).toContain('Statement &lt;November&gt;');
    expect((await get('/mail?to=nobody@partner.example')).text).toContain('Nothing was sent to this address');
    const [{ id = '' } = {}] = mail.list();
    expect((await get(`/mail/${id}`)).text).toContain(`<iframe class="letter" sandbox src="/mail/${id}/html"`);
    const inner = await get(`/mail/${id}/html`);
    expect(inner.text).toContain('<script>alert(1)</script>');
    expect(inner.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
  });

  test('is there as it travelled', async () => {
    const [{ id = '' } = {}] = mail.list();
    const { text, headers } = await get(`/mail/${id}/raw`);
    expect(text).toBe(letter('Statement <November>').toString());
    expect(headers.get('content-type')).toContain('text/plain');
  });
});

test.each(['statements/2026-11/Ana & Söhne #1.html', 'a/b%2Fc?d.csv'])(
  'the file %s opens in a browser with its type, and runs nothing',
  async (Key) => {
    await new S3Client(ground.client).send(
      new PutObjectCommand({ Bucket: 'documents', Key, Body: '<h1>42</h1>', ContentType: 'text/html; charset=utf-8' }),
    );
    const { text } = await get('/files/documents');
    const [, address = ''] =
      [...text.matchAll(/href="(\/files\/documents\/[^"]+)"/g)].find(([, link = '']) =>
        decodeURIComponent(link).endsWith(Key.slice(-6)),
      ) ?? [];
    const file = await get(address);
    expect(file.text).toBe('<h1>42</h1>');
    expect(file.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(file.headers.get('content-security-policy')).toContain('sandbox');
  },
);

test.each([
  '/executions/settle/none',
  '/queues/none',
  '/functions/none',
  '/mail/none',
  '/files/none',
  '/files/documents/none',
  '/none',
])('%s is not there', async (address) => {
  expect((await get(address)).status).toBe(404);
});

describe('answers to this machine only', () => {
  test('another host name is refused', async () => {
    expect(await rawGet({ host: 'evil.example' })).toBe(421);
    expect(await rawGet({ host: `localhost:${listener.port}` })).toBe(200);
  });

  test.each([
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['that does not say from where', {}],
  ])('a form %s is refused', async (_, headers) => {
    expect((await post('/executions', { machine: 'settle', input: '{}' }, headers)).status).toBe(403);
  });

  test('a form of its own is taken', async () => {
    expect((await post('/schedules/pause', {}, { origin: listener.url })).status).toBe(303);
  });

  test('its pages may run no script but their own', async () => {
    expect((await get('/')).headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});
