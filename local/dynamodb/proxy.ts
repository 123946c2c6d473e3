import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsAnswer, AwsService } from '../contract.ts';
import type { Meter } from '../meter.ts';
import { askedFor, consumed, isMetered, isWrite, meteredInput } from './consumption.ts';
import type { Fault, Faults } from './faults.ts';
import { needsOf } from './needs.ts';
import { requestOf, type TableRequest, tableName, transactItems } from './request.ts';
import type { TableHere } from './tables.ts';
import type { Wire } from './wire.ts';

export interface ProxyGround {
  readonly send: Wire;
  readonly tables: ReadonlyMap<string, TableHere>;
  /** Table → its stream's ARN as the engine knows it. */
  readonly engineStreams: ReadonlyMap<string, string>;
  readonly region: string;
  readonly account: string;
  readonly meter: Meter;
  readonly faults: Faults;
  /** Told after each successful write, so that stream readers need not ask all the time. */
  readonly onWrite: (table: string) => void;
}

const ERRORS = 'com.amazonaws.dynamodb.v20120810#';

/**
 * DynamoDB behind the front door: counts what each call costs, meets it with the faults that tests set, and hands it to the engine.
 * ARNs carry the templates' region and account outside, the engine's own inside.
 */
export function tableProxy(ground: ProxyGround): AwsService {
  const { region, account, tables, meter, faults } = ground;
  const unknownTable = (name: string): TableHere => ({
    name,
    arn: `arn:aws:dynamodb:${region}:${account}:table/${name}`,
    streamArn: undefined,
    partitionKey: '',
    indexPartitionKeys: {},
    keyArn: undefined,
    expiryAttribute: undefined,
    definition: {},
  });
  const table = (name: string) => tables.get(name) ?? unknownTable(name);

  return {
    signingName: 'dynamodb',
    needs: (call) => needsOf(requestOf(call), table, region),
    metered(call) {
      const request = requestOf(call);
      return { action: `dynamodb:${request.action}`, resource: request.tables[0] ?? '*' };
    },
    denied: (_, message) => refusal('com.amazon.coral.service#AccessDeniedException', message),
    async answer(call) {
      const request = requestOf(call);
      const fault = faults.strike({ action: request.action, principal: call.principal, tables: request.tables });
      const refused = fault && refusedBy(fault, request);
      if (refused) return refused;
      const input = isMetered(request) ? meteredInput(request) : request.input;
      // A body that is no JSON object goes on as it came: the engine words the refusal.
      const body =
        Object.keys(request.input).length === 0 ? call.body.toString('utf8') : JSON.stringify(inside(input, ground));
      const { status, text } = await ground.send(call.headers['x-amz-target'] ?? '', body);
      const answer = isMetered(request)
        ? metered(request, call.principal, text, meter)
        : outside(text, region, account);
      if (status === 200 && isWrite(request)) for (const name of request.tables) ground.onWrite(name);
      if (fault?.kind === 'lost-reply') throw connectionLost();
      if (fault?.kind === 'delay') await sleep(fault.delayMs ?? 100);
      return reply(status, answer);
    },
  };
}

function metered(request: TableRequest, principal: string, text: string, meter: Meter): string {
  const answer = JSON.parse(text) as Record<string, unknown>;
  for (const part of consumed(request, answer)) meter.consume(principal, `dynamodb:${request.action}`, part);
  return JSON.stringify(askedFor(request, answer));
}

/** Table ARNs become names and stream ARNs the engine's. */
function inside(
  input: Readonly<Record<string, unknown>>,
  { engineStreams }: ProxyGround,
): Readonly<Record<string, unknown>> {
  const changed: Record<string, unknown> = { ...input };
  if (typeof input.TableName === 'string') changed.TableName = tableName(input.TableName);
  if (typeof input.StreamArn === 'string')
    changed.StreamArn = engineStreams.get(tableName(input.StreamArn)) ?? input.StreamArn;
  return changed;
}

/** The engine's ARNs become the templates', with the one stream label they know. */
function outside(text: string, region: string, account: string): string {
  return text
    .replace(/arn:aws:dynamodb:(?:dynoxide|ddblocal):\d+:table\//g, `arn:aws:dynamodb:${region}:${account}:table/`)
    .replace(/(:table\/[\w.-]+\/stream\/)[^"/]+/g, '$12026-01-01T00:00:00.000')
    .replace(/"awsRegion":"(?:dynoxide|ddblocal)"/g, `"awsRegion":"${region}"`);
}

function refusedBy({ kind }: Fault, request: TableRequest): AwsAnswer | undefined {
  if (kind === 'down') throw connectionLost();
  if (kind !== 'throttle' && kind !== 'conflict') return undefined;
  if (request.action === 'TransactWriteItems' || (kind === 'conflict' && request.input.TransactItems)) {
    const Code = kind === 'throttle' ? 'ThrottlingError' : 'TransactionConflict';
    const reasons = transactItems(request.input).map((_, index) => (index === 0 ? { Code } : { Code: 'None' }));
    const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map((one) => one.Code).join(', ')}]`;
    return reply(
      400,
      JSON.stringify({
        __type: `${ERRORS}TransactionCanceledException`,
        Message: message,
        CancellationReasons: reasons,
      }),
    );
  }
  return kind === 'throttle'
    ? refusal(
        `${ERRORS}ProvisionedThroughputExceededException`,
        'The level of configured provisioned throughput was exceeded',
      )
    : refusal(`${ERRORS}TransactionConflictException`, 'Transaction is ongoing for the item');
}

const connectionLost = () => Object.assign(new Error('the connection was closed on purpose'), { code: 'ECONNRESET' });
const refusal = (type: string, message: string) => reply(400, JSON.stringify({ __type: type, message }));
const reply = (status: number, body: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body,
});
