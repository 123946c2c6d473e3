import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { ADJUSTMENT_REASONS } from '../../events/catalog/adjustment.ts';
import {
  ADJUSTMENT_STATUSES,
  type Adjustment,
  type AdjustmentStatus,
  type ConversionName,
} from '../adjustments/adjustment.ts';
import { Index } from '../names.ts';
import { commit } from './commit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { type Revised, replaces } from './revise.ts';
import { asPut, type Outcome, type Write, writeTogether } from './transaction.ts';

/**
 * Money given or taken by hand.
 *
 * | access pattern                                | index   | key                                                          |
 * | --------------------------------------------- | ------- | ------------------------------------------------------------ |
 * | an adjustment; all of a partner               | table   | `<brand>#<program>#ADJUSTMENTS#<partner>` / adjustment id    |
 * | a program's, of one status, oldest first      | partner | `<brand>#<program>#ADJUSTMENTS#<status>` / proposed at, partner, id |
 *
 * The row changes once, on condition of its revision; approved, in one transaction with the journal that posts it.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'adjustment', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        currency: { type: 'string', required: true },
        adjustmentId: { type: 'string', required: true },
        cents: { type: 'number', required: true },
        reason: { type: ADJUSTMENT_REASONS, required: true },
        note: { type: 'string', required: true },
        conversion: { type: CustomAttributeType<ConversionName>('any') },
        disputeId: { type: 'string' },
        status: { type: ADJUSTMENT_STATUSES, required: true },
        proposedBy: { type: 'string', required: true },
        proposedAt: { type: 'string', required: true },
        approvedBy: { type: 'string' },
        approvedAt: { type: 'string' },
        journal: { type: CustomAttributeType<NonNullable<Adjustment['journal']>>('any') },
        declinedBy: { type: 'string' },
        declinedAt: { type: 'string' },
        declinedWhy: { type: 'string' },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId', 'partnerId'], '{brandId}#{programId}#ADJUSTMENTS#{partnerId}'),
          sk: key('sk', ['adjustmentId'], '{adjustmentId}'),
        },
        ofStatus: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'programId', 'status'], '{brandId}#{programId}#ADJUSTMENTS#{status}'),
          sk: key('gsi1sk', ['proposedAt', 'partnerId', 'adjustmentId'], '{proposedAt}#{partnerId}#{adjustmentId}'),
        },
      },
    } as const,
    { client, table },
  );

export type StoredAdjustment = Revised<Adjustment>;
/** A partner's account in a program. */
export type AccountKey = Pick<Adjustment, 'brandId' | 'programId' | 'partnerId'>;

export function adjustments(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const partition = ({ brandId, programId, partnerId }: AccountKey) =>
    `${brandId}#${programId}#ADJUSTMENTS#${partnerId}`;

  return {
    async get(
      { brandId, programId, partnerId }: AccountKey,
      adjustmentId: string,
    ): Promise<StoredAdjustment | undefined> {
      const { data } = await rows.get({ brandId, programId, partnerId, adjustmentId }).go({ consistent: true });
      return data ?? undefined;
    },

    /** Of these adjustments those that are stored, by id. */
    async many(
      wanted: readonly (AccountKey & Pick<Adjustment, 'adjustmentId'>)[],
    ): Promise<Map<string, StoredAdjustment>> {
      const keys = wanted.map(({ brandId, programId, partnerId, adjustmentId }) => {
        return { brandId, programId, partnerId, adjustmentId };
      });
      const found = await readMany(keys, (some) => rows.get(some).go({ consistent: true }));
      return new Map(found.map((adjustment) => [adjustment.adjustmentId, adjustment]));
    },

    /** Stores a proposal with what tells of it, unless its id is taken. */
    propose: (adjustment: Adjustment, ...beside: readonly Write[]): Promise<Outcome> =>
      writeTogether(client, [asPut(rows.create({ ...adjustment, revision: 1 }).params()), ...beside]),

    /** Changes an adjustment, with further writes in the same transaction; `false` when one of the rows changed meanwhile. */
    async change(before: StoredAdjustment, after: Adjustment, ...together: readonly Write[]): Promise<boolean> {
      const put = rows.put({ ...after, revision: before.revision + 1 });
      const outcome = await commit(client, [replaces(put.params(), before), ...together]);
      if (outcome === 'refused') throw new Error(`DynamoDB refuses to write adjustment ${after.adjustmentId}`);
      return outcome === 'written';
    },

    /** One partner's, in the order of their ids: by time, those that a job proposed aside. */
    ofPartner(
      { brandId, programId, partnerId }: AccountKey,
      request: PageRequest = {},
    ): Promise<Page<StoredAdjustment>> {
      const pk = partition({ brandId, programId, partnerId });
      const query = rows.query.one({ brandId, programId, partnerId });
      return readPage<StoredAdjustment>(
        query,
        request,
        (sk) => ({ pk, sk }),
        ({ adjustmentId }) => adjustmentId,
      );
    },

    /** All of one partner, as they are now. */
    allOfPartner: async ({ brandId, programId, partnerId }: AccountKey): Promise<StoredAdjustment[]> =>
      (await rows.query.one({ brandId, programId, partnerId }).go({ pages: 'all', consistent: true })).data,

    /** A program's, of one status, by the time they were proposed. */
    ofStatus(
      { brandId, programId }: Pick<AccountKey, 'brandId' | 'programId'>,
      status: AdjustmentStatus,
      request: PageRequest = {},
    ): Promise<Page<StoredAdjustment>> {
      const keyAt = (position: string) => {
        const [, partnerId = '', sk = ''] = position.split('#');
        const gsi1pk = `${brandId}#${programId}#ADJUSTMENTS#${status}`;
        return { pk: partition({ brandId, programId, partnerId }), sk, gsi1pk, gsi1sk: position };
      };
      const positionOf = ({ proposedAt, partnerId, adjustmentId }: Adjustment) =>
        `${proposedAt}#${partnerId}#${adjustmentId}`;
      return readPage<StoredAdjustment>(
        rows.query.ofStatus({ brandId, programId, status }),
        request,
        keyAt,
        positionOf,
      );
    },
  };
}
export type AdjustmentStore = ReturnType<typeof adjustments>;
