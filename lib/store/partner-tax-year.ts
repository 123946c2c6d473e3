import { atOnce } from '../at-once.ts';
import { type PartnerYear, partnerYear } from '../tax/partner-year.ts';
import type { TaxSettings } from '../tax/tax-settings.ts';
import type { TaxYear } from '../tax/tax-year.ts';
import { type SharedNumber, taxpayerYear } from '../tax/taxpayer-year.ts';
import { type PaymentStores, paymentsOfYear } from './partner-payments.ts';
import type { StoredPartner } from './partners.ts';
import { type SameNumberStores, sameNumber } from './taxpayers.ts';

/** Partners whose ledgers are read at once; each is some reads itself. */
const WIDTH = 8;

/**
 * A partner's year from the ledger as it is now, judged together with whoever has the same taxpayer number and was paid in it: what the next
 * run of file-1099 will say of them.
 */
export async function partnerTaxYear(
  stores: PaymentStores & SameNumberStores,
  rules: TaxYear,
  partner: StoredPartner,
  settings: TaxSettings,
): Promise<PartnerYear & { readonly taxpayer?: SharedNumber }> {
  const yearOf = async ({ brandId, partnerId, taxForm }: StoredPartner): Promise<PartnerYear> =>
    partnerYear(rules, taxForm, await paymentsOfYear(stores, { brandId, partnerId }, rules.year), settings);
  const others = await sameNumber(stores, partner);
  const [own, theirs] = await Promise.all([
    yearOf(partner),
    atOnce(WIDTH, others, async (one) => ({ partnerId: one.partnerId, form: one.taxForm!, year: await yearOf(one) })),
  ]);
  const paid = theirs.filter(({ year }) => tellsAnything(year));
  const { partnerId, taxForm: form } = partner;
  return form && paid.length > 0 ? taxpayerYear(rules, { partnerId, form, year: own }, paid) : own;
}

const tellsAnything = ({ grossCents, withheldCents, reportedByProvider, notCounted }: PartnerYear): boolean =>
  grossCents !== 0 || withheldCents !== 0 || reportedByProvider.length > 0 || notCounted.length > 0;
