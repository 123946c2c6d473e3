import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { partners } from '../../lib/store/partners.ts';
import { type BrandYear, taxReturns } from '../../lib/store/tax-returns.ts';
import { taxpayerMembers } from '../../lib/store/taxpayer-members.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';
import { type TaxYear, taxYear } from '../../lib/tax/tax-year.ts';
import { assessTogether } from '../../lib/tax/year-end/assess.ts';
import { CombineOrder } from '../../lib/tax/year-end/order.ts';

const client = documentClient();
const core = env('coreTable');
const stores = {
  partners: partners(client, core),
  taxpayers: taxpayers(client, core),
  returns: taxReturns(client, core),
};

/** Taxpayers judged together. */
const TOGETHER = 20;
/** Writes at once. */
const WIDTH = 16;

/**
 * Judges the year of taxpayers who are several partners by what all of them were paid; each keeps amounts and a return of its own. It goes by
 * fingerprints of numbers and opens no form. Run again it comes to the same: own amounts are never changed.
 */
export const handler = job(CombineOrder, async (order, { enough }) => {
  const { cursor: from, rewrite, ...asked } = order;
  const answer = { ...asked, ...(rewrite !== undefined && { rewrite }) };
  if (rewrite !== undefined) return { ...answer, cursor: null };
  const { brandId, year } = order;
  const rules = taxYear(year);
  const left = (await stores.taxpayers.shared(brandId)).filter(({ fingerprint }) => fingerprint > (from ?? ''));
  let cursor: string | null = null;
  for (let place = 0; place < left.length; place += TOGETHER) {
    if (place > 0 && !enough()) {
      cursor = left[place - 1]!.fingerprint;
      break;
    }
    await combine({ brandId, year }, rules, left.slice(place, place + TOGETHER));
  }
  return { ...answer, cursor };
});

async function combine(
  of: BrandYear,
  rules: TaxYear,
  groups: readonly { readonly partnerIds: readonly string[] }[],
): Promise<void> {
  const judged = (await taxpayerMembers(stores, of, groups)).flatMap((members) =>
    assessTogether(rules, members).map((assessment, place) => {
      const { partnerId, at } = members[place]!;
      return { partnerId, assessment, at };
    }),
  );
  await atOnce(WIDTH, judged, (payee) => stores.returns.putPayee(of, payee));
}
