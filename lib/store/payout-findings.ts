import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { Finding } from '../payouts/findings.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import type { RunKey } from './payout-runs.ts';

/**
 * What looks wrong with a payout run, beside the run itself.
 *
 * | access pattern                    | index | key                                                        |
 * | --------------------------------- | ----- | ---------------------------------------------------------- |
 * | a run's findings, severe first    | table | `<brand>#PAYOUT#<run>` / `FINDING#<severity>#<finding>`    |
 *
 * The finding's id is made from its kind and partner, so a check that is run again lands on the same rows. One that is taken back names
 * nobody.
 */
const findingEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'payoutFinding', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        runId: { type: 'string', required: true },
        place: { type: 'string', required: true },
        findingId: { type: 'string', required: true },
        kind: { type: CustomAttributeType<Finding['kind']>('string'), required: true },
        severity: { type: CustomAttributeType<Finding['severity']>('string'), required: true },
        partnerIds: { type: CustomAttributeType<Finding['partnerIds']>('any'), required: true },
        words: { type: 'string', required: true },
        figures: { type: CustomAttributeType<Finding['figures']>('any'), required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'runId'], '{brandId}#PAYOUT#{runId}'),
          sk: key('sk', ['place'], 'FINDING#{place}'),
        },
      },
    } as const,
    { client, table },
  );

/** A finding with its run. */
export interface StoredFinding extends Finding, RunKey {}

export function payoutFindings(client: DynamoDBDocumentClient, table: string) {
  const rows = findingEntity(client, table);
  const placeOf = ({ severity, findingId }: Finding) => `${severity === 'severe' ? 1 : 2}#${findingId}`;

  const put = async ({ brandId, runId }: RunKey, finding: Finding): Promise<void> => {
    const row = rows.put({ brandId, runId, place: placeOf(finding), ...finding });
    await client.send(new PutCommand(row.params() as never));
  };

  /** Severe ones first. A finding that was taken back is left out, so a page may be short. */
  const list = async ({ brandId, runId }: RunKey, request: PageRequest = {}): Promise<Page<StoredFinding>> => {
    const keyAt = (place: string) => ({ pk: `${brandId}#PAYOUT#${runId}`, sk: `FINDING#${place}` });
    const page = await readPage(rows.query.one({ brandId, runId }), request, keyAt, ({ place }) => place);
    const items = page.items.filter(({ partnerIds }) => partnerIds.length > 0);
    return { ...page, items: items.map(({ place: _, ...finding }) => finding) };
  };

  const all = async (run: RunKey): Promise<StoredFinding[]> => {
    const found: StoredFinding[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(run, { cursor, limit: 1_000 });
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  };

  return {
    put,
    list,

    /** Every finding of a run. */
    all,

    /** Takes back what an earlier check of the run found: it is found again, or it is no longer so. */
    async takeBack(run: RunKey): Promise<void> {
      for (const { brandId: _, runId: __, ...finding } of await all(run))
        await put(run, { ...finding, partnerIds: [] });
    },
  };
}
export type PayoutFindingStore = ReturnType<typeof payoutFindings>;
