import { expect, test } from 'vitest';
import type { AwsCall } from '../../../local/contract.ts';
import { needsOf } from '../../../local/dynamodb/needs.ts';
import { requestOf } from '../../../local/dynamodb/request.ts';
import type { TableHere } from '../../../local/dynamodb/tables.ts';

const arn = (name: string) => `arn:aws:dynamodb:eu-west-1:1:table/${name}`;
const table = (name: string): TableHere => ({
  name,
  arn: arn(name),
  streamArn: undefined,
  partitionKey: 'pk',
  indexPartitionKeys: { byOwner: 'owner' },
  keyArn: name === 'vault' ? 'arn:aws:kms:eu-west-1:1:key/k' : undefined,
  expiryAttribute: undefined,
  definition: {},
});

function needs(action: string, input: object) {
  const headers = { 'x-amz-target': `DynamoDB_20120810.${action}` };
  const call: AwsCall = {
    service: 'dynamodb',
    principal: 'p',
    method: 'POST',
    path: '/',
    headers,
    body: Buffer.from(JSON.stringify(input)),
  };
  return needsOf(requestOf(call), table, 'eu-west-1').map(({ action: needed, resource, context }) => [
    needed,
    resource,
    ...(context ? [Object.values(context)[0]] : []),
  ]);
}
const S = (text: string) => ({ S: text });

test.each<[string, string, object, unknown[][]]>([
  ['an item by key', 'GetItem', { TableName: 't', Key: { pk: S('a') } }, [['dynamodb:GetItem', arn('t'), ['a']]]],
  [
    'a table by its ARN',
    'PutItem',
    { TableName: arn('t'), Item: { pk: S('a') } },
    [['dynamodb:PutItem', arn('t'), ['a']]],
  ],
  [
    'a query of an index, by its own key',
    'Query',
    {
      TableName: 't',
      IndexName: 'byOwner',
      KeyConditionExpression: 'x > :x AND #o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': S('me'), ':x': S('1') },
    },
    [['dynamodb:Query', `${arn('t')}/index/byOwner`, ['me']]],
  ],
  ['a scan, which says no key', 'Scan', { TableName: 't' }, [['dynamodb:Scan', arn('t')]]],
  [
    'a batch over two tables',
    'BatchWriteItem',
    {
      RequestItems: {
        a: [{ PutRequest: { Item: { pk: S('1') } } }, { DeleteRequest: { Key: { pk: S('2') } } }],
        b: [{ PutRequest: { Item: { pk: S('3') } } }],
      },
    },
    [
      ['dynamodb:BatchWriteItem', arn('a'), ['1', '2']],
      ['dynamodb:BatchWriteItem', arn('b'), ['3']],
    ],
  ],
  [
    'a batch of reads',
    'BatchGetItem',
    { RequestItems: { a: { Keys: [{ pk: S('1') }, { pk: S('2') }] } } },
    [['dynamodb:BatchGetItem', arn('a'), ['1', '2']]],
  ],
  [
    'a transaction, by what each entry does',
    'TransactWriteItems',
    {
      TransactItems: [
        { Put: { TableName: 'a', Item: { pk: S('1') } } },
        { Update: { TableName: 'b', Key: { pk: S('2') } } },
        { Delete: { TableName: 'b', Key: { pk: S('3') } } },
        { ConditionCheck: { TableName: 'a', Key: { pk: S('4') } } },
      ],
    },
    [
      ['dynamodb:PutItem', arn('a'), ['1']],
      ['dynamodb:UpdateItem', arn('b'), ['2']],
      ['dynamodb:DeleteItem', arn('b'), ['3']],
      ['dynamodb:ConditionCheckItem', arn('a'), ['4']],
    ],
  ],
  [
    'PartiQL',
    'ExecuteStatement',
    { Statement: `SELECT * FROM "t" WHERE pk = 'a'` },
    [['dynamodb:PartiQLSelect', arn('t')]],
  ],
  [
    'a table under a key of its own',
    'GetItem',
    { TableName: 'vault', Key: { pk: S('a') } },
    [
      ['dynamodb:GetItem', arn('vault'), ['a']],
      ['kms:Decrypt', 'arn:aws:kms:eu-west-1:1:key/k', ['dynamodb.eu-west-1.amazonaws.com']],
    ],
  ],
  ['no table in particular', 'ListTables', {}, [['dynamodb:ListTables', '*']]],
])('%s', (_, action, input, expected) => expect(needs(action, input)).toEqual(expected));
