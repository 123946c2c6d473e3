import type { Day } from '../calendar.ts';
import type { TaxFormOnFile } from './form-on-file.ts';
import { withholdingNotice } from './name-notice.ts';

/** What of a payee decides whether payments fall under backup withholding. */
export interface Payee {
  readonly country?: string | undefined;
  readonly taxForm?: TaxFormOnFile | undefined;
  readonly taxFormOnFile: boolean;
}

/**
 * Why payments to somebody fall under backup withholding on a day, in words; nothing when they do not. The law has two causes for payments
 * of this kind: the payee furnished no number (26 USC 3406(a)(1)(A)), or the IRS said that it is wrong (3406(a)(1)(B), 30 business days
 * after its notice; a second one until SSA or IRS confirm the number). Its other two are about interest and dividends alone.
 *
 * Who gave no form is only taken for a United States person when their country says so: a foreigner's payments follow other rules. A form
 * that a person says is kept elsewhere has a number. Who is exempt from reporting is exempt from withholding.
 */
export function withholdingCause({ country, taxForm, taxFormOnFile }: Payee, today: Day): string | undefined {
  if (!taxForm) {
    return taxFormOnFile || country !== 'US' ? undefined : 'No W-9 is on file, so no tax number is known.';
  }
  if (taxForm.form !== 'w9' || taxForm.duty !== 'report') return undefined;
  const notice = withholdingNotice(taxForm.notices, today);
  return (
    notice &&
    `The IRS said on ${notice.receivedOn} that name and number do not match, and nothing has answered it by ${notice.withholdAfter}.`
  );
}
