import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/**
 * What became of each mail, so that an event delivered twice mails once.
 *
 * | access pattern   | key                                     |
 * | ---------------- | --------------------------------------- |
 * | one mail         | `<brand>#MAIL#<message id>` / `#`       |
 *
 * `claimed` while a process is at it, then `sent` or `refused`. A claim runs out: a process that died leaves the mail to the next delivery.
 *
 * That leaves one window, which no log can close, since SES takes a mail and we write that down in two steps: a process that dies (or
 * never gets SES's answer) after SES took the mail and before `sent` is written. That mail goes out twice. The other choice would be to
 * lose it.
 */
export interface MailKey {
  readonly brandId: string;
  readonly messageId: string;
}

export type Claim =
  /** Ours to send until `untilMs`. */
  | { readonly outcome: 'claimed'; readonly attempt: number }
  | { readonly outcome: 'sent' | 'refused' }
  /** Another process is at it, or died at it a moment ago. */
  | { readonly outcome: 'busy' };

/** Longer than any redelivery: queues keep a message 14 days, and a statement's mail is asked about months later. */
const KEPT_SECONDS = 400 * 86_400;

type Row = Record<string, unknown>;

export const mailLog = (client: DynamoDBDocumentClient, table: string) => {
  const keyOf = ({ brandId, messageId }: MailKey) => ({ pk: `${brandId}#MAIL#${messageId}`, sk: '#' });

  /** Writes these attributes of a mail's row; a claim also counts as an attempt. */
  async function set(mail: MailKey, values: Row, condition = 'attribute_exists(pk)', compared: Row = {}): Promise<Row> {
    const assignments = Object.keys(values).map((name) => `#${name} = :${name}`);
    const update = `SET ${assignments.join(', ')} ADD #attempt :attempts`;
    const names = `${update} ${condition}`.match(/#\w+/g) ?? [];
    const { Attributes = {} } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keyOf(mail),
        UpdateExpression: update,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
          ':attempts': values.state === 'claimed' ? 1 : 0,
          ...compared,
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes;
  }

  return {
    /**
     * Takes a mail on, or says why not. `nowMs` is the wall clock: claims speak of living processes.
     * @param again also takes on what SES refused before: somebody has mended the address and replays it.
     */
    async claim(
      mail: MailKey,
      about: { readonly kind: string; readonly partnerId?: string },
      { nowMs, leaseMs, again = false }: { readonly nowMs: number; readonly leaseMs: number; readonly again?: boolean },
    ): Promise<Claim> {
      const claimed = {
        state: 'claimed',
        claimedUntilMs: nowMs + leaseMs,
        expiresAt: Math.ceil(nowMs / 1000) + KEPT_SECONDS,
        ...about,
      };
      const free = `attribute_not_exists(pk) OR (#state = :state AND #claimedUntilMs <= :now)${again ? ' OR #state = :refused' : ''}`;
      try {
        const row = await set(mail, claimed, free, { ':now': nowMs, ...(again && { ':refused': 'refused' }) });
        return { outcome: 'claimed', attempt: Number(row.attempt) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const { Item } = await client.send(
          new GetCommand({ TableName: table, Key: keyOf(mail), ConsistentRead: true }),
        );
        return { outcome: Item?.state === 'sent' || Item?.state === 'refused' ? Item.state : 'busy' };
      }
    },

    async sent(mail: MailKey, to: 'partner' | 'manager' | 'owner', sesMessageId: string, at: string): Promise<void> {
      await set(mail, { state: 'sent', to, sesMessageId, at });
    },

    async refused(mail: MailKey, reason: string, at: string): Promise<void> {
      await set(mail, { state: 'refused', reason, at });
    },

    /** Gives a claim back at once, when the mail surely did not leave. Does nothing when another process has taken it on meanwhile. */
    async release(mail: MailKey, attempt: number): Promise<void> {
      try {
        await set(mail, { claimedUntilMs: 0 }, '#state = :claimed AND #attempt = :mine', {
          ':claimed': 'claimed',
          ':mine': attempt,
        });
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async get(mail: MailKey): Promise<Record<string, unknown> | undefined> {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(mail) }));
      return Item;
    },
  };
};
