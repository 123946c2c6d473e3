import type { Need } from '../contract.ts';
import { leadingKeys } from './leading-keys.ts';
import { partiqlTable, type TableRequest, tableName, transactItems } from './request.ts';
import type { TableHere } from './tables.ts';

type Input = Readonly<Record<string, unknown>>;

/** Actions on no table in particular. */
const WIDE = ['ListTables', 'ListStreams', 'DescribeLimits', 'DescribeEndpoints'];

/** The transaction entries' IAM actions; each is asked for on its own table, as AWS does. */
const ENTRY_ACTIONS: Readonly<Record<string, string>> = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
  Get: 'dynamodb:GetItem',
};

/**
 * What a role must be allowed for one DynamoDB call: the action on the table, or on the index it reads, with the partition keys it
 * touches for `dynamodb:LeadingKeys`; and, for a table under a key of one's own, `kms:Decrypt` on that key.
 */
export function needsOf(request: TableRequest, table: (name: string) => TableHere, region: string): Need[] {
  const own = ownNeeds(request, table);
  const keys = new Set(request.streams ? [] : request.tables.map((name) => table(name).keyArn));
  return [
    ...own,
    ...[...keys]
      .filter((arn) => arn !== undefined)
      .map((arn) => ({
        action: 'kms:Decrypt',
        resource: arn,
        context: { 'kms:ViaService': [`dynamodb.${region}.amazonaws.com`] },
      })),
  ];
}

function ownNeeds({ action, streams, input, tables }: TableRequest, table: (name: string) => TableHere): Need[] {
  if (WIDE.includes(action)) return [{ action: `dynamodb:${action}`, resource: '*' }];
  if (streams) return [{ action: `dynamodb:${action}`, resource: streamOf(input, table) }];
  if (input.TransactItems) {
    return transactItems(input).map(({ action: entry, on }) => {
      const here = table(tableName(on.TableName));
      return need(ENTRY_ACTIONS[entry] ?? `dynamodb:${entry}`, here.arn, leadingKeys(here, on));
    });
  }
  const statements = input.Statements ?? (input.Statement ? [{ Statement: input.Statement }] : undefined);
  if (statements) {
    return ([statements].flat() as { Statement?: unknown }[]).map(({ Statement }) => {
      const [, verb = 'Select'] = /^\s*(\w+)/.exec(String(Statement)) ?? [];
      const name = verb.charAt(0).toUpperCase() + verb.slice(1).toLowerCase();
      return { action: `dynamodb:PartiQL${name}`, resource: table(partiqlTable(Statement) ?? '?').arn };
    });
  }
  return tables.map((name) => {
    const here = table(name);
    const index = typeof input.IndexName === 'string' ? `/index/${input.IndexName}` : '';
    const requests = (input.RequestItems as Record<string, unknown> | undefined)?.[name];
    return need(`dynamodb:${action}`, here.arn + index, leadingKeys(here, requests ?? input));
  });
}

const need = (action: string, resource: string, keys: readonly string[]): Need =>
  keys.length > 0 ? { action, resource, context: { 'dynamodb:LeadingKeys': keys } } : { action, resource };

function streamOf(input: Input, table: (name: string) => TableHere): string {
  if (typeof input.StreamArn === 'string') return input.StreamArn;
  try {
    const position = JSON.parse(Buffer.from(String(input.ShardIterator), 'base64').toString()) as {
      table_name?: string;
    };
    return table(String(position.table_name)).streamArn ?? '*';
  } catch {
    return '*';
  }
}
