import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { carriedOut, type Write, writeTogether } from '../../../lib/store/transaction.ts';
import { coreGround } from '../../support/core-ground.ts';

const ground = coreGround();
const put = (pk: string): Write => ({
  Put: { TableName: ground.tables.core, Item: { pk, sk: '#' }, ConditionExpression: 'attribute_not_exists(pk)' },
});

describe('writing together', () => {
  test('writes all, or none and says which conditions failed', async () => {
    const { client } = ground.engine;
    expect(await writeTogether(client, [put('a'), put('b')])).toEqual({ written: true });
    expect(await writeTogether(client, [put('c'), put('a'), put('d'), put('b')])).toEqual({
      written: false,
      failed: [1, 3],
    });
    const { Item } = await client.send(new GetCommand({ TableName: ground.tables.core, Key: { pk: 'c', sk: '#' } }));
    expect(Item).toBeUndefined();
  });

  test('leaves what is no condition to the caller: a collision may succeed next time', async () => {
    const reasons = [{ Code: 'ConditionalCheckFailed' }, { Code: 'TransactionConflict' }];
    const collided = new TransactionCanceledException({ message: 'x', $metadata: {}, CancellationReasons: reasons });
    const client = { send: () => Promise.reject(collided) } as never;
    await expect(writeTogether(client, [put('x'), put('y')])).rejects.toBe(collided);
  });

  test('throws what DynamoDB refuses outright', async () => {
    await expect(writeTogether(ground.engine.client, [put('same'), put('same')])).rejects.toThrow();
  });
});

test.each([
  ['written now', { written: true }, true],
  ['written by an earlier attempt: its audit entry is there', { written: false, failed: [0, 1] }, true],
  ['somebody else’s row', { written: false, failed: [0] }, false],
] as const)('%s', (_, outcome, expected) => expect(carriedOut(outcome, 1)).toBe(expected));
