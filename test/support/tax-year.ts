import { derive } from '../../lib/ids.ts';
import { taxReturns } from '../../lib/store/tax-returns.ts';
import type { TaxFormOnFile } from '../../lib/tax/form-on-file.ts';
import { taxYear } from '../../lib/tax/tax-year.ts';
import { assess } from '../../lib/tax/year-end/assess.ts';
import type { ReturnRecord } from '../../lib/tax/year-end/filing.ts';
import { summarize } from '../../lib/tax/year-end/summary.ts';
import { ADA, type ApiGround, AT } from './api-ground.ts';

/** A filed year of a brand, as file-1099 leaves it: one payee with a return in submission 1. */
export async function aTaxYear({ client, tables }: ApiGround, partnerId: string, year = 2026): Promise<void> {
  const returns = taxReturns(client, tables.core);
  const of = { brandId: ADA.brandId, year };
  const paid = {
    programId: 'prg_01kp3q8z4m7yc2hd',
    currency: 'USD',
    paidCents: 2_150_00,
    withheldCents: 0,
    byRail: {},
  };
  const form: TaxFormOnFile = {
    ...{
      version: 1,
      form: 'w9',
      duty: 'report',
      why: 'Reported.',
      tinType: 'ssn',
      tinLast4: '6789',
      signedOn: '2026-01-02',
    },
    ...{ receivedAt: AT, warnings: [], notices: [] },
  };
  const assessment = assess(taxYear(year), form, [paid], { reporting: {} });
  await returns.putPayee(of, { partnerId, assessment, at: AT });
  const record: ReturnRecord = {
    ...{ recordId: 1, partnerId, kind: 'original', formVersion: 1, tinLast4: '6789', secondNotice: false, copy: true },
    ...{ compensationCents: 2_150_00, withheldCents: 0, basis: assessment.basis },
  };
  const submission = {
    ...of,
    number: 1,
    destination: 'US',
    kind: 'original',
    records: [record],
    filerVersion: 1,
    at: AT,
  } as const;
  const entry = {
    auditId: derive('audit', year),
    brandId: ADA.brandId,
    at: AT,
    person: 'p',
    keyId: 'k',
    action: 'fileReturns',
    target: 't',
  };
  await returns.file(submission, new Map(), entry);
  await returns.written({ ...of, number: 1 }, { 'iris.csv': 'f'.repeat(64) });
  const filed = [{ ...record, destination: 'US', submission: 1 }];
  await returns.putSummary(of, summarize([{ assessment, filed, due: true }]), AT);
}
