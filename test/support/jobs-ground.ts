import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { Env, WORKFLOWS, type WorkflowName } from '../../lib/names.ts';
import type { AwsCall } from '../../local/contract.ts';
import { isWrite } from '../../local/dynamodb/consumption.ts';
import { createFaults } from '../../local/dynamodb/faults.ts';
import { tableProxy } from '../../local/dynamodb/proxy.ts';
import { requestOf } from '../../local/dynamodb/request.ts';
import type { TableHere } from '../../local/dynamodb/tables.ts';
import { openWire } from '../../local/dynamodb/wire.ts';
import { startKeys } from '../../local/keys/keys.ts';
import { createMeter } from '../../local/meter.ts';
import { startObjects } from '../../local/objects/objects.ts';
import { startStates } from '../../local/states/states.ts';
import { REGION, resource, tinyGround } from '../local/tiny-ground.ts';
import { startDynamodb } from './dynamodb.ts';

const DONE = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
const DOCUMENTS = 'documents';
const VAULT_KEY = 'vault-key';

/** A step of a workflow as its module exports it. */
export type Step = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<object>;

/** What the jobs stand on: tables behind a meter that also fails on demand, a bucket, the vault's key. One for each test file. */
export async function jobsGround() {
  const engine = await startDynamodb();
  const tables = await engine.createTables();
  const meter = createMeter();
  const faults = createFaults();
  const wire = openWire(engine.endpoint, REGION);
  const proxy = tableProxy({
    send: wire.send,
    tables: new Map<string, TableHere>(),
    engineStreams: new Map(),
    region: REGION,
    account: '111122223333',
    meter,
    faults,
    onWrite: () => {},
  });
  const crash = { writesLeft: Number.POSITIVE_INFINITY };
  const door = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call: AwsCall = {
        service: 'dynamodb',
        principal: 'operator',
        method: 'POST',
        path: '/',
        headers: request.headers as AwsCall['headers'],
        body: Buffer.concat(parts),
      };
      const writes = isWrite(requestOf(call));
      if (writes && crash.writesLeft <= 0) return request.socket.destroy();
      if (writes) crash.writesLeft -= 1;
      proxy.answer(call).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
        () => request.socket.destroy(),
      );
    });
  });
  await new Promise<void>((listening) => door.listen(0, '127.0.0.1', listening));

  const RoleArn = 'arn:aws:iam::111122223333:role/workflow';
  const machines = WORKFLOWS.map((name) =>
    resource('AWS::StepFunctions::StateMachine', name, { RoleArn, DefinitionString: DONE }),
  );
  const ground = await tinyGround([
    resource('AWS::S3::Bucket', DOCUMENTS),
    resource('AWS::KMS::Key', VAULT_KEY),
    ...machines,
  ]);
  const objects = await startObjects(ground);
  const keys = await startKeys(ground);
  let opened = 0;
  const decrypting: typeof keys.service = {
    ...keys.service,
    answer: (call) => {
      if (call.headers['x-amz-target'] === 'TrentService.Decrypt') opened += 1;
      return keys.service.answer(call);
    },
  };
  const states = await startStates(ground);
  ground.mount(objects.service, decrypting, states.service);

  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: ground.awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    [Env.coreTable]: tables.core,
    [Env.clicksTable]: tables.clicks,
    [Env.conversionsTable]: tables.conversions,
    [Env.ledgerTable]: tables.ledger,
    [Env.vaultTable]: tables.vault,
    [Env.vaultKey]: keys.arnOf(VAULT_KEY),
    [Env.documentsBucket]: DOCUMENTS,
    [Env.clickRetentionDays]: '90',
    [Env.workflows]: JSON.stringify(Object.fromEntries(machines.map(({ physicalName, arn }) => [physicalName, arn]))),
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });

  return {
    engine,
    tables,
    meter,
    faults,
    ground,
    keys,
    states,
    /** Inputs with which a workflow was started, by execution name. */
    started(workflow: WorkflowName): Record<string, Record<string, unknown>> {
      const machineArn = machines.find(({ physicalName }) => physicalName === workflow)!.arn;
      const all = states.executions({ machineArn, limit: 1_000 });
      return Object.fromEntries(all.map(({ name, input }) => [name, JSON.parse(input)]));
    },
    /** Lets so many more writes through; then every write fails as it does when the process dies before it. */
    crashAfter(writes: number): void {
      crash.writesLeft = writes;
    },
    heal(): void {
      crash.writesLeft = Number.POSITIVE_INFINITY;
    },
    /** Text of a document; `undefined` when there is none. */
    document: (key: string): string | undefined => objects.read(DOCUMENTS, key)?.body.toString('utf8'),
    bytes: (key: string): Buffer | undefined => objects.read(DOCUMENTS, key)?.body,
    documents: (prefix: string): string[] => objects.list(DOCUMENTS, { prefix }).map(({ key }) => key),
    /** Ciphertexts that KMS was asked to open. */
    opened: () => opened,
    /** Write units of all tables since the meter was reset, and the calls that wrote. */
    writeUnits: () => meter.totals().writeUnits,

    async stop() {
      await states.close();
      await keys.close();
      await objects.close();
      await ground.close();
      door.closeAllConnections();
      await new Promise((closed) => door.close(closed));
      wire.close();
      await engine.stop();
    },
  };
}
export type JobsGround = Awaited<ReturnType<typeof jobsGround>>;

/** Time left of a Lambda call that has just begun. */
export const FRESH = { getRemainingTimeInMillis: () => 300_000 };
/** Time left of a call whose budget is spent after one page. */
export const SPENT = { getRemainingTimeInMillis: () => 1_000 };

/** What Step Functions hands on is JSON of at most 256 KB. */
function handOn<Value>(value: Value): Value {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > 262_144) throw new Error(`${text.length} bytes are more than a workflow hands on`);
  return JSON.parse(text) as Value;
}

interface Plan {
  readonly idle: boolean;
  readonly shards: readonly object[];
  readonly more: object | null;
  readonly asOf: string;
}

/** Calls a step until it answers without a cursor. */
export async function untilDone(step: Step, input: object, context = FRESH): Promise<Record<string, unknown>> {
  let answer = handOn(await step(handOn(input), context)) as Record<string, unknown>;
  while (answer.cursor != null) answer = handOn(await step(answer, context)) as Record<string, unknown>;
  return answer;
}

/** Plans, works on all shards of a page at the same time, plans the next page: as `infra/workflows/fan-out.ts` says. */
export async function fanOut(
  plan: Step,
  shard: Step,
  input: object,
  context = FRESH,
): Promise<{ readonly plan: Plan & Record<string, unknown>; readonly tallies: readonly never[] }> {
  const tallies: unknown[] = [];
  let planned = handOn((await plan(handOn(input), context)) as Plan & Record<string, unknown>);
  for (;;) {
    const done = await Promise.all(planned.shards.map((one) => untilDone(shard, one, context)));
    tallies.push(...done.map(({ tally }) => tally));
    if (planned.more === null) return { plan: planned, tallies: tallies as never[] };
    planned = handOn((await plan({ asOf: planned.asOf, ...planned.more }, context)) as Plan & Record<string, unknown>);
  }
}
