import { format } from '../money.ts';
import type { TaxFormOnFile } from './form-on-file.ts';
import { decisionsOf, type PartnerYear } from './partner-year.ts';
import type { TaxYear } from './tax-year.ts';

/** One of several partners with the same taxpayer number, with a year of their own. */
export interface TaxpayerMember<Year extends PartnerYear = PartnerYear> {
  readonly partnerId: string;
  readonly form: Pick<TaxFormOnFile, 'duty' | 'why' | 'state'>;
  readonly year: Year;
}

/** What a partner's year says of the others with the same number. */
export interface SharedNumber {
  /** The others, in the order of their ids. */
  readonly partnerIds: readonly string[];
  /** Of all that are reported together, this partner included: what a threshold is compared with. */
  readonly grossCents: number;
  /** From all of them together. */
  readonly withheldCents: number;
  readonly words: string;
}

/**
 * Years of partners who are one taxpayer. A threshold is one of the payee, and the IRS tells payees by their number (26 USC 6041(a), 6109), so
 * what is due is judged by the sum; amounts stay those of each partner, whose return has an account number of its own. A return is due from
 * everybody with something on it once it is from one: together they say what one return would.
 *
 * Who is exempt by their own form is judged alone. A state compares the whole sum too, wherever the others live: that errs on the side of reporting.
 *
 * @param members at least two, each with figures of their own; decisions they bring along are not looked at.
 */
export const taxpayerYears = <Year extends PartnerYear>(
  rules: TaxYear,
  members: readonly TaxpayerMember<Year>[],
): (Year & { readonly taxpayer: SharedNumber })[] =>
  members.map((own) =>
    taxpayerYear(
      rules,
      own,
      members.filter(({ partnerId }) => partnerId !== own.partnerId),
    ),
  );

/** The year of one of them, judged as {@link taxpayerYears} says. */
export function taxpayerYear<Year extends PartnerYear>(
  rules: TaxYear,
  own: TaxpayerMember<Year>,
  others: readonly TaxpayerMember[],
): Year & { readonly taxpayer: SharedNumber } {
  const members = [own, ...others];
  const reported = members.filter(({ form }) => form.duty === 'report');
  const together = {
    grossCents: reported.reduce((sum, { year }) => sum + year.grossCents, 0),
    withheldCents: members.reduce((sum, { year }) => sum + year.withheldCents, 0),
  };
  const names = others.map(({ partnerId }) => partnerId).sort();
  const words = `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} the same taxpayer number; ${format(together.grossCents, 'USD')} is reported of all together.`;
  return {
    ...own.year,
    ...decided(rules, own.form, own.year, together),
    taxpayer: { partnerIds: names, ...together, words },
  };
}

function decided(
  rules: TaxYear,
  form: TaxpayerMember['form'],
  own: PartnerYear,
  together: { readonly grossCents: number; readonly withheldCents: number },
): Pick<PartnerYear, 'federal' | 'state'> {
  if (form.duty !== 'report') return decisionsOf(rules, form, own);
  const { federal, state } = decisionsOf(rules, form, together);
  const empty = own.grossCents <= 0 && own.withheldCents <= 0;
  const said = <Decision extends { readonly file: boolean | undefined; readonly words: string }>(one: Decision) => ({
    ...one,
    ...(empty && one.file === true
      ? { file: false, words: 'Nothing that you report was paid to this partner.' }
      : { words: `${one.words} All partners with this taxpayer number count together.` }),
  });
  return { federal: said(federal), ...(state && { state: said(state) }) };
}
