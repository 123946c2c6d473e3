import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../time.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { DEFAULT_LIMIT, type Page, type PageRequest, pageOf } from './page.ts';
import { type Revised, type Revision, revise } from './revise.ts';
import { carriedOut, writeTogether } from './transaction.ts';

/**
 * | access pattern                            | key                                          |
 * | ----------------------------------------- | -------------------------------------------- |
 * | a brand's own webhooks, or one of them    | `<brand>#WEBHOOKS` / webhook id              |
 * | a partner's postbacks, or one of them     | `<brand>#POSTBACKS#<partner>` / webhook id   |
 *
 * In the webhooks table beside their deliveries, so that the function that talks to strangers' servers needs no other table for them.
 * Whose a webhook is stands in its key: a partner's route cannot name a brand's, nor another partner's.
 */
export type StoredWebhook = Revised<Webhook>;

/** Webhooks of a brand, or of a partner. */
export interface Owner {
  readonly brandId: string;
  readonly partnerId?: string | undefined;
}

/** Few enough that a fan-out reads them in one query. */
export const MOST_WEBHOOKS = 20;

const partition = ({ brandId, partnerId }: Owner) =>
  partnerId === undefined ? `${brandId}#WEBHOOKS` : `${brandId}#POSTBACKS#${partnerId}`;

type Row = StoredWebhook & { readonly pk: string; readonly sk: string };
const toRow = (webhook: StoredWebhook): Row => ({ ...webhook, pk: partition(webhook), sk: webhook.webhookId });
const toWebhook = ({ pk: _, sk: __, ...webhook }: Row): StoredWebhook => webhook;

/** For the functions that send: webhooks to read, and what becomes of them when a receiver fails. */
export function webhookState(client: DynamoDBDocumentClient, table: string) {
  const keyOf = (owner: Owner, webhookId: string) => ({ pk: partition(owner), sk: webhookId });

  /** Changes a row if the condition holds; whether it did. */
  async function change(
    owner: Owner,
    webhookId: string,
    update: { readonly set: string; readonly when: string; readonly values: Readonly<Record<string, unknown>> },
  ): Promise<boolean> {
    try {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(owner, webhookId),
          UpdateExpression: update.set,
          ConditionExpression: `attribute_exists(pk) AND ${update.when}`,
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':active': 'active', ...update.values },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return {
    async get(owner: Owner, webhookId: string): Promise<StoredWebhook | undefined> {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: keyOf(owner, webhookId), ConsistentRead: true }),
      );
      return Item && toWebhook(Item as Row);
    },

    /** All webhooks of an owner, oldest first. */
    async all(owner: Owner): Promise<StoredWebhook[]> {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': partition(owner) },
        }),
      );
      return Items.map((item) => toWebhook(item as Row));
    },

    /** Remembers the first failure in a row. */
    failing: (owner: Owner, webhookId: string, since: Instant) =>
      change(owner, webhookId, {
        set: 'SET failingSince = :since',
        when: '#status = :active AND attribute_not_exists(failingSince)',
        values: { ':since': since },
      }),

    /** Something was taken. */
    healthy: (owner: Owner, webhookId: string) =>
      change(owner, webhookId, { set: 'REMOVE failingSince', when: '#status = :active', values: {} }),

    /** Switches a webhook off; `false` when that was done already. */
    disable: (owner: Owner, webhookId: string, disabled: NonNullable<Webhook['disabled']>) =>
      change(owner, webhookId, {
        set: 'SET #status = :disabled, disabled = :why, revision = revision + :one',
        when: '#status = :active',
        values: { ':disabled': 'disabled', ':why': disabled, ':one': 1 },
      }),
  };
}

/** For the brand API: webhooks to make, change and remove, each with its audit entry in the core table. */
export function webhooks(client: DynamoDBDocumentClient, table: string, core: string) {
  const audit = auditLog(client, core);
  const { get, all } = webhookState(client, table);
  return {
    get,
    all,

    /** Writes a webhook; `false` when an earlier attempt of the same request did. */
    async create(webhook: Webhook, entry: AuditEntry): Promise<boolean> {
      const row = toRow({ ...webhook, revision: 1 });
      const put = { Put: { TableName: table, Item: row, ConditionExpression: 'attribute_not_exists(pk)' } };
      return (await writeTogether(client, [put, audit.write(entry)])).written;
    },

    async list(owner: Owner, { cursor, limit = DEFAULT_LIMIT }: PageRequest): Promise<Page<StoredWebhook>> {
      const pk = partition(owner);
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          Limit: limit,
          ...(cursor !== undefined && { ExclusiveStartKey: { pk, sk: cursor } }),
          ConsistentRead: true,
        }),
      );
      const items = Items.map((item) => toWebhook(item as Row));
      return pageOf(items, LastEvaluatedKey !== undefined, ({ webhookId }) => webhookId);
    },

    update: (
      owner: Owner,
      webhookId: string,
      to: (webhook: StoredWebhook) => Webhook,
      entry: (before: Partial<Webhook>, after: Partial<Webhook>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Webhook>> =>
      revise<Webhook>(client, {
        read: () => get(owner, webhookId),
        to,
        writes: (before, after) => [
          {
            Put: {
              TableName: table,
              Item: toRow(after),
              ConditionExpression: 'revision = :revision',
              ExpressionAttributeValues: { ':revision': before.revision },
            },
          },
        ],
        entry,
        auditWrite: audit.write,
        expected,
      }),

    /** Removes a webhook; `false` when there is none. Its deliveries stay until they expire. */
    async remove(owner: Owner, webhookId: string, entry: AuditEntry): Promise<boolean> {
      const Key = { pk: partition(owner), sk: webhookId };
      const remove = { Delete: { TableName: table, Key, ConditionExpression: 'attribute_exists(pk)' } };
      return carriedOut(await writeTogether(client, [remove, audit.write(entry)]), 1);
    },
  };
}
