import * as z from 'zod';
import { addDays } from '../calendar.ts';
import { VisibleError } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { TaxFormOnFile } from './form-on-file.ts';
import { answered } from './name-notice.ts';
import { dutyOf, FOREIGN } from './payee.ts';
import { lastFour } from './tin.ts';
import { W8, w8ExpiresAfter } from './w8.ts';
import { tinOf, W9 } from './w9.ts';

/** What a partner certifies before the first payment: a W-9 or a W-8, told apart by `form`. */
export const TaxForm = z.discriminatedUnion('form', [W9, W8]);
export type TaxForm = z.infer<typeof TaxForm>;

/**
 * What is known of a partner's form once a new one has come; it takes the place of the one before, and notices go on until it answers them.
 *
 * @param at When it came.
 * @throws VisibleError `invalid-fields` when it was signed on a day to come, or so long ago that it holds no more.
 */
export function acceptForm(form: TaxForm, before: TaxFormOnFile | undefined, at: Instant): TaxFormOnFile {
  const today = at.slice(0, 10);
  const { signedOn } = form.signature;
  // Somewhere it is tomorrow already.
  if (signedOn > addDays(today, 1)) throw wrongDay('must not lie in the future');
  const notices = before?.notices ?? [];
  const common = { version: (before?.version ?? 0) + 1, form: form.form, signedOn, receivedAt: at };
  if (form.form !== 'w9') {
    const expiresAfter = w8ExpiresAfter(signedOn);
    if (today > expiresAfter) throw wrongDay(`must be later: a form signed then was valid until ${expiresAfter}`);
    const { servicesPerformed, address } = form;
    const { duty, words: why } = FOREIGN;
    return { ...common, duty, why, country: address.country, servicesPerformed, expiresAfter, warnings: [], notices };
  }
  const { tin, type, warnings } = tinOf(form);
  const { duty, words: why } = dutyOf(form.taxClass, form.llcTaxedAs);
  return {
    ...common,
    ...{ duty, why, warnings, tinType: type, tinLast4: lastFour(tin), state: form.address.state },
    notices: answered(notices, { on: today, verified: form.verifiedBy !== undefined }),
  };
}

function wrongDay(message: string): VisibleError {
  const field = { field: 'signature.signedOn', message };
  return new VisibleError('invalid', 'invalid-fields', `${field.field}: ${message}`, [field]);
}

/** A form after the partner's country became another: outdated when it speaks of a different one, and good again when that was a slip. */
export function withCountry(
  form: TaxFormOnFile | undefined,
  { from, to, at }: { readonly from: string | undefined; readonly to: string | undefined; readonly at: Instant },
): TaxFormOnFile | undefined {
  if (!form || from === to || to === undefined) return form;
  const { outdatedSince, ...rest } = form;
  return to === (form.country ?? 'US') ? rest : { ...rest, outdatedSince: outdatedSince ?? at };
}
