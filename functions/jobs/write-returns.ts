import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { writeSubmission } from '../../lib/documents/write-submission.ts';
import { derive } from '../../lib/ids.ts';
import { auditLog } from '../../lib/store/audit.ts';
import { fileYear } from '../../lib/store/file-year.ts';
import { type PayeeForms, payeeForms } from '../../lib/store/payee-forms.ts';
import { taxFilers } from '../../lib/store/tax-filers.ts';
import { type BrandYear, taxReturns } from '../../lib/store/tax-returns.ts';
import { taxVaultReader } from '../../lib/store/tax-vault.ts';
import { due, IRS } from '../../lib/tax/year-end/filing.ts';
import { WriteOrder } from '../../lib/tax/year-end/order.ts';
import type { Submission } from '../../lib/tax/year-end/submission.ts';
import { NOTHING_PAID, summarize, together } from '../../lib/tax/year-end/summary.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const core = env('coreTable');
const returns = taxReturns(client, core);
const filers = taxFilers(client, core);
const audit = auditLog(client, core);
const vault = taxVaultReader(client, env('vaultTable'), new KMSClient({}));
const documents = files(new S3Client({}), env('documentsBucket'));
const writeFiles = (submission: Submission, forms: PayeeForms) =>
  writeSubmission({ returns, vault, documents }, submission, forms);

/** Payees read at once. */
const STRETCH = 500;

/** How many submissions a run made, and their numbers: a list of them would outgrow what a workflow hands on. */
interface Made {
  readonly submissions: number;
  readonly first?: number;
  readonly last?: number;
}

/**
 * The last step of file-1099, and the only one that reads names and addresses: puts what is due into submissions, writes their files, and sums
 * up the year. A submission is stored before its files are written, so no return is filed twice; one whose files a call did not finish is
 * finished by the next.
 */
export const handler = job(WriteOrder, async (order, { enough }) => {
  const { brandId, year, mode, dryRun, rewrite, asOf } = order;
  const of = { brandId, year };
  const onward = { brandId, year, mode, dryRun, asOf };
  if (rewrite !== undefined) {
    const submission = await returns.submission(of, rewrite);
    if (submission) {
      await noteRewrite(submission, asOf);
      await writeFiles(submission, payeeForms(vault, brandId));
    }
    return { ...onward, rewrite, cursor: null, written: submission ? 1 : 0 };
  }
  const filer = await filers.get(brandId);
  const combinedStates = filer?.profile.combinedStates ?? [];
  let made: Made = { submissions: 0 };
  if (!dryRun && filer) {
    const next = await finishFiles(of, order.cursor?.next ?? 1);
    const run = { of, mode, at: asOf, filer, stores: { returns, filers, vault }, write: writeFiles, enough };
    const { place, cutOff } = await fileYear(run, { ...(order.cursor ?? { pass: 0, first: next, states: [] }), next });
    if (cutOff) return { ...onward, cursor: place };
    const submissions = place.next - place.first;
    made = { submissions, ...(submissions > 0 && { first: place.first, last: place.next - 1 }) };
  }
  const summary = await sumUp(of, combinedStates);
  await returns.putSummary(of, summary, asOf);
  return { ...onward, cursor: null, made, summary };
});

/**
 * Writes the files of submissions that a call stored and then died over, from a number on; answers the number that is free. What is older than
 * that was finished by an earlier call of the same run.
 */
async function finishFiles(of: BrandYear, from: number): Promise<number> {
  let next = from;
  let cursor = from > 1 ? String(from - 1) : undefined;
  do {
    const page = await returns.submissions(of, { cursor, limit: 20 });
    for (const submission of page.items) {
      if (!submission.files) await writeFiles(submission, payeeForms(vault, of.brandId));
      next = submission.number + 1;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return next;
}

/** The year in sums, of all payees as they stand now. */
async function sumUp(of: BrandYear, combinedStates: readonly string[]) {
  let sums = NOTHING_PAID;
  let after: string | undefined;
  do {
    const stretch = await returns.stretch(of, { after, limit: STRETCH });
    const years = stretch.payees.map((payee) => ({ ...payee, due: due(IRS, { ...payee, combinedStates }) }));
    sums = together(sums, summarize(years));
    after = stretch.after;
  } while (after !== undefined);
  return sums;
}

/** Before the files are there: no number leaves the vault without its entry. */
async function noteRewrite({ brandId, year, number, records }: Submission, at: Instant): Promise<void> {
  const auditId = derive('audit', brandId, year, number, at);
  const target = `tax-years/${year}/submissions/${number}`;
  const who = { brandId, at, person: 'file-1099', keyId: 'jobs/write-returns', action: 'rewriteReturns', target };
  await audit.record({ auditId, ...who, after: { records: records.length } });
}
