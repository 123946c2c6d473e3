import { setTimeout as pause } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { derive } from '../../lib/ids.ts';
import { logger } from '../../lib/observability/powertools.ts';
import type { Preview } from '../../lib/settlement/judge.ts';
import { SETTLED_TOGETHER, SettlementShard } from '../../lib/settlement/order.ts';
import { settlement } from '../../lib/settlement/settle.ts';
import { addTallies, NOTHING_SETTLED } from '../../lib/settlement/tally.ts';
import { capCounters } from '../../lib/store/cap-counters.ts';
import { caps } from '../../lib/store/caps.ts';
import { commit } from '../../lib/store/commit.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { ledger } from '../../lib/store/ledger.ts';
import type { Page } from '../../lib/store/page.ts';
import { journeyStores, settlementFacts } from '../../lib/store/settlement-facts.ts';
import type { ConversionKey } from '../../lib/tracking/conversion.ts';

const client = documentClient();
const core = env('coreTable');
const conversionStore = conversions(client, env('conversionsTable'));
const counters = capCounters(client, env('conversionsTable'));
const ledgerStore = ledger(client, env('ledgerTable'));
const stores = {
  ...journeyStores(client, { core, clicks: env('clicksTable') }),
  caps: caps(client, core),
  conversions: conversionStore,
  twins: conversionStore,
};
const documents = files(new S3Client({}), env('documentsBucket'));

/** Settles one shard page by page, until it is done or the time is short; then it answers where it stopped and is called again. */
export const handler = job(SettlementShard, async (shard, { recordedAt, enough }) => {
  const { asOf, brandId } = shard;
  const settling = settlement(
    ports(shard),
    { at: asOf, recordedAt, actor: 'system:settle-conversions' },
    numberOf(shard),
  );
  let tally = shard.tally ?? NOTHING_SETTLED;
  let cursor = shard.cursor;
  do {
    const page = await keys(shard, cursor);
    if (shard.dryRun) {
      const preview = await settling.preview(page.items);
      const report = await keep(shard, cursor, preview.rows);
      tally = addTallies(tally, { ...preview.tally, report });
    } else {
      const done = await settling.settle(page.items);
      if (done.exceptions.length > 0) {
        const { parked, leftOpen, exceptions } = done;
        logger.warn('conversions were not settled', { brandId, parked, leftOpen, exceptions });
      }
      tally = addTallies(tally, done);
    }
    cursor = page.cursor;
  } while (cursor !== undefined && enough());
  return { ...shard, brandId, cursor: cursor ?? null, tally };
});

function ports({ brandId, from = '', to = '~' }: SettlementShard) {
  const facts = settlementFacts(stores, brandId);
  return {
    async load(wanted: readonly ConversionKey[]) {
      const loaded = await conversionStore.load(wanted);
      return loaded.filter(({ occurredAt }) => from <= occurredAt && occurredAt < to);
    },
    circumstances: facts.circumstances,
    head: ledgerStore.head,
    counters: counters.read,
    commit: (settled, journals, moves) =>
      commit(client, [
        ...settled.map(({ conversion, settlement }) => conversionStore.settleWrite(conversion, settlement)),
        ...journals.map(ledgerStore.putWrite),
        ...moves.map(counters.write),
      ]),
    pause: (milliseconds) => pause(milliseconds),
  } satisfies Parameters<typeof settlement>[0];
}

/** Which partners come first, so that workers who meet at a chain came from different ones. */
const numberOf = (shard: SettlementShard) => (shard.mode === 'new' ? shard.shards[0]! : shard.shard);

/** A page of open work, over as many of the worker's shards as it takes. The cursor is the shard and the place in it: `3:…`. */
async function openKeys(
  shard: Extract<SettlementShard, { mode: 'new' }>,
  cursor: string | undefined,
): Promise<Page<ConversionKey>> {
  const { brandId, programId, shards, from, to } = shard;
  const items: ConversionKey[] = [];
  let place = cursor === undefined ? 0 : shards.indexOf(Number.parseInt(cursor, 10));
  let position = cursor?.slice(cursor.indexOf(':') + 1) || undefined;
  for (; place < shards.length; place += 1, position = undefined) {
    const limit = SETTLED_TOGETHER - items.length;
    if (limit === 0) return { items, cursor: `${shards[place]}:` };
    const page = await conversionStore.openKeys(brandId, shards[place]!, {
      programId,
      from,
      to,
      limit,
      cursor: position,
    });
    items.push(...page.items);
    if (page.cursor !== undefined) return { items, cursor: `${shards[place]}:${page.cursor}` };
  }
  return { items };
}

/** A page of what the shard has to look at. */
const keys = (shard: SettlementShard, cursor: string | undefined): Promise<Page<ConversionKey>> =>
  shard.mode === 'new'
    ? openKeys(shard, cursor)
    : conversionStore.stretchKeys(shard, { limit: SETTLED_TOGETHER, cursor });

/** Writes what a page of a dry run found; the same page again replaces its file. Answers the folder. */
async function keep(shard: SettlementShard, cursor: string | undefined, rows: readonly Preview[]): Promise<string> {
  const { brandId, asOf, mode, from = '', to = '' } = shard;
  const order = derive('event', mode, shard.programId ?? '', from, to).slice(4);
  const folder = `reports/settle-conversions/${brandId}/${asOf}-${order}`;
  if (rows.length > 0) {
    const place = derive('event', shard.programId ?? '', numberOf(shard), cursor ?? '').slice(4);
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await documents.put(`${folder}/${place}.jsonl`, lines, 'application/x-ndjson');
  }
  return folder;
}
