import { createHash } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { copyFile, submissionFiles } from '../../lib/documents/submission-files.ts';
import { derive } from '../../lib/ids.ts';
import { auditLog } from '../../lib/store/audit.ts';
import { type StoredFiler, taxFilers } from '../../lib/store/tax-filers.ts';
import { type StoredPayee, taxReturns } from '../../lib/store/tax-returns.ts';
import { taxVaultReader } from '../../lib/store/tax-vault.ts';
import { FILER, FILER_FIELDS, opened } from '../../lib/tax/year-end/filer.ts';
import { due, type Filed, IRS } from '../../lib/tax/year-end/filing.ts';
import {
  IDENTITY_FIELDS,
  identityOf,
  type PayeeIdentity,
  sameTaxpayer,
  unwritable,
} from '../../lib/tax/year-end/identity.ts';
import { type IrisHeader, knownHeader } from '../../lib/tax/year-end/iris-header.ts';
import {
  type Entry,
  type NextSubmission,
  nextSubmission,
  type PayeeYear,
  placeOf,
  recordOf,
} from '../../lib/tax/year-end/next-submission.ts';
import { WriteOrder } from '../../lib/tax/year-end/order.ts';
import { folderOf, type NamedSubmission, type Submission, totalsOf } from '../../lib/tax/year-end/submission.ts';
import { summarize } from '../../lib/tax/year-end/summary.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const core = env('coreTable');
const returns = taxReturns(client, core);
const filers = taxFilers(client, core);
const audit = auditLog(client, core);
const vault = taxVaultReader(client, env('vaultTable'), new KMSClient({}));
const documents = files(new S3Client({}), env('documentsBucket'));

/** Forms opened at once; each is some calls of KMS. */
const WIDTH = 8;

const Input = WriteOrder.extend({ made: z.array(z.int()).default([]) });
type Order = z.output<typeof Input>;

/**
 * The last step of file-1099, and the only one that opens tax forms: puts what is due into submissions, writes their files, and sums up
 * the year. A submission is stored before its files are written, so no return is filed twice; one whose files a call did not finish is
 * finished by the next.
 */
export const handler = job(Input, async (order, { enough }) => {
  const { brandId, year, mode, dryRun, rewrite, asOf } = order;
  const of = { brandId, year };
  const made = [...order.made];
  const onward = { brandId, year, mode, dryRun, asOf, made };
  if (rewrite !== undefined) {
    const submission = await returns.submission(of, rewrite);
    if (submission) {
      await noteRewrite(submission, asOf);
      await write(submission);
    }
    return { ...onward, rewrite, cursor: null, written: submission ? 1 : 0 };
  }
  const payees = await readPayees(of);
  const filer = await filers.get(brandId);
  const combinedStates = filer?.profile.combinedStates ?? [];
  if (!dryRun && filer) {
    const numbers = await finishFiles(of);
    const other = mode === 'corrected' ? await otherTaxpayers(brandId, payees) : new Set<string>();
    let next = numbers + 1;
    for (;;) {
      const together = nextSubmission(mode, [...payees.values()], combinedStates, other);
      if (!together) break;
      if (!enough()) return { ...onward, cursor: String(next) };
      const submission = await submit(order, { together, number: next, filer, payees });
      if (!submission) continue;
      for (const { partnerId } of submission.records) other.delete(placeOf(partnerId, submission.destination));
      await write(submission);
      made.push(next);
      next += 1;
    }
  }
  const years = [...payees.values()].map((payee) => ({ ...payee, due: due(IRS, { ...payee, combinedStates }) }));
  const summary = summarize(years);
  await returns.putSummary(of, summary, asOf);
  return { ...onward, cursor: null, summary };
});

async function readPayees(of: { brandId: string; year: number }): Promise<Map<string, PayeeYear & StoredPayee>> {
  const [payees, filed] = await Promise.all([returns.allPayees(of), returns.allFiled(of)]);
  const byPartner = Map.groupBy(filed, ({ partnerId }) => partnerId);
  return new Map(payees.map((payee) => [payee.partnerId, { ...payee, filed: byPartner.get(payee.partnerId) ?? [] }]));
}

/** Writes the files of submissions that a call stored and then died over; answers how many submissions there are. */
async function finishFiles(of: { brandId: string; year: number }): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await returns.submissions(of, { cursor, limit: 20 });
    for (const submission of page.items) if (!submission.files) await write(submission);
    count += page.items.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return count;
}

/** Returns whose payee handed in a form since that names somebody else, by place. Only forms that are newer than the return are opened. */
async function otherTaxpayers(brandId: string, payees: ReadonlyMap<string, PayeeYear>): Promise<Set<string>> {
  const newer = [...payees.values()].flatMap(({ partnerId, assessment: { formVersion }, filed }) =>
    formVersion === undefined
      ? []
      : filed
          .filter((one) => one.kind !== 'zeroed' && one.formVersion !== formVersion)
          .map((one) => ({ partnerId, formVersion, one })),
  );
  const found = await atOnce(WIDTH, newer, async ({ partnerId, formVersion, one }) => {
    const [now, then] = [
      await identity(brandId, partnerId, formVersion),
      await identity(brandId, partnerId, one.formVersion),
    ];
    return sameTaxpayer(now, then) ? [] : [placeOf(partnerId, one.destination)];
  });
  return new Set(found.flat());
}

interface Submitting {
  readonly together: NextSubmission;
  readonly number: number;
  readonly filer: StoredFiler;
  readonly payees: Map<string, PayeeYear & StoredPayee>;
}

/**
 * Stores what goes out together as a submission, and in `payees` what is filed by it. Nothing when nobody in it can be written in the
 * IRS's letters.
 */
async function submit(order: Order, { together, number, filer, payees }: Submitting): Promise<Submission | undefined> {
  const { brandId, year, asOf } = order;
  const { destination, kind } = together;
  const entries = await writable(order, together, payees);
  if (entries.length === 0) return undefined;
  const records = entries.map((entry, place) => recordOf(entry, destination, place + 1));
  const header = destination === IRS && kind === 'original' ? await headerOf(brandId, year) : undefined;
  const submission: Submission = {
    ...{ brandId, year, number, destination, kind, records, filerVersion: filer.revision, at: asOf },
    ...(header && { header }),
  };
  const before = new Map(
    entries.flatMap(({ payee, before: known }) => (known ? [[payee.partnerId, known] as const] : [])),
  );
  const target = `tax-years/${year}/submissions/${number}`;
  const auditId = derive('audit', brandId, year, number);
  const who = { brandId, at: asOf, person: 'file-1099', keyId: 'jobs/write-returns', action: 'fileReturns', target };
  const told = { auditId, ...who, after: { destination, kind, ...totalsOf(records) } };
  if (!(await returns.file(submission, before, told)))
    throw new Error(
      `submission ${number} of ${year} was made by somebody else meanwhile; the step will be tried again`,
    );
  for (const record of records) {
    const filed: Filed = { ...record, destination, submission: number };
    const payee = payees.get(record.partnerId)!;
    payees.set(record.partnerId, {
      ...payee,
      filed: [...payee.filed.filter((one) => one.destination !== destination), filed],
    });
  }
  return submission;
}

/** Those of them whose names and addresses the IRS's files can carry. Of the others that is put down as a problem. */
async function writable(
  { brandId, year, asOf: at }: Order,
  { entries, destination }: NextSubmission,
  payees: Map<string, PayeeYear & StoredPayee>,
): Promise<Entry[]> {
  const looked = await atOnce(WIDTH, entries, async (entry): Promise<Entry[]> => {
    const { partnerId } = entry.payee;
    const { formVersion } = recordOf(entry, destination, 1);
    const part = unwritable(await identity(brandId, partnerId, formVersion));
    if (part === undefined) return [entry];
    const words = `The ${part} on the W-9 has letters that the IRS’s files cannot carry; ask for a form in Latin letters.`;
    const known = payees.get(partnerId)!;
    const problems = [...known.assessment.problems, { code: 'name-not-writable' as const, words, blocks: true }];
    const assessment = { ...known.assessment, problems };
    await returns.putPayee({ brandId, year }, { partnerId, assessment, at });
    payees.set(partnerId, { ...known, assessment });
    return [];
  });
  return looked.flat();
}

async function headerOf(brandId: string, year: number): Promise<IrisHeader> {
  const stored = await filers.header(brandId, year);
  const header = stored ? { columns: stored.columns } : knownHeader(year);
  if (!header) throw new RangeError(`the header row of the portal’s CSV for ${year} is not known`);
  return header;
}

/** Before the files are there: no number leaves the vault without its entry. */
async function noteRewrite({ brandId, year, number, records }: Submission, at: Instant): Promise<void> {
  const auditId = derive('audit', brandId, year, number, at);
  const target = `tax-years/${year}/submissions/${number}`;
  const who = { brandId, at, person: 'file-1099', keyId: 'jobs/write-returns', action: 'rewriteReturns', target };
  await audit.record({ auditId, ...who, after: { records: records.length } });
}

/** Writes the files of a submission, and notes their hashes once all are there. Written again, they are the same. */
async function write(submission: Submission): Promise<void> {
  const named = await withNames(submission);
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

async function withNames(submission: Submission): Promise<NamedSubmission> {
  const { brandId, year, filerVersion } = submission;
  const leaves = await vault.read({ brandId, partnerId: FILER, version: filerVersion }, FILER_FIELDS);
  if (!leaves) throw new Error(`version ${filerVersion} of the payer of ${brandId} is not in the vault`);
  const corrected = new Set(submission.records.flatMap(({ corrects }) => (corrects ? [corrects.submission] : [])));
  const receipts = new Map<number, string | undefined>();
  for (const number of corrected)
    receipts.set(number, (await returns.submission({ brandId, year }, number))?.receiptId);
  const records = await atOnce(WIDTH, submission.records, async (record) => ({
    ...record,
    payee: await identity(brandId, record.partnerId, record.formVersion),
    correctsReceipt: record.corrects && receipts.get(record.corrects.submission),
  }));
  return { ...submission, records, filer: opened(leaves) };
}

async function identity(brandId: string, partnerId: string, version: number): Promise<PayeeIdentity> {
  const leaves = await vault.read({ brandId, partnerId, version }, IDENTITY_FIELDS);
  if (!leaves) throw new Error(`partner ${partnerId} has a tax form that is not in the vault`);
  return identityOf(leaves, partnerId);
}
