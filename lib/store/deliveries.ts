import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { Index } from '../names.ts';
import { epochMs, type Instant } from '../time.ts';
import {
  type Attempt,
  type Delivery,
  type DeliveryState,
  deliveryIdOf,
  lookAt,
  MOST_ATTEMPTS,
} from '../webhooks/delivery.ts';
import { bodyOf, type Notice } from '../webhooks/notices.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { DEFAULT_LIMIT, type Page, type PageRequest, pageOf } from './page.ts';

/**
 * | access pattern                             | index | key                                                             |
 * | ------------------------------------------ | ----- | --------------------------------------------------------------- |
 * | one delivery; a webhook's, newest first    | table | `<brand>#DELIVERIES#<webhook>` / delivery id (sorts by time)    |
 * | what the sweep has to look at              | open  | `<brand>#WAITING` / look at `#` due `#` delivery id             |
 * | a webhook's dead letters                   | open  | `<brand>#DEAD#<webhook>` / delivery id                          |
 *
 * The index is sparse and holds keys only: a delivery that was taken is not in it. A delivery is one row, put only where there is none,
 * so an event that is fanned out twice is delivered once; and an attempt is made by whoever could claim the row while it was due.
 */
export interface DeliveryKey {
  readonly brandId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
}

/** Days a delivery is kept, whatever became of it. */
const KEPT_SECONDS = 30 * 86_400;
/** Longer than a call of the sender lasts; shorter than its message stays hidden after one. */
export const CLAIM_MS = 90_000;

type Row = Record<string, unknown>;

export type Claimed =
  | { readonly outcome: 'claimed'; readonly delivery: Delivery; readonly untilMs: number }
  /** Not due before that time. */
  | { readonly outcome: 'early'; readonly dueAtMs: number }
  /** Done, gone, or in another call's hands: this message has nothing to do. */
  | { readonly outcome: 'nothing-to-do' };

/** What an attempt leaves in the row. */
export interface Outcome {
  readonly state: DeliveryState;
  readonly made: number;
  readonly dueAtMs: number;
  readonly attempt?: Attempt;
  readonly response?: string;
}

const partition = ({ brandId, webhookId }: Pick<DeliveryKey, 'brandId' | 'webhookId'>) =>
  `${brandId}#DELIVERIES#${webhookId}`;
const keyOf = (key: DeliveryKey) => ({ pk: partition(key), sk: key.deliveryId });
const waiting = (brandId: string) => `${brandId}#WAITING`;
const dead = ({ brandId, webhookId }: Pick<DeliveryKey, 'brandId' | 'webhookId'>) => `${brandId}#DEAD#${webhookId}`;

/** Where a delivery stands in the index. */
function openKeyOf(key: DeliveryKey, state: DeliveryState, dueAtMs: number, nowMs: number): Row {
  if (state === 'pending')
    return { openPk: waiting(key.brandId), openSk: `${lookAt(dueAtMs, nowMs)}#${dueAtMs}#${key.deliveryId}` };
  return state === 'dead' ? { openPk: dead(key), openSk: key.deliveryId } : {};
}

function toDelivery(item: Row): Delivery {
  const { pk, sk, openPk: _, openSk: __, expiresAt: ___, claimedUntilMs: ____, ...rest } = item;
  const [brandId = '', , webhookId = ''] = String(pk).split('#');
  return { ...rest, brandId, webhookId, deliveryId: String(sk) } as Delivery;
}

export function deliveries(client: DynamoDBDocumentClient, table: string) {
  async function get(key: DeliveryKey): Promise<Delivery | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }));
    return Item && toDelivery(Item);
  }

  /** Sets and removes attributes if the condition holds; the row as it is then, or nothing. */
  async function change(key: DeliveryKey, set: Row, remove: readonly string[], when: string, values: Row) {
    const cells = Object.entries(set);
    const names = [
      ...cells.map(([name]) => name),
      ...remove,
      ...(when.match(/#\w+/g) ?? []).map((one) => one.slice(1)),
    ];
    try {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(key),
          UpdateExpression: [
            ...(cells.length > 0 ? [`SET ${cells.map(([name]) => `#${name} = :${name}`).join(', ')}`] : []),
            ...(remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : []),
          ].join(' '),
          ConditionExpression: when,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: {
            ...Object.fromEntries(cells.map(([name, value]) => [`:${name}`, value])),
            ...values,
          },
          ReturnValues: 'ALL_NEW',
        }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  return {
    get,

    /** Makes the delivery of a notice to a webhook, due at once; made before, it stays as it is. Answers its key. */
    async make(
      { webhookId, partnerId }: Pick<Webhook, 'webhookId' | 'partnerId'>,
      notice: Notice,
      now: Instant,
    ): Promise<DeliveryKey> {
      const nowMs = epochMs(now);
      const key = { brandId: notice.brandId, webhookId, deliveryId: deliveryIdOf(webhookId, notice) };
      const row = {
        ...keyOf(key),
        ...openKeyOf(key, 'pending', nowMs, nowMs),
        ...(partnerId !== undefined && { partnerId }),
        eventId: notice.id,
        type: notice.type,
        at: notice.at,
        body: bodyOf(notice),
        state: 'pending',
        made: 0,
        dueAtMs: nowMs,
        attempts: [],
        createdAt: now,
        expiresAt: Math.ceil(nowMs / 1000) + KEPT_SECONDS,
      };
      try {
        await client.send(
          new PutCommand({ TableName: table, Item: row, ConditionExpression: 'attribute_not_exists(pk)' }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      return key;
    },

    /** Takes the attempt that is due on, or says why not. `nowMs` is the wall clock: claims speak of living processes. */
    async claim(key: DeliveryKey, nowMs: number): Promise<Claimed> {
      const untilMs = nowMs + CLAIM_MS;
      const free =
        '#state = :pending AND #dueAtMs <= :now AND (attribute_not_exists(#claimedUntilMs) OR #claimedUntilMs <= :now)';
      const row = await change(key, { claimedUntilMs: untilMs }, [], free, { ':pending': 'pending', ':now': nowMs });
      if (row) return { outcome: 'claimed', delivery: toDelivery(row), untilMs };
      const delivery = await get(key);
      return delivery?.state === 'pending' && delivery.dueAtMs > nowMs
        ? { outcome: 'early', dueAtMs: delivery.dueAtMs }
        : { outcome: 'nothing-to-do' };
    },

    /** Writes what the claimed attempt came to. `false` when the claim ran out and somebody else has taken it since. */
    async finish(claimed: Delivery, untilMs: number, outcome: Outcome, nowMs: number): Promise<boolean> {
      const { state, made, dueAtMs, attempt, response } = outcome;
      const open = openKeyOf(claimed, state, dueAtMs, nowMs);
      const attempts = [...claimed.attempts, ...(attempt ? [attempt] : [])].slice(-MOST_ATTEMPTS);
      const row = await change(
        claimed,
        { state, made, dueAtMs, attempts, ...open, ...(response !== undefined && { response }) },
        ['claimedUntilMs', ...(state === 'delivered' ? ['openPk', 'openSk'] : [])],
        '#claimedUntilMs = :until',
        { ':until': untilMs },
      );
      return row !== undefined;
    },

    /** Puts a delivery that is not pending back to the start of its schedule. Nothing when it is pending or there is none. */
    async replay(key: DeliveryKey, now: Instant): Promise<Delivery | undefined> {
      const nowMs = epochMs(now);
      const row = await change(
        key,
        {
          state: 'pending',
          made: 0,
          dueAtMs: nowMs,
          ...openKeyOf(key, 'pending', nowMs, nowMs),
          expiresAt: Math.ceil(nowMs / 1000) + KEPT_SECONDS,
        },
        ['claimedUntilMs'],
        'attribute_exists(#pk) AND #state <> :pending',
        { ':pending': 'pending' },
      );
      return row && toDelivery(row);
    },

    /** A webhook's deliveries, newest event first. */
    async list(
      webhook: Pick<DeliveryKey, 'brandId' | 'webhookId'>,
      { cursor, limit = DEFAULT_LIMIT }: PageRequest,
    ): Promise<Page<Delivery>> {
      const pk = partition(webhook);
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ScanIndexForward: false,
          Limit: limit,
          ...(cursor !== undefined && { ExclusiveStartKey: { pk, sk: cursor } }),
          ConsistentRead: true,
        }),
      );
      return pageOf(Items.map(toDelivery), LastEvaluatedKey !== undefined, ({ deliveryId }) => deliveryId);
    },

    /** A webhook's dead letters, newest event first. */
    async dead(
      webhook: Pick<DeliveryKey, 'brandId' | 'webhookId'>,
      { cursor, limit = DEFAULT_LIMIT }: PageRequest,
    ): Promise<Page<Delivery>> {
      const openPk = dead(webhook);
      const at = (deliveryId: string) => ({ ...keyOf({ ...webhook, deliveryId }), openPk, openSk: deliveryId });
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: Index.webhooksOpen,
          KeyConditionExpression: 'openPk = :pk',
          ExpressionAttributeValues: { ':pk': openPk },
          ScanIndexForward: false,
          Limit: limit,
          ...(cursor !== undefined && { ExclusiveStartKey: at(cursor) }),
        }),
      );
      const ids = Items.map(({ sk }) => String(sk));
      const found = await Promise.all(ids.map((deliveryId) => get({ ...webhook, deliveryId })));
      // The index follows the table: what was replayed a moment ago may still be in it.
      const items = found.filter((delivery) => delivery?.state === 'dead') as Delivery[];
      const last = ids.at(-1);
      return LastEvaluatedKey && last !== undefined ? { items, cursor: last } : { items };
    },

    /** Pending deliveries of a brand that the sweep has to look at until an instant, at most a page of them, and whether there are more. */
    async toLookAt(
      brandId: string,
      until: Instant,
    ): Promise<{ readonly found: readonly { key: DeliveryKey; dueAtMs: number }[]; readonly more: boolean }> {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: Index.webhooksOpen,
          KeyConditionExpression: 'openPk = :pk AND openSk < :until',
          // `$` follows `#` in ASCII: what is to be looked at in the last millisecond is below it.
          ExpressionAttributeValues: { ':pk': waiting(brandId), ':until': `${until}$` },
          Limit: 100,
        }),
      );
      const found = Items.map(({ pk, sk, openSk }) => ({
        key: { brandId, webhookId: String(pk).split('#')[2] ?? '', deliveryId: String(sk) },
        dueAtMs: Number(String(openSk).split('#')[1]),
      }));
      return { found, more: LastEvaluatedKey !== undefined };
    },

    /** Notes that a message for a pending delivery is on its way, so that the sweep looks again only once it must be lost. */
    async queued(key: DeliveryKey, dueAtMs: number, nowMs: number): Promise<void> {
      const from = Math.max(dueAtMs, nowMs);
      const openSk = `${lookAt(from, from)}#${dueAtMs}#${key.deliveryId}`;
      await change(key, { openSk }, [], '#state = :pending AND #dueAtMs = :due', {
        ':pending': 'pending',
        ':due': dueAtMs,
      });
    },
  };
}
