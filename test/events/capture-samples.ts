/**
 * Makes `events/samples/` again: what each trigger really sends, from a small story told through the stores and jobs on a real engine.
 * To be run after a change to a row or to an input: `node test/events/capture-samples.ts && npm run format`. The same code gives the same files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { TributaryEvent } from '../../events/catalog/catalog.ts';
import { EVENT_SOURCE } from '../../events/catalog/envelope.ts';
import { approve as approveAdjustment, decline, postingOf } from '../../lib/adjustments/adjustment.ts';
import { answer, withdraw } from '../../lib/disputes/dispute.ts';
import { derive } from '../../lib/ids.ts';
import { post } from '../../lib/ledger/post.ts';
import { digestDue } from '../../lib/messages/mail-order.ts';
import { runIdOf } from '../../lib/payouts/order.ts';
import { approve, reject } from '../../lib/payouts/run.ts';
import { adjustments } from '../../lib/store/adjustments.ts';
import { changeOf } from '../../lib/store/changes.ts';
import { disputes } from '../../lib/store/disputes.ts';
import { moveItems } from '../../lib/store/item-moves.ts';
import { eventsOf, type Outbox } from '../../lib/store/outbox.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { deliveryIdOf } from '../../lib/webhooks/delivery.ts';
import { type EngineRecord, streamRecord } from '../../local/streams/record.ts';
import { FRESH, type JobsGround, jobsGround, type Step } from '../support/jobs-ground.ts';
import type { GivenProgram } from '../support/program.ts';
import { sampleLink, sampleSecret, samplesProgram } from './story.ts';

const REGION = 'eu-central-1';
const ACCOUNT = '111122223333';
const FOLDER = join(import.meta.dirname, '../../events/samples');
/** What the jobs take for the wall clock, so that no file depends on the day it is made. */
Date.now = () => Date.parse('2026-04-16T08:00:05.000Z');

function write(path: string, value: unknown): void {
  const file = join(FOLDER, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Attributes in the order of their names: the engine gives them in another one each time. */
function inOrder<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(inOrder) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, inOrder(inner)])) as Value;
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const uuid = (text: string) => md5(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Rows of the core table that tell events, and one that tells none. */
const SHOWN = new Set(['enrolment', 'payoutRun', 'statement', 'partner', 'adjustment', 'dispute']);

const ground = await jobsGround();
const program = await samplesProgram(ground);
const inputs = await tell(program, ground);
const tables = await captureStreams(ground);
httpSamples(program);
streamSamples();
const events = (['core', 'conversions', 'ledger'] as const).flatMap(eventsIn);
busSamples([...events, ...capReached(program)]);
queueSamples(program, events);
for (const [step, input] of Object.entries(inputs)) write(`workflows/${step}.json`, input);
for (const name of [
  'settle-conversions',
  'release-commissions',
  'audit-ledger',
  'draft-due-payouts',
  'send-digests',
  'sweep-webhooks',
])
  write(`schedules/${name}.json`, {});
write('schedules/recount-conversions.json', { mode: 'recount' });
operatorSamples();
failureSamples();
await ground.stop();

/** Two partners, three orders and one whose click is too old, a return, a cancellation, a paid run and a refused one. Answers what each step was called with. */
async function tell({ brandId, programId, ...given }: GivenProgram, { engine: { client }, tables }: JobsGround) {
  const called: Record<string, unknown> = {};
  const step = async (name: string, input: object): Promise<Record<string, unknown>> => {
    const { handler } = (await import(`../../functions/jobs/${name}.ts`)) as { handler: Step };
    called[name] ??= input;
    return (await handler(JSON.parse(JSON.stringify(input)), FRESH)) as Record<string, unknown>;
  };
  const work = async (plan: string, shard: string, input: object) => {
    const planned = await step(plan, input);
    for (const one of planned.shards as object[]) await step(shard, one);
    return planned;
  };

  const ann = await given.partner('Ann');
  const bob = await given.partner('Bob');
  await given.changeEnrolment(ann, { group: 'gold' }, '2026-03-02T09:00:00.000Z');
  await given.click(ann, 'visitor1', '2026-03-08T17:20:11.042Z');
  const clickId = await given.click(bob, 'visitor1', '2026-03-10T09:31:47.310Z');
  const alone = await given.click(ann, 'visitor2', '2026-03-10T12:00:00.000Z');
  const shoes = { sku: 'runner-9', category: 'shoes', quantity: 1, unitPriceCents: 12_900, discountCents: 0 };
  const socks = { sku: 'socks', quantity: 2, unitPriceCents: 1_499, discountCents: 300 };
  await given.order('1001', '2026-03-10T10:02:13.000Z', { clickId, items: [shoes, socks] });
  await given.order('1002', '2026-03-10T12:30:00.000Z', { clickId: alone, items: [shoes] });
  await given.order('1003', '2026-03-10T13:00:00.000Z', { clickId: alone, items: [{ ...shoes, quantity: 4 }] });
  const old = await given.click(ann, 'visitor3', '2026-01-20T12:00:00.000Z');
  await given.order('1004', '2026-03-10T12:45:00.000Z', { clickId: old, items: [socks] });
  await work('plan-settlement', 'settle-shard', { brandId, asOf: '2026-03-10T13:05:00.000Z' });
  await given.returned('1001', '2026-03-12T08:00:00.000Z', [{ line: 2, quantity: 1 }]);
  await given.cancelled('1002', '2026-03-12T09:00:00.000Z');
  await work('plan-settlement', 'settle-shard', { brandId, asOf: '2026-03-12T10:00:00.000Z' });
  const policy = { model: 'linear', lookbackDays: 30 };
  const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
  const asked = { brandId, programId, policy, ...window, asOf: '2026-03-24T09:00:00.000Z' };
  await step('report-backtest', await work('plan-backtest', 'backtest-shard', asked));
  const { policy: _, ...compared } = asked;
  await work('plan-comparison', 'compare-partners', { ...compared, models: ['last', 'markov'] });
  await work('plan-release', 'release-shard', { brandId, asOf: '2026-03-25T02:15:00.000Z' });

  const runs = payoutRuns(client, tables.core);
  const stores = { runs, ledger: given.stores.ledger };
  const draft = async (asOf: string) => {
    const order = { brandId, programId, asOf, madeBy: 'mia@fjordtrail.example' };
    const runId = runIdOf(order);
    const made = { status: 'drafting', madeAt: asOf, itemCount: 0, totalCents: 0, excludedCount: 0 } as const;
    await runs.create({ ...order, runId, currency: 'USD', ...made });
    const planned = await work('plan-payout', 'reserve-items', order);
    await step('freeze-run', planned);
    return (await runs.get({ brandId, runId }))!;
  };
  const refused = await draft('2026-04-14T08:00:00.000Z');
  await runs.change(
    refused,
    reject(refused, { by: 'fin@fjordtrail.example', at: '2026-04-14T09:00:00.000Z', why: 'wrong month' }),
  );
  const move = (runId: string, to: Parameters<typeof moveItems>[3], at: string) =>
    runs
      .allItems({ brandId, runId })
      .then((items) => moveItems(client, stores, items, to, { at, recordedAt: at, actor: 'fin@fjordtrail.example' }));
  await move(refused.runId, { to: 'released', why: 'run rejected, wrong month' }, '2026-04-14T09:00:00.000Z');

  const { runId, fileHash = '', ...run } = await draft('2026-04-15T08:00:00.000Z');
  const approved = approve(
    { ...run, runId, fileHash },
    { by: 'fin@fjordtrail.example', at: '2026-04-15T09:00:00.000Z', fileHash },
    [],
  );
  await runs.change({ ...run, runId, fileHash }, approved);
  const pay = { brandId, runId, asOf: '2026-04-15T09:00:00.000Z' };
  await work('plan-payment', 'pay-items', pay);
  await move(runId, { to: 'settled', reference: 'wire 77' }, '2026-04-16T07:00:00.000Z');
  const done = await step('plan-payment', { ...pay, closing: true });
  await step('pay-batches', { ...done, providers: true });
  await step('write-statements', done);
  await move(
    runId,
    { to: 'returned', why: 'R03 There is no account of this name and number' },
    '2026-04-20T07:00:00.000Z',
  );
  await disputed({ brandId, programId, ...given }, ann, client, tables.core);
  await work('plan-audit', 'audit-shard', { brandId, asOf: '2026-04-15T09:00:00.000Z' });
  return called;
}

/** Two disputes, one upheld by an adjustment and one withdrawn, and an adjustment that nobody wanted. */
async function disputed(
  program: Pick<GivenProgram, 'brandId' | 'programId' | 'stores' | 'key'>,
  partnerId: string,
  client: JobsGround['engine']['client'],
  core: string,
) {
  const { brandId, programId, key, stores } = program;
  const account = { brandId, programId, partnerId };
  const at = '2026-04-21T08:00:00.000Z';
  const decision = { by: 'fin@fjordtrail.example', at: '2026-04-22T08:00:00.000Z' };
  let told = 0;
  const entry = (target: string) => {
    told += 1;
    const auditId = derive('audit', brandId, 'disputes', told);
    return { ...{ auditId, brandId, at, target, action: 'raiseDispute' }, person: decision.by, keyId: 'key_0' };
  };
  const disputeStore = disputes(client, core);
  const raise = async (orderId: string) => {
    const claim = {
      kind: 'untracked',
      eventType: 'sale',
      orderId,
      orderDay: '2026-04-02',
      amountCents: 9_900,
    } as const;
    const raisedAt = { status: 'open', raisedAt: at, raisedBy: 'ann@trailnotes.example', dueOn: '2026-04-28' } as const;
    const said = { currency: 'USD', evidence: 'The customer sent me the confirmation' };
    const raised = await disputeStore.raise({ ...account, ...claim, ...raisedAt, ...said }, () => entry(orderId));
    if (raised.outcome === 'exhausted') throw new Error(`${orderId} was disputed too often`);
    return raised.dispute;
  };
  const adjustmentStore = adjustments(client, core);
  const propose = async (name: string, disputeId?: string) => {
    const adjustment = {
      ...{ ...key(partnerId), adjustmentId: derive('adjustment', programId, name), cents: 792, disputeId },
      ...({ reason: 'untracked-order', note: 'The order came by phone', status: 'proposed' } as const),
      ...{ proposedBy: 'mia@fjordtrail.example', proposedAt: at },
    };
    await adjustmentStore.propose(adjustment);
    return { ...adjustment, revision: 1 };
  };
  const upheld = await raise('2001');
  const proposed = await propose('upheld', upheld.disputeId);
  const head = await stores.ledger.head(proposed);
  const posting = { at: decision.at, recordedAt: decision.at, actor: decision.by };
  const journal = post(head, proposed, { kind: 'adjustment', ...postingOf(proposed) }, posting)!;
  const { journalId, sequence } = journal;
  const approved = { ...approveAdjustment(proposed, decision), journal: { journalId, sequence } };
  await adjustmentStore.change(proposed, approved, stores.ledger.putWrite(journal));
  const { adjustmentId } = proposed;
  const answered = { outcome: 'upheld', note: 'It was yours', adjustmentId } as const;
  await disputeStore.change(
    account,
    upheld.disputeId,
    (row) => answer(row, answered, decision),
    () => entry('2001'),
  );
  const taken = await raise('2002');
  await disputeStore.change(
    account,
    taken.disputeId,
    (row) => withdraw(row, decision),
    () => entry('2002'),
  );
  const unwanted = await propose('unwanted');
  await adjustmentStore.change(unwanted, decline(unwanted, { ...decision, why: 'asked for twice' }));
}

/** What the tables' streams hold, as Lambda sends it. Times are the story's, one second apart. */
async function captureStreams({ engine, tables }: JobsGround) {
  const client = new DynamoDBStreamsClient({
    region: REGION,
    endpoint: engine.endpoint,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const read = async (role: keyof typeof tables): Promise<DynamoDBRecord[]> => {
    const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: tables[role] }));
    const StreamArn = Streams[0]?.StreamArn;
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/tributary-dev-data-${role}/stream/2026-01-01T00:00:00.000`;
    return Records.map(({ eventName, dynamodb }, place) => {
      const told = { ...inOrder({ ...dynamodb }), ApproximateCreationDateTime: Date.now() / 1000 + place };
      return streamRecord(
        { eventName, dynamodb: told } as unknown as EngineRecord,
        arn,
        REGION,
      ) as unknown as DynamoDBRecord;
    });
  };
  return {
    core: await read('core'),
    clicks: await read('clicks'),
    conversions: await read('conversions'),
    ledger: await read('ledger'),
  };
}

/** One record of each kind: what happened to which sort of row, and every event that a record tells of. */
function oneOfEach(role: keyof typeof tables): DynamoDBRecord[] {
  const seen = new Set<string>();
  return tables[role].filter((record) => {
    const row = record.dynamodb?.NewImage;
    if (role === 'core' && !SHOWN.has(row?.__edb_e__?.S ?? '')) return false;
    const sort = [row?.__edb_e__?.S, row?.kind?.S, row?.sk?.S?.replace(/#.*/, '').replace(/^[^E].*/, '')].join(' ');
    const told = role === 'clicks' ? [] : eventsOf(changeOf(record), role).map(({ type }) => type);
    const settled = row?.sv !== undefined;
    const kinds = [`${record.eventName} ${sort} ${settled}`, ...told];
    const isNew = kinds.some((kind) => !seen.has(kind));
    for (const kind of kinds) seen.add(kind);
    return isNew;
  });
}

/** A row that its time to live took away, as DynamoDB marks it. */
function expired(record: DynamoDBRecord): DynamoDBRecord {
  const sequence = String(BigInt(record.dynamodb!.SequenceNumber!) + 1_000n);
  const { NewImage: _, ...kept } = record.dynamodb!;
  return {
    ...record,
    eventID: md5(sequence),
    eventName: 'REMOVE',
    dynamodb: { ...kept, SequenceNumber: sequence },
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  };
}

function streamSamples(): void {
  for (const role of ['core', 'conversions', 'ledger'] as const)
    write(`streams/publish-${role}.json`, { Records: oneOfEach(role) });
  for (const role of ['clicks', 'conversions', 'ledger'] as const) {
    write(`streams/count-${role}.json`, {
      window: { start: '2026-04-16T08:00:00Z', end: '2026-04-16T08:01:00Z' },
      state: {},
      shardId: `shardId-00000001776326400000-${md5(role).slice(0, 8)}`,
      eventSourceARN: tables[role][0]!.eventSourceARN,
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
      Records: role === 'clicks' ? [...tables.clicks, expired(tables.clicks[0]!)] : oneOfEach(role),
    });
  }
}

function eventsIn(role: Outbox): TributaryEvent[] {
  return tables[role].flatMap((record) => eventsOf(changeOf(record), role));
}

/** An event as EventBridge delivers it. */
function delivered(event: TributaryEvent) {
  return {
    version: '0',
    id: uuid(event.id),
    'detail-type': event.type,
    source: EVENT_SOURCE,
    account: ACCOUNT,
    time: `${event.at.slice(0, 19)}Z`,
    region: REGION,
    resources: [],
    detail: event,
  };
}

/** The story has no cap: three orders of Ann's fill one of three a day. */
function capReached({ brandId, programId }: GivenProgram): TributaryEvent[] {
  const key = { pk: `${brandId}#${programId}#CAP#${derive('cap', programId)}`, sk: '2026-03-10' };
  const scope = { kind: 'partner', partnerId: derive('partner', brandId, 'Ann') };
  const after = { ...key, used: 3, lim: 3, what: 'conversions', scope, hard: true };
  const at = Date.parse('2026-03-10T12:00:00Z') / 1_000;
  return eventsOf({ table: 'conversions', kind: 'INSERT', key, after, sequence: '1', at }, 'conversions');
}

function busSamples(all: readonly TributaryEvent[]): void {
  for (const event of new Map(all.map((one) => [one.type, one])).values())
    write(`bus/${event.type}.json`, delivered(event));
}

function sqsEvent(queue: string, bodies: readonly unknown[]) {
  return {
    Records: bodies.map((body) => {
      const text = JSON.stringify(body);
      return {
        messageId: uuid(text),
        receiptHandle: Buffer.from(md5(text)).toString('base64'),
        body: text,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(Date.now()),
          SenderId: 'AROAEXAMPLE:tributary',
          ApproximateFirstReceiveTimestamp: String(Date.now() + 12),
        },
        messageAttributes: {},
        md5OfBody: md5(text),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:tributary-dev-${queue}`,
        awsRegion: REGION,
      };
    }),
  };
}

function queueSamples({ brandId, programId }: GivenProgram, all: readonly TributaryEvent[]): void {
  const find = (type: TributaryEvent['type']) => all.find((event) => event.type === type)!;
  const enrolled = find('partner.enrolled');
  const { partnerId } = enrolled.data as { partnerId: string };
  const day = {
    day: '2026-03-10',
    currency: 'USD',
    clicks: 2,
    conversions: 3,
    revenueCents: 77_400,
    commissionCents: 6_192,
    returns: 0,
  };
  const digest = digestDue(brandId, '2026-03-11T08:00:00.000Z', { programId, partnerId, ...day });
  write('queues/mail.json', sqsEvent('mail', [delivered(enrolled), delivered(find('statement.issued')), digest]));
  const webhookId = derive('webhook', brandId);
  const deliveryId = deliveryIdOf(webhookId, enrolled);
  write('queues/webhook-delivery.json', sqsEvent('webhooks', [{ brandId, webhookId, deliveryId }]));
  const click = {
    brandId,
    programId,
    partnerId,
    link: sampleLink(brandId),
    at: '2026-03-10T09:31:47.310Z',
    visitor: 'dmlzaXRvcjE',
    nonce: 'beef',
    referrerHost: 'trailnotes.example',
    expiresAt: 1_780_911_107,
  };
  write('queues/late-click.json', sqsEvent('late-clicks', [click]));
}

function httpSamples({ brandId, programId }: GivenProgram): void {
  const at = Date.parse('2026-03-10T10:02:14.120Z');
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
  const request = (method: string, path: string, route: string, userAgent: string) => ({
    accountId: ACCOUNT,
    apiId: 'a1b2c3d4e5',
    domainName: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
    domainPrefix: 'a1b2c3d4e5',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent },
    requestId: 'KZ3qXhPvliAEJ3A=',
    routeKey: route,
    stage: '$default',
    time: '10/Mar/2026:10:02:14 +0000',
    timeEpoch: at,
  });
  const headers = (more: object) => ({
    accept: '*/*',
    host: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
    'x-amzn-trace-id': 'Root=1-69afec56-1c8d5a7e6b3f2a9d4c0e1b7f',
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
    ...more,
  });
  const link = sampleLink(brandId);
  write('http/click.json', {
    version: '2.0',
    routeKey: 'GET /c/{link}',
    rawPath: `/c/${link}`,
    rawQueryString: '',
    headers: headers({
      'user-agent': agent,
      referer: 'https://trailnotes.example/best-running-shoes',
      'sec-fetch-dest': 'document',
    }),
    pathParameters: { link },
    requestContext: request('GET', `/c/${link}`, 'GET /c/{link}', agent),
    isBase64Encoded: false,
  });
  write('http/via.json', {
    version: '2.0',
    routeKey: 'POST /v/{link}',
    rawPath: `/v/${link}`,
    rawQueryString: 'sub1=footer&visitor=new',
    headers: headers({ 'user-agent': agent, origin: 'https://shop.example', 'sec-fetch-dest': 'empty' }),
    pathParameters: { link },
    requestContext: request('POST', `/v/${link}`, 'POST /v/{link}', agent),
    isBase64Encoded: false,
  });
  write('http/script.json', {
    version: '2.0',
    routeKey: 'GET /t.js',
    rawPath: '/t.js',
    rawQueryString: '',
    headers: headers({ 'user-agent': agent, referer: 'https://shop.example/', 'sec-fetch-dest': 'script' }),
    requestContext: request('GET', '/t.js', 'GET /t.js', agent),
    isBase64Encoded: false,
  });
  const route = 'POST /v1/conversions';
  const authorization = `Bearer ${sampleSecret(brandId)}`;
  const body = {
    programId,
    orderId: '1004',
    occurredAt: '2026-03-10T10:02:13Z',
    currency: 'USD',
    items: [{ sku: 'runner-9', category: 'shoes', quantity: 1, unitPriceCents: 12_900 }],
    customerStatus: 'new',
  };
  const shop = { 'user-agent': 'shop-webhook/3', 'content-type': 'application/json', authorization };
  const key = { brandId, keyId: 'key_01kk2c7h0000s4m9', person: 'ops@fjordtrail.example', role: 'manager' };
  write('http/conversion.json', {
    version: '2.0',
    routeKey: route,
    rawPath: '/v1/conversions',
    rawQueryString: '',
    headers: headers({ ...shop, 'content-length': String(JSON.stringify(body).length) }),
    requestContext: { ...request('POST', '/v1/conversions', route, 'shop-webhook/3'), authorizer: { lambda: key } },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  });
  write('http/authorizer.json', {
    version: '2.0',
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:a1b2c3d4e5/$default/POST/v1/conversions`,
    identitySource: [authorization],
    routeKey: route,
    rawPath: '/v1/conversions',
    rawQueryString: '',
    headers: headers(shop),
    requestContext: request('POST', '/v1/conversions', route, 'shop-webhook/3'),
  });
}

function operatorSamples(): void {
  write('operators/create-brand.json', { name: 'Fjord & Trail', ownerEmail: 'mia@fjordtrail.example' });
  write('operators/rotate-click-keys.json', {});
  write('operators/write-tin-file.json', { brandId: 'brd_p61w8e' });
  write('operators/replay-failures.json', { queue: 'mail-failures', max: 100, dryRun: true });
}

/** What lies in dead-letter queues: message bodies. */
function failureSamples(): void {
  const records = tables.ledger;
  write('failures/given-up-batch.json', {
    requestContext: {
      requestId: uuid('request'),
      functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tributary-dev-stream-publish-changes`,
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 4,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-04-17T08:00:05.120Z',
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000001776326400000-9f1c2b3a',
      startSequenceNumber: records[0]!.dynamodb!.SequenceNumber,
      endSequenceNumber: records.at(-1)!.dynamodb!.SequenceNumber,
      approximateArrivalOfFirstRecord: '2026-04-16T08:00:05Z',
      approximateArrivalOfLastRecord: '2026-04-16T08:00:15Z',
      batchSize: records.length,
      streamArn: records[0]!.eventSourceARN,
    },
  });
  const reason = 'the row names no partner';
  const spoiled = {
    ...tables.clicks[0]!,
    dynamodb: {
      ...tables.clicks[0]!.dynamodb,
      NewImage: { ...tables.clicks[0]!.dynamodb!.NewImage, p: { S: 'nobody' } },
    },
  };
  write('failures/set-aside-record.json', {
    setAside: { worker: 'stream/count-day', reason, at: '2026-04-16T08:00:06.000Z' },
    record: spoiled,
  });
  const refusal = 'MessageRejected: Email address is not verified.';
  write('failures/set-aside-mail.json', {
    setAside: { worker: 'queue/send-mail', reason: refusal, at: '2026-04-16T08:00:07.000Z' },
    record: JSON.stringify(delivered(events.find(({ type }) => type === 'partner.enrolled')!)),
  });
}
