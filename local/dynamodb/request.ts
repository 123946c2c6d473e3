import type { AwsCall } from '../contract.ts';

/** A DynamoDB request, its body read once. */
export interface TableRequest {
  /** `PutItem`, `Query`, `GetRecords` … */
  readonly action: string;
  /** `true` for the streams API, which has its own target prefix. */
  readonly streams: boolean;
  readonly input: Readonly<Record<string, unknown>>;
  /** Physical names of the tables it touches, each once, in the order they are named. */
  readonly tables: readonly string[];
}

const read = new WeakMap<AwsCall, TableRequest>();

/** Reads a call; a body that is no JSON object reads as empty, and the engine words the refusal. */
export function requestOf(call: AwsCall): TableRequest {
  let request = read.get(call);
  if (!request) {
    const [prefix = '', action = ''] = (call.headers['x-amz-target'] ?? '').split('.');
    const input = parsed(call.body);
    request = { action, streams: prefix.startsWith('DynamoDBStreams'), input, tables: tablesOf(action, input) };
    read.set(call, request);
  }
  return request;
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** The entries of a transaction, each with its one action. */
export function transactItems(
  input: Readonly<Record<string, unknown>>,
): { action: string; on: Record<string, unknown> }[] {
  return ([input.TransactItems ?? []].flat() as Record<string, Record<string, unknown>>[]).flatMap((item) =>
    Object.entries(item ?? {}).map(([action, on]) => ({ action, on: on ?? {} })),
  );
}

/** The table a PartiQL statement names; `undefined` when it cannot be told. */
export function partiqlTable(statement: unknown): string | undefined {
  return /\b(?:FROM|INTO|UPDATE)\s+"?([\w.-]+)"?/i.exec(String(statement))?.[1];
}

/** Table name of a name or ARN; since 2024 AWS takes either. */
export const tableName = (nameOrArn: unknown): string =>
  /:table\/([^/]+)/.exec(String(nameOrArn))?.[1] ?? String(nameOrArn);

function tablesOf(action: string, input: Readonly<Record<string, unknown>>): string[] {
  const named = (): unknown[] => {
    if (input.TransactItems) return transactItems(input).map(({ on }) => on.TableName);
    if (action === 'BatchWriteItem' || action === 'BatchGetItem') return Object.keys(input.RequestItems ?? {});
    if (input.Statement) return [partiqlTable(input.Statement)];
    if (input.Statements)
      return [input.Statements].flat().map((one) => partiqlTable((one as { Statement?: unknown }).Statement));
    return [input.TableName ?? input.StreamArn ?? input.ResourceArn];
  };
  return [
    ...new Set(
      named()
        .filter((name) => name !== undefined)
        .map(tableName),
    ),
  ];
}
