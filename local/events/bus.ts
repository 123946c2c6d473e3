import { randomUUID } from 'node:crypto';
import { wallClockMs } from '../../lib/clock.ts';
import { instant } from '../../lib/time.ts';
import { AwsFault, type Input, jsonService } from '../aws-json.ts';
import type { AwsService, Ground, Resource, Running } from '../contract.ts';
import { openDatabase } from '../durable.ts';
import type { Deliveries } from './deliveries.ts';
import { compilePattern } from './pattern.ts';
import { canSendTo } from './send.ts';
import { type Target, targetOf } from './target.ts';

export interface SeenEvent {
  readonly id: string;
  readonly atMs: number;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  /** The whole event as JSON text. */
  readonly event: string;
  /** Rules that matched, by name. */
  readonly rules: readonly string[];
}

export interface RuleStatus {
  readonly name: string;
  readonly bus: string;
  readonly enabled: boolean;
  readonly pattern: string;
  readonly targets: readonly string[];
}

export interface Bus extends Running {
  readonly service: AwsService;
  rules(): readonly RuleStatus[];
  /** Events seen lately, newest first; the last thousand are kept. */
  recent(limit: number, offset?: number): readonly SeenEvent[];
}

interface Rule extends RuleStatus {
  readonly arn: string;
  readonly busArn: string;
  matches(event: unknown): boolean;
  readonly delivered: readonly Target[];
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS seen (
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, at_ms INTEGER NOT NULL, bus TEXT NOT NULL, source TEXT NOT NULL,
  detail_type TEXT NOT NULL, event TEXT NOT NULL, rules TEXT NOT NULL
)`;
const REMEMBERED = 1000;
const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;

/** EventBridge: `PutEvents` to the template's buses and the default one, rules matched, deliveries on disk before the answer. */
export async function startBus(ground: Ground, deliveries: Deliveries): Promise<Bus> {
  const database = openDatabase(ground.dataDir('bus'), SCHEMA);
  const busArn = (nameOrArn: string) =>
    nameOrArn.startsWith('arn:')
      ? nameOrArn
      : `arn:aws:events:${ground.region}:${ground.account}:event-bus/${nameOrArn}`;
  const buses = new Set([busArn('default'), ...ground.assembly.ofType('AWS::Events::EventBus').map(({ arn }) => arn)]);
  const rules = ground.assembly
    .ofType('AWS::Events::Rule')
    .filter(({ properties }) => properties.EventPattern !== undefined)
    .map((resource) => ruleOf(resource, busArn));
  for (const rule of rules)
    if (!buses.has(rule.busArn)) throw new Error(`Rule ${rule.name}: there is no bus ${rule.busArn}.`);

  const see = database.prepare(
    'INSERT INTO seen (id, at_ms, bus, source, detail_type, event, rules) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const forget = database.prepare('DELETE FROM seen WHERE n <= (SELECT MAX(n) FROM seen) - ?');

  const put = (entry: Record<string, unknown>) => {
    const missing = ['Source', 'DetailType', 'Detail'].find(
      (field) => typeof entry[field] !== 'string' || entry[field] === '',
    );
    if (missing) return { ErrorCode: 'InvalidArgument', ErrorMessage: `${missing} is required.` };
    const detail = parsed(String(entry.Detail));
    if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    const arn = busArn(String(entry.EventBusName ?? 'default'));
    if (!buses.has(arn))
      return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `Event bus ${arn} does not exist.` };
    const nowMs = wallClockMs();
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': entry.DetailType,
      source: entry.Source,
      account: ground.account,
      time: secondsOf(entry.Time === undefined ? nowMs : Number(entry.Time) * 1000),
      region: ground.region,
      resources: entry.Resources ?? [],
      detail,
    };
    const matching = rules.filter((rule) => rule.busArn === arn && rule.enabled && rule.matches(event));
    deliveries.accept(
      matching.flatMap(({ arn: ruleArn, name: ruleName, delivered }) =>
        delivered.map((target) => ({
          originArn: ruleArn,
          targetArn: target.arn,
          payload: target.payload(event, { ruleArn, ruleName }),
          maxAttempts: target.maxAttempts,
          expiresMs: nowMs + target.maxAgeMs,
          ...(target.roleArn ? { roleArn: target.roleArn } : {}),
          ...(target.messageGroupId ? { messageGroupId: target.messageGroupId } : {}),
          ...(target.deadLetterArn ? { deadLetterArn: target.deadLetterArn } : {}),
        })),
      ),
    );
    const names = matching.map(({ name }) => name);
    const bus = arn.split('/').at(-1) ?? arn;
    see.run(
      event.id,
      nowMs,
      bus,
      String(entry.Source),
      String(entry.DetailType),
      JSON.stringify(event),
      JSON.stringify(names),
    );
    forget.run(REMEMBERED);
    return { EventId: event.id };
  };

  const entriesOf = (input: Input) =>
    Array.isArray(input.Entries) ? (input.Entries as Record<string, unknown>[]) : [];
  const service = jsonService({
    signingName: 'events',
    version: '1.1',
    operations: {
      PutEvents: {
        on: (input) => [
          ...new Set(entriesOf(input).map(({ EventBusName }) => busArn(String(EventBusName ?? 'default')))),
        ],
        run: (input) => {
          const entries = entriesOf(input);
          if (entries.length === 0 || entries.length > MAX_ENTRIES)
            throw new AwsFault('ValidationException', `1 to ${MAX_ENTRIES} entries are needed.`);
          if (Buffer.byteLength(JSON.stringify(entries)) > MAX_BYTES)
            throw new AwsFault('ValidationException', `The entries are over ${MAX_BYTES} bytes.`);
          const answers = entries.map(put);
          return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
        },
      },
    },
  });

  return {
    service,
    rules: () => rules.map(({ name, bus, enabled, pattern, targets }) => ({ name, bus, enabled, pattern, targets })),
    recent: (limit, offset = 0) =>
      database
        .prepare('SELECT * FROM seen ORDER BY n DESC LIMIT ? OFFSET ?')
        .all(limit, offset)
        .map((row) => ({
          id: String(row.id),
          atMs: Number(row.at_ms),
          bus: String(row.bus),
          source: String(row.source),
          detailType: String(row.detail_type),
          event: String(row.event),
          rules: JSON.parse(String(row.rules)) as string[],
        })),
    close: async () => database.close(),
  };
}

function ruleOf(resource: Resource, busArn: (name: string) => string): Rule {
  const { properties, physicalName, arn } = resource;
  const where = `${resource.stack}/${resource.logicalId}`;
  const delivered = ((properties.Targets ?? []) as Record<string, unknown>[]).map((target) => targetOf(target, where));
  for (const { arn: targetArn } of delivered) {
    if (!canSendTo(targetArn)) throw new Error(`${where}: events cannot be delivered to ${targetArn} on the laptop.`);
  }
  const bus = busArn(String(properties.EventBusName ?? 'default'));
  return {
    name: physicalName,
    arn,
    busArn: bus,
    bus: bus.split('/').at(-1) ?? bus,
    enabled: properties.State !== 'DISABLED',
    pattern: JSON.stringify(properties.EventPattern),
    matches: compilePattern(properties.EventPattern),
    targets: delivered.map((target) => target.arn),
    delivered,
  };
}

/** Events carry whole seconds. */
function secondsOf(epochMs: number): string {
  return instant(epochMs).replace(/\.\d{3}Z$/, 'Z');
}

function parsed(detail: string): unknown {
  try {
    const value: unknown = JSON.parse(detail);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
