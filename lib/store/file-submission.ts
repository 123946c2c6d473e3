import { atOnce } from '../at-once.ts';
import { derive } from '../ids.ts';
import { IRS } from '../tax/year-end/filing.ts';
import { unwritable } from '../tax/year-end/identity.ts';
import { type IrisHeader, knownHeader } from '../tax/year-end/iris-header.ts';
import { type Entry, type FilingPass, recordOf } from '../tax/year-end/next-submission.ts';
import { notedOf, type Submission } from '../tax/year-end/submission.ts';
import type { Instant } from '../time.ts';
import type { PayeeForms } from './payee-forms.ts';
import type { StoredFiler, taxFilers } from './tax-filers.ts';
import type { BrandYear, taxReturns } from './tax-returns.ts';

export interface FilingStores {
  readonly returns: Pick<ReturnType<typeof taxReturns>, 'file' | 'putPayee'>;
  readonly filers: Pick<ReturnType<typeof taxFilers>, 'header'>;
}

/** What one submission is made of. */
export interface Filing extends FilingPass {
  readonly of: BrandYear;
  readonly number: number;
  readonly entries: readonly Entry[];
  readonly filer: StoredFiler;
  readonly at: Instant;
}

/** Forms opened at once; each is some calls of KMS. */
const WIDTH = 8;

/**
 * Stores what goes out together as a submission. Who cannot be written in the IRS's letters is left out, which is put down as a problem of
 * theirs; nothing is stored when that leaves nobody.
 *
 * @throws Error when somebody else made this submission, or filed one of the returns, since they were read: the step is tried again.
 */
export async function fileSubmission(
  stores: FilingStores,
  filing: Filing,
  forms: PayeeForms,
): Promise<Submission | undefined> {
  const { of, number, destination, kind, filer, at } = filing;
  const { brandId, year } = of;
  const entries = await writable(stores, filing, forms);
  if (entries.length === 0) return undefined;
  const records = entries.map((entry, place) => recordOf(entry, destination, place + 1));
  const header = destination === IRS && kind === 'original' ? await headerOf(stores, of) : undefined;
  const submission: Submission = {
    ...{ brandId, year, number, destination, kind, records, filerVersion: filer.revision, at },
    ...(header && { header }),
  };
  const before = new Map(
    entries.flatMap(({ payee, before: known }) => (known ? [[payee.partnerId, known] as const] : [])),
  );
  const target = `tax-years/${year}/submissions/${number}`;
  const auditId = derive('audit', brandId, year, number);
  const who = { brandId, at, person: 'file-1099', keyId: 'jobs/write-returns', action: 'fileReturns', target };
  const told = { auditId, ...who, after: notedOf(submission) };
  if (await stores.returns.file(submission, before, told)) return submission;
  throw new Error(`submission ${number} of ${year} was made by somebody else meanwhile; the step will be tried again`);
}

/** Those of them whose names and addresses the IRS's files can carry. */
async function writable({ returns }: FilingStores, filing: Filing, forms: PayeeForms): Promise<Entry[]> {
  const { of, entries, destination, at } = filing;
  const looked = await atOnce(WIDTH, entries, async (entry): Promise<Entry[]> => {
    const { partnerId, assessment } = entry.payee;
    const { formVersion } = recordOf(entry, destination, 1);
    const part = unwritable(await forms(partnerId, formVersion));
    if (part === undefined) return [entry];
    const words = `The ${part} on the W-9 has letters that the IRS’s files cannot carry; ask for a form in Latin letters.`;
    const problems = [...assessment.problems, { code: 'name-not-writable' as const, words, blocks: true }];
    await returns.putPayee(of, { partnerId, assessment: { ...assessment, problems }, at });
    return [];
  });
  return looked.flat();
}

async function headerOf({ filers }: FilingStores, { brandId, year }: BrandYear): Promise<IrisHeader> {
  const stored = await filers.header(brandId, year);
  const header = stored ? { columns: stored.columns } : knownHeader(year);
  if (!header) throw new RangeError(`the header row of the portal’s CSV for ${year} is not known`);
  return header;
}
