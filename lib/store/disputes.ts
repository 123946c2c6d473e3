import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { Day } from '../calendar.ts';
import {
  type Answer,
  DISPUTE_KINDS,
  DISPUTE_STATUSES,
  type Dispute,
  type DisputeStatus,
  disputeIdOf,
  MOST_ROUNDS,
} from '../disputes/dispute.ts';
import { Index } from '../names.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, writeTogether } from './transaction.ts';

/**
 * What partners say is wrong with an order.
 *
 * | access pattern                             | index   | key                                                     |
 * | ------------------------------------------ | ------- | ------------------------------------------------------- |
 * | a dispute; all of a partner                | table   | `<brand>#<program>#DISPUTES#<partner>` / dispute id     |
 * | a program's, of one status, by due day     | partner | `<brand>#<program>#DISPUTES#<status>` / due day, partner, id |
 *
 * A dispute's id comes from what it is about and how often that was said before, so one and the same is open at most once.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'dispute', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        disputeId: { type: 'string', required: true },
        round: { type: 'number', required: true },
        kind: { type: DISPUTE_KINDS, required: true },
        eventType: { type: 'string', required: true },
        orderId: { type: 'string', required: true },
        orderDay: { type: 'string' },
        amountCents: { type: 'number' },
        expectedCents: { type: 'number' },
        currency: { type: 'string', required: true },
        evidence: { type: 'string', required: true },
        status: { type: DISPUTE_STATUSES, required: true },
        raisedAt: { type: 'string', required: true },
        raisedBy: { type: 'string', required: true },
        dueOn: { type: 'string', required: true },
        answer: { type: CustomAttributeType<Answer>('any') },
        closedAt: { type: 'string' },
        closedBy: { type: 'string' },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId', 'partnerId'], '{brandId}#{programId}#DISPUTES#{partnerId}'),
          sk: key('sk', ['disputeId'], '{disputeId}'),
        },
        ofStatus: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'programId', 'status'], '{brandId}#{programId}#DISPUTES#{status}'),
          sk: key('gsi1sk', ['dueOn', 'partnerId', 'disputeId'], '{dueOn}#{partnerId}#{disputeId}'),
        },
      },
    } as const,
    { client, table },
  );

export type StoredDispute = Revised<Dispute>;
type AccountKey = Pick<Dispute, 'brandId' | 'programId' | 'partnerId'>;

/** `exhausted`: the partner has said this of this order as often as they may. */
export type Raised =
  | { readonly outcome: 'raised' | 'already-open'; readonly dispute: StoredDispute }
  | { readonly outcome: 'exhausted' };

export function disputes(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);
  const partition = ({ brandId, programId, partnerId }: AccountKey) => `${brandId}#${programId}#DISPUTES#${partnerId}`;

  const get = async (
    { brandId, programId, partnerId }: AccountKey,
    disputeId: string,
  ): Promise<StoredDispute | undefined> => {
    const { data } = await rows.get({ brandId, programId, partnerId, disputeId }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    get,

    /** Stores a dispute unless the same one is open; said again after an answer it is a new one, so many times. */
    async raise(dispute: Omit<Dispute, 'disputeId' | 'round'>, entry: (made: Dispute) => AuditEntry): Promise<Raised> {
      for (let round = 1; round <= MOST_ROUNDS; round += 1) {
        const made: Dispute = { ...dispute, disputeId: disputeIdOf(dispute, dispute, round), round };
        const stored = await get(made, made.disputeId);
        if (stored && stored.status !== 'open') continue;
        if (stored) return { outcome: 'already-open', dispute: stored };
        const put = asPut(rows.create({ ...made, revision: 1 }).params());
        const { written } = await writeTogether(client, [put, audit.write(entry(made))]);
        if (written) return { outcome: 'raised', dispute: { ...made, revision: 1 } };
        // Somebody was faster with this round, or this very request was carried out before; either way it is there now.
        const other = await get(made, made.disputeId);
        if (other) return { outcome: 'already-open', dispute: other };
        throw new Error(`dispute ${made.disputeId} could not be stored now`);
      }
      return { outcome: 'exhausted' };
    },

    /** Changes a dispute by `to`, together with the audit entry. */
    change: (
      account: AccountKey,
      disputeId: string,
      to: (dispute: StoredDispute) => Dispute,
      entry: (before: Partial<Dispute>, after: Partial<Dispute>) => AuditEntry,
    ): Promise<Revision<Dispute>> =>
      revise<Dispute>(client, {
        read: () => get(account, disputeId),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before)],
        entry,
        auditWrite: audit.write,
      }),

    /** One partner's, in the order of their ids. */
    ofPartner({ brandId, programId, partnerId }: AccountKey, request: PageRequest = {}): Promise<Page<StoredDispute>> {
      const pk = partition({ brandId, programId, partnerId });
      const query = rows.query.one({ brandId, programId, partnerId });
      return readPage<StoredDispute>(
        query,
        request,
        (sk) => ({ pk, sk }),
        ({ disputeId }) => disputeId,
      );
    },

    /** A program's, of one status, the earliest due day first; with `dueBefore` only those that were due before that day. */
    ofStatus(
      { brandId, programId }: Pick<AccountKey, 'brandId' | 'programId'>,
      status: DisputeStatus,
      { dueBefore, ...request }: PageRequest & { readonly dueBefore?: Day | undefined } = {},
    ): Promise<Page<StoredDispute>> {
      const keyAt = (position: string) => {
        const [, partnerId = '', sk = ''] = position.split('#');
        const gsi1pk = `${brandId}#${programId}#DISPUTES#${status}`;
        return { pk: partition({ brandId, programId, partnerId }), sk, gsi1pk, gsi1sk: position };
      };
      const positionOf = ({ dueOn, partnerId, disputeId }: Dispute) => `${dueOn}#${partnerId}#${disputeId}`;
      const query = rows.query.ofStatus({ brandId, programId, status });
      return readPage<StoredDispute>(
        dueBefore === undefined ? query : query.lt({ dueOn: dueBefore }),
        request,
        keyAt,
        positionOf,
      );
    },
  };
}
