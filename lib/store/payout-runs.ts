import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { Index } from '../names.ts';
import type { LedgeredItem } from '../payouts/move-item.ts';
import type { BlockReason, Exclusion, PayoutItem, PayoutRun } from '../payouts/run.ts';
import { commit } from './commit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { replaces } from './revise.ts';
import { asPut, type Write } from './transaction.ts';

/**
 * Payout runs, their items, and whom they do not pay.
 *
 * | access pattern                                   | index   | key                                         |
 * | ------------------------------------------------ | ------- | ------------------------------------------- |
 * | a run                                            | table   | `<brand>#PAYOUT#<run>` / `#`                |
 * | a program's runs, by as-of time                  | partner | `<brand>#PAYOUTS#<program>` / as-of `#` run |
 * | a run's items                                    | table   | `<brand>#PAYOUT#<run>` / `ITEM#<item>`      |
 * | whom a run does not pay                          | table   | `<brand>#PAYOUT#<run>` / `EXCLUDED#<partner>` |
 *
 * A run changes only on condition of its revision, an item only on condition of its status and in one transaction with the journal that
 * moves its money. Both ids are derived, so drafting again lands on the same rows.
 */
const RUN_PK = '{brandId}#PAYOUT#{runId}';

const runEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'payoutRun', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        runId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        currency: { type: 'string', required: true },
        asOf: { type: 'string', required: true },
        status: { type: CustomAttributeType<PayoutRun['status']>('string'), required: true },
        madeBy: { type: 'string', required: true },
        madeAt: { type: 'string', required: true },
        itemCount: { type: 'number', required: true },
        totalCents: { type: 'number', required: true },
        withheldCents: { type: 'number' },
        withholdingCount: { type: 'number' },
        excludedCount: { type: 'number', required: true },
        fileHash: { type: 'string' },
        fileKey: { type: 'string' },
        nachaKey: { type: 'string' },
        ordersKey: { type: 'string' },
        approvedBy: { type: 'string' },
        approvedAt: { type: 'string' },
        acknowledged: { type: CustomAttributeType<readonly string[]>('any') },
        findings: { type: CustomAttributeType<NonNullable<PayoutRun['findings']>>('any') },
        difference: { type: CustomAttributeType<NonNullable<PayoutRun['difference']>>('any') },
        rejectedBy: { type: 'string' },
        rejectedAt: { type: 'string' },
        rejectedWhy: { type: 'string' },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId', 'runId'], RUN_PK), sk: key('sk', [], '#') },
        ofProgram: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'programId'], '{brandId}#PAYOUTS#{programId}'),
          sk: key('gsi1sk', ['asOf', 'runId'], '{asOf}#{runId}'),
        },
      },
    } as const,
    { client, table },
  );

const itemEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'payoutItem', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        runId: { type: 'string', required: true },
        itemId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        amountCents: { type: 'number', required: true },
        withholding: { type: CustomAttributeType<StoredItem['withholding']>('any') },
        exchange: { type: CustomAttributeType<StoredItem['exchange']>('any') },
        currency: { type: 'string', required: true },
        rail: { type: CustomAttributeType<PayoutItem['rail']>('string'), required: true },
        status: { type: CustomAttributeType<PayoutItem['status']>('string'), required: true },
        updatedAt: { type: 'string', required: true },
        failure: { type: 'string' },
        method: { type: CustomAttributeType<StoredItem['method']>('any') },
        leftOut: { type: CustomAttributeType<StoredItem['leftOut']>('boolean') },
        reference: { type: 'string' },
        reserved: { type: CustomAttributeType<StoredItem['reserved']>('any'), required: true },
        settled: { type: CustomAttributeType<StoredItem['settled']>('any') },
      },
      indexes: {
        one: { pk: key('pk', ['brandId', 'runId'], RUN_PK), sk: key('sk', ['itemId'], 'ITEM#{itemId}') },
      },
    } as const,
    { client, table },
  );

const exclusionEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'payoutExclusion', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        runId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        payableCents: { type: 'number', required: true },
        exchangeable: { type: CustomAttributeType<Exclusion['exchangeable']>('any') },
        reasons: { type: CustomAttributeType<readonly BlockReason[]>('any'), required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId', 'runId'], RUN_PK), sk: key('sk', ['partnerId'], 'EXCLUDED#{partnerId}') },
      },
    } as const,
    { client, table },
  );

export type StoredRun = PayoutRun & { readonly revision: number };

export interface StoredItem extends LedgeredItem {
  /** What the payer's own books, or the provider's, call the payment. */
  readonly reference?: string | undefined;
}

/** A run, and where it belongs. */
export type RunKey = Pick<PayoutRun, 'brandId' | 'runId'>;

export function payoutRuns(client: DynamoDBDocumentClient, table: string) {
  const runs = runEntity(client, table);
  const items = itemEntity(client, table);
  const exclusions = exclusionEntity(client, table);
  const partition = ({ brandId, runId }: RunKey) => `${brandId}#PAYOUT#${runId}`;

  const get = async ({ brandId, runId }: RunKey): Promise<StoredRun | undefined> => {
    const { data } = await runs.get({ brandId, runId }).go({ consistent: true });
    return data ?? undefined;
  };

  const pageOfItems = ({ brandId, runId }: RunKey, request: PageRequest = {}): Promise<Page<StoredItem>> => {
    const keyAt = (itemId: string) => ({ pk: partition({ brandId, runId }), sk: `ITEM#${itemId}` });
    return readPage<StoredItem>(items.query.one({ brandId, runId }), request, keyAt, ({ itemId }) => itemId);
  };

  /** Whom a run does not pay. An exclusion that was taken back is left out, so a page may be short. */
  const pageOfExclusions = async ({ brandId, runId }: RunKey, request: PageRequest = {}): Promise<Page<Exclusion>> => {
    const keyAt = (partnerId: string) => ({ pk: partition({ brandId, runId }), sk: `EXCLUDED#${partnerId}` });
    const query = exclusions.query.one({ brandId, runId });
    const page = await readPage<Exclusion>(query, request, keyAt, ({ partnerId }) => partnerId);
    return { ...page, items: page.items.filter(({ reasons }) => reasons.length > 0) };
  };

  return {
    get,

    /** Stores a draft, unless a run is stored under its id. Answers what is stored. */
    async create(run: PayoutRun): Promise<StoredRun> {
      const known = await get(run);
      if (known) return known;
      await commit(client, [asPut(runs.create({ ...run, revision: 1 }).params())]);
      const stored = await get(run);
      if (!stored) throw new Error(`payout run ${run.runId} could not be stored now`);
      return stored;
    },

    /** A program's runs, by as-of time. */
    list(brandId: string, programId: string, request: PageRequest = {}): Promise<Page<StoredRun>> {
      const keyAt = (position: string) => ({
        pk: partition({ brandId, runId: position.slice(position.indexOf('#') + 1) }),
        sk: '#',
        gsi1pk: `${brandId}#PAYOUTS#${programId}`,
        gsi1sk: position,
      });
      const position = ({ asOf, runId }: StoredRun) => `${asOf}#${runId}`;
      return readPage<StoredRun>(runs.query.ofProgram({ brandId, programId }), request, keyAt, position);
    },

    /** Changes a run, with further writes in the same transaction; `false` when the run was changed meanwhile, or cannot be now. */
    async change(before: StoredRun, after: PayoutRun, ...together: readonly Write[]): Promise<boolean> {
      const put = runs.put({ ...after, revision: before.revision + 1 });
      const outcome = await commit(client, [replaces(put.params(), before), ...together]);
      if (outcome === 'refused') throw new Error(`DynamoDB refuses to write payout run ${after.runId}`);
      return outcome === 'written';
    },

    /** Fails its transaction unless the run is as it was read. */
    unchangedWrite: ({ brandId, runId, revision }: StoredRun): Write => ({
      ConditionCheck: {
        TableName: table,
        Key: { pk: partition({ brandId, runId }), sk: '#' },
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: { ':revision': revision },
      },
    }),

    items: pageOfItems,

    async item({ brandId, runId }: RunKey, itemId: string): Promise<StoredItem | undefined> {
      const { data } = await items.get({ brandId, runId, itemId }).go({ consistent: true });
      return data ?? undefined;
    },

    /** The items with these ids, by id; unknown ids are left out. */
    async itemsWith({ brandId, runId }: RunKey, itemIds: readonly string[]): Promise<Map<string, StoredItem>> {
      const wanted = itemIds.map((itemId) => ({ brandId, runId, itemId }));
      const found = await readMany(wanted, (keys) => items.get(keys).go({ consistent: true }));
      return new Map(found.map((item) => [item.itemId, item]));
    },

    /** Every item of a run. */
    allItems: (run: RunKey): Promise<StoredItem[]> => everything((request) => pageOfItems(run, request)),

    /** The item as a write of a transaction; fails when it is there already. */
    reserveWrite: (item: StoredItem): Write => asPut(items.create(item).params()),

    /** Whether an item still waits for its end; reads no further than the first that does. */
    async anyOpen(run: RunKey): Promise<boolean> {
      let cursor: string | undefined;
      do {
        const page = await pageOfItems(run, { cursor, limit: 1_000 });
        if (page.items.some(({ status }) => status === 'reserved' || status === 'sent')) return true;
        cursor = page.cursor;
      } while (cursor !== undefined);
      return false;
    },

    /** The item as it shall be, on condition that it still has the status it was read with. */
    itemWrite: (before: StoredItem, after: StoredItem): Write =>
      asPut(
        items
          .put(after)
          .where(({ status }, { eq }) => eq(status, before.status))
          .params(),
      ),

    /** Notes that a run does not pay a partner, and why; said again it is replaced, and without a reason it is taken back. */
    async exclude(brandId: string, exclusion: Exclusion): Promise<void> {
      await client.send(new PutCommand(exclusions.put({ brandId, ...exclusion }).params() as never));
    },

    /** Why a run does not pay a partner; nothing when it does, or the partner has no money. */
    async exclusion({ brandId, runId }: RunKey, partnerId: string): Promise<Exclusion | undefined> {
      const { data } = await exclusions.get({ brandId, runId, partnerId }).go({ consistent: true });
      return data && data.reasons.length > 0 ? data : undefined;
    },

    exclusions: pageOfExclusions,

    /** Everybody whom a run does not pay. */
    allExclusions: (run: RunKey): Promise<Exclusion[]> => everything((request) => pageOfExclusions(run, request)),
  };
}
export type PayoutRunStore = ReturnType<typeof payoutRuns>;

async function everything<Item>(page: (request: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;
  do {
    const { items, cursor: next } = await page({ cursor, limit: 1_000 });
    all.push(...items);
    cursor = next;
  } while (cursor !== undefined);
  return all;
}
