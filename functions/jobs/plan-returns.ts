import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { taxFilers } from '../../lib/store/tax-filers.ts';
import { taxReturns } from '../../lib/store/tax-returns.ts';
import { taxYear } from '../../lib/tax/tax-year.ts';
import { knownHeader } from '../../lib/tax/year-end/iris-header.ts';
import { FilingOrder, yearIsOver } from '../../lib/tax/year-end/order.ts';

const client = documentClient();
const core = env('coreTable');
const partners = partnerStore(client, core);
const filers = taxFilers(client, core);
const returns = taxReturns(client, core);

const PARTNERS_PER_SHARD = 50;
const SHARDS_PER_PAGE = 40;

/**
 * Plans file-1099: sees that the year is over and everything is there that a return needs, and lists the partners whose year is to be
 * worked out.
 *
 * @throws RangeError when something is missing; the message says what to put in and where.
 */
export const handler = job(FilingOrder, async (order, { enough }) => {
  const { asOf, brandId, year, mode, dryRun, rewrite } = order;
  taxYear(year);
  if (!dryRun) await ready(order);
  const answer = { asOf, brandId, year, mode, dryRun, ...(rewrite !== undefined && { rewrite }) };
  // Files that are written again need no figures: the last step follows at once.
  if (rewrite !== undefined) return { ...answer, idle: false, shards: [], more: null };
  const shards: object[] = [];
  let after = order.after;
  do {
    const page = await partners.list(brandId, { cursor: after, limit: PARTNERS_PER_SHARD });
    const partnerIds = page.items.map(({ partnerId }) => partnerId);
    if (partnerIds.length > 0) shards.push({ asOf, brandId, year, partnerIds });
    after = page.cursor;
  } while (after !== undefined && shards.length < SHARDS_PER_PAGE && enough());
  const idle = shards.length === 0 && order.after === undefined;
  return { ...answer, idle, shards, more: after === undefined ? null : { ...answer, after } };
});

async function ready({ asOf, brandId, year, mode, rewrite }: FilingOrder): Promise<void> {
  if (rewrite !== undefined) {
    if (!(await returns.submission({ brandId, year }, rewrite)))
      throw new RangeError(`brand ${brandId} has no submission ${rewrite} for ${year}`);
    return;
  }
  if (!yearIsOver(year, asOf))
    throw new RangeError(`${year} was not over at ${asOf}; until then only a dry run makes its figures`);
  if (!(await filers.get(brandId)))
    throw new RangeError(`brand ${brandId} has not said how returns name it: PUT /v1/tax-filer`);
  if (mode === 'original' && !(await filers.header(brandId, year)) && !knownHeader(year))
    throw new RangeError(
      `the header row of the portal’s CSV for ${year} is not known: PUT /v1/tax-years/${year}/iris-header with the first row of its template`,
    );
}
