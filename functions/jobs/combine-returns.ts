import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { partners as partnerStore, type StoredPartner } from '../../lib/store/partners.ts';
import { type BrandYear, type StoredPayee, taxReturns } from '../../lib/store/tax-returns.ts';
import { taxpayers as taxpayerStore } from '../../lib/store/taxpayers.ts';
import { type TaxYear, taxYear } from '../../lib/tax/tax-year.ts';
import { currentFingerprint, type FormFingerprint } from '../../lib/tax/taxpayer.ts';
import { assessTogether } from '../../lib/tax/year-end/assess.ts';
import { CombineOrder } from '../../lib/tax/year-end/order.ts';

const client = documentClient();
const core = env('coreTable');
const partners = partnerStore(client, core);
const taxpayers = taxpayerStore(client, core);
const returns = taxReturns(client, core);

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
  const left = (await taxpayers.shared(brandId)).filter(({ fingerprint }) => fingerprint > (from ?? ''));
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
  groups: readonly { readonly fingerprint: string; readonly partnerIds: readonly string[] }[],
): Promise<void> {
  const everybody = groups.flatMap(({ partnerIds }) => partnerIds);
  const [people, payees, known] = await Promise.all([
    partners.many(of.brandId, everybody),
    returns.payees(of, everybody),
    taxpayers.many(of.brandId, everybody),
  ]);
  const judged = groups.flatMap(({ partnerIds }) => {
    const members = partnerIds.flatMap((partnerId) => memberOf(people.get(partnerId), payees.get(partnerId), known));
    if (members.length < 2) return [];
    return assessTogether(
      rules,
      members.map(({ payee, form }) => ({ partnerId: payee.partnerId, form, year: payee.assessment })),
    ).map((assessment, place) => ({ ...members[place]!.payee, assessment }));
  });
  await atOnce(WIDTH, judged, ({ partnerId, assessment, at }) => returns.putPayee(of, { partnerId, assessment, at }));
}

/** A partner who was paid in the year, if the form that was assessed is the one with the fingerprint. */
function memberOf(
  partner: StoredPartner | undefined,
  payee: StoredPayee | undefined,
  known: ReadonlyMap<string, FormFingerprint>,
) {
  const form = partner?.taxForm;
  if (!payee || !form || currentFingerprint(form, known.get(partner.partnerId)) === undefined) return [];
  return payee.assessment.formVersion === form.version ? [{ payee, form }] : [];
}
