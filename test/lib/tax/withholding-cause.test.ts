import { expect, test } from 'vitest';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { withNotice } from '../../../lib/tax/name-notice.ts';
import { type Payee, withholdingCause } from '../../../lib/tax/withholding-cause.ts';

const w9: TaxFormOnFile = {
  ...{ version: 1, form: 'w9', duty: 'report', why: 'An individual is reported.', tinLast4: '6789', state: 'CO' },
  ...{ signedOn: '2026-01-02', receivedAt: '2026-01-02T00:00:00.000Z', warnings: [], notices: [] },
};
const noticed = { ...w9, notices: withNotice([], '2026-03-27') };
const answered = { ...noticed, notices: noticed.notices.map((one) => ({ ...one, answeredOn: '2026-05-11' })) };
const formless: Payee = { country: 'US', taxFormOnFile: false };
const having = (taxForm: TaxFormOnFile): Payee => ({ country: 'US', taxForm, taxFormOnFile: true });

test.each<[string, Payee, string, RegExp | undefined]>([
  ['an American without a form', formless, '2026-03-28', /^No W-9 is on file/],
  [
    'somebody without a form or country: nobody knows whose rules hold',
    { taxFormOnFile: false },
    '2026-03-28',
    undefined,
  ],
  ['a foreigner without a form', { country: 'DE', taxFormOnFile: false }, '2026-03-28', undefined],
  ['a form kept elsewhere', { country: 'US', taxFormOnFile: true }, '2026-03-28', undefined],
  ['a good W-9', having(w9), '2026-03-28', undefined],
  ['a notice on its thirtieth business day', having(noticed), '2026-05-08', undefined],
  ['a notice after its thirtieth business day', having(noticed), '2026-05-09', /said on 2026-03-27 .* by 2026-05-08/],
  ['a notice that was answered', having(answered), '2026-06-01', undefined],
  [
    'a notice about a corporation, whose payments are not reported',
    having({ ...noticed, duty: 'exempt' }),
    '2026-06-01',
    undefined,
  ],
  ['a W-8', having({ ...w9, form: 'w8ben', duty: 'foreign', servicesPerformed: 'inside-us' }), '2026-06-01', undefined],
])('%s', (_, payee, today, words) => {
  if (words) expect(withholdingCause(payee, today)).toMatch(words);
  else expect(withholdingCause(payee, today)).toBeUndefined();
});
