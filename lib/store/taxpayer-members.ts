import { currentFingerprint, type FormFingerprint } from '../tax/taxpayer.ts';
import type { AssessedMember } from '../tax/year-end/assess.ts';
import type { partners, StoredPartner } from './partners.ts';
import type { BrandYear, StoredPayee, taxReturns } from './tax-returns.ts';
import type { TaxpayerStore } from './taxpayers.ts';

export interface MemberStores {
  readonly partners: Pick<ReturnType<typeof partners>, 'many'>;
  readonly returns: Pick<ReturnType<typeof taxReturns>, 'payees'>;
  readonly taxpayers: Pick<TaxpayerStore, 'many'>;
}

/** A partner with the same taxpayer number as others, when their figures were put down, and from which form. */
export interface Member extends AssessedMember {
  readonly at: StoredPayee['at'];
}

/**
 * Who of partners with the same taxpayer number was paid in a year, by group. A partner whose form is another by now than the one that was
 * assessed, or was not compared yet, is left out; so is a group of which that leaves nobody to be judged together with.
 */
export async function taxpayerMembers(
  { partners: people, returns, taxpayers }: MemberStores,
  of: BrandYear,
  groups: readonly { readonly partnerIds: readonly string[] }[],
): Promise<Member[][]> {
  const everybody = groups.flatMap(({ partnerIds }) => partnerIds);
  const [found, payees, known] = await Promise.all([
    people.many(of.brandId, everybody),
    returns.payees(of, everybody),
    taxpayers.many(of.brandId, everybody),
  ]);
  return groups
    .map(({ partnerIds }) => partnerIds.flatMap((one) => memberOf(found.get(one), payees.get(one), known)))
    .filter((members) => members.length > 1);
}

/** A partner who was paid in the year, if the form that was assessed is the one with the fingerprint. */
function memberOf(
  partner: StoredPartner | undefined,
  payee: StoredPayee | undefined,
  known: ReadonlyMap<string, FormFingerprint>,
): Member[] {
  const form = partner?.taxForm;
  if (!payee || !form || currentFingerprint(form, known.get(partner.partnerId)) === undefined) return [];
  const { partnerId, assessment: year, at } = payee;
  return year.formVersion === form.version ? [{ partnerId, form, year, at }] : [];
}
