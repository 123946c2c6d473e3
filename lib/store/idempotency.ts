import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../time.ts';

/**
 * | access pattern                      | index | key                                                    |
 * | ----------------------------------- | ----- | ------------------------------------------------------ |
 * | what a repeated request answered    | table | `<brand>#ONCE#<route>#<SHA-256 of the key>` / `#`      |
 *
 * A row is `running` while a process works on the request, `done` with its answer, or `failed` when that process said so; a process that
 * died shows as `running` past its `lockedUntilMs`. Rows go by TTL, a day after the first request at the earliest.
 *
 * Bare commands, since the claim rests on one conditional update that hands back the row it lost to.
 */
export interface ClaimedRequest {
  readonly brandId: string;
  readonly route: string;
  /** SHA-256 of the caller's `Idempotency-Key`. */
  readonly keyHash: string;
  /** SHA-256 of everything the request says. */
  readonly fingerprint: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Claim =
  /** Ours to carry out, as of the first attempt's time. */
  | { readonly outcome: 'claimed'; readonly firstAt: Instant }
  /** Carried out before; no answer when it was not to be kept. */
  | { readonly outcome: 'done'; readonly answer?: StoredAnswer }
  | { readonly outcome: 'running' }
  /** The key was used for another request. */
  | { readonly outcome: 'different' };

const KEPT_SECONDS = 86_400 + 3_600;

export function idempotency(client: DynamoDBDocumentClient, table: string) {
  const keyOf = ({ brandId, route, keyHash }: ClaimedRequest) => ({
    pk: `${brandId}#ONCE#${route}#${keyHash}`,
    sk: '#',
  });

  const update = (
    request: ClaimedRequest,
    set: Record<string, unknown>,
    extra: { condition?: string; values?: Record<string, unknown>; set?: string },
  ) =>
    new UpdateCommand({
      TableName: table,
      Key: keyOf(request),
      UpdateExpression: `SET ${[...Object.keys(set).map((name) => `#${name} = :${name}`), ...(extra.set ? [extra.set] : [])].join(', ')}`,
      ConditionExpression: extra.condition,
      ExpressionAttributeNames: Object.fromEntries(Object.keys(set).map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
        ...extra.values,
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });

  return {
    /**
     * Claims a request, or tells what became of it. `nowMs` and `lockedUntilMs` are wall-clock times: they speak of living processes,
     * not of the business. A claim of a dead process is taken over by the same request only.
     */
    async claim(request: ClaimedRequest, at: Instant, nowMs: number, lockedUntilMs: number): Promise<Claim> {
      const running = {
        state: 'running',
        fingerprint: request.fingerprint,
        lockedUntilMs,
        expiresAt: Math.ceil(nowMs / 1000) + KEPT_SECONDS,
      };
      try {
        const { Attributes } = await client.send(
          update(request, running, {
            set: 'firstAt = if_not_exists(firstAt, :at)',
            condition:
              'attribute_not_exists(pk) OR (#fingerprint = :fingerprint AND #state <> :done AND #lockedUntilMs <= :now)',
            values: { ':at': at, ':now': nowMs, ':done': 'done' },
          }),
        );
        return { outcome: 'claimed', firstAt: Attributes?.firstAt };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error;
        return lostTo(error.Item as unknown as Record<string, { S?: string }>, request);
      }
    },

    /** Keeps the answer; without one, only that the request was carried out. */
    async finish(request: ClaimedRequest, answer?: StoredAnswer): Promise<void> {
      await client.send(update(request, { state: 'done', ...(answer && { answer: JSON.stringify(answer) }) }, {}));
    },

    /** Forgets a request that was refused, since a refusal changes nothing: the key may be used again, with a corrected body too. */
    async forget(request: ClaimedRequest): Promise<void> {
      await client.send(new DeleteCommand({ TableName: table, Key: keyOf(request) }));
    },

    /** Lets the same request be tried again at once after a fault; its time and ids stay those of the first attempt. */
    async release(request: ClaimedRequest): Promise<void> {
      await client.send(update(request, { state: 'failed', lockedUntilMs: 0 }, {}));
    },
  };
}

function lostTo(row: Record<string, { S?: string }>, request: ClaimedRequest): Claim {
  if (row.fingerprint?.S !== request.fingerprint) return { outcome: 'different' };
  if (row.state?.S !== 'done') return { outcome: 'running' };
  return row.answer?.S === undefined ? { outcome: 'done' } : { outcome: 'done', answer: JSON.parse(row.answer.S) };
}
