import { createHash } from 'node:crypto';
import { atOnce } from '../at-once.ts';
import type { files } from '../aws/files.ts';
import type { PayeeForms, TaxVaultReader } from '../store/payee-forms.ts';
import type { taxReturns } from '../store/tax-returns.ts';
import { FILER, FILER_FIELDS, opened } from '../tax/year-end/filer.ts';
import { folderOf, type NamedSubmission, type Submission } from '../tax/year-end/submission.ts';
import { copyFile, submissionFiles } from './submission-files.ts';

export interface SubmissionPlaces {
  readonly returns: Pick<ReturnType<typeof taxReturns>, 'submission' | 'written'>;
  readonly vault: Pick<TaxVaultReader, 'read'>;
  readonly documents: Pick<ReturnType<typeof files>, 'put'>;
}

/** Forms opened, and copies drawn, at once. */
const WIDTH = 8;

/** Writes the files of a submission, and notes their hashes once all are there. Written again, they are the same. */
export async function writeSubmission(
  places: SubmissionPlaces,
  submission: Submission,
  forms: PayeeForms,
): Promise<void> {
  const { documents, returns } = places;
  const named = await withNames(places, submission, forms);
  const folder = folderOf(submission);
  await atOnce(WIDTH, named.records, async (record) => {
    const copy = await copyFile(named, record);
    if (copy) await documents.put(`${folder}/${copy.name}`, copy.body, copy.contentType);
  });
  const hashes: Record<string, string> = {};
  for (const { name, body, contentType } of submissionFiles(named)) {
    await documents.put(`${folder}/${name}`, body, contentType);
    hashes[name] = createHash('sha256').update(body).digest('hex');
  }
  await returns.written(submission, hashes);
}

async function withNames(
  { vault, returns }: SubmissionPlaces,
  submission: Submission,
  forms: PayeeForms,
): Promise<NamedSubmission> {
  const { brandId, year, filerVersion } = submission;
  const leaves = await vault.read({ brandId, partnerId: FILER, version: filerVersion }, FILER_FIELDS);
  if (!leaves) throw new Error(`version ${filerVersion} of the payer of ${brandId} is not in the vault`);
  const corrected = new Set(submission.records.flatMap(({ corrects }) => (corrects ? [corrects.submission] : [])));
  const receipts = new Map<number, string | undefined>();
  for (const number of corrected)
    receipts.set(number, (await returns.submission({ brandId, year }, number))?.receiptId);
  const records = await atOnce(WIDTH, submission.records, async (record) => ({
    ...record,
    payee: await forms(record.partnerId, record.formVersion),
    correctsReceipt: record.corrects && receipts.get(record.corrects.submission),
  }));
  return { ...submission, records, filer: opened(leaves) };
}
