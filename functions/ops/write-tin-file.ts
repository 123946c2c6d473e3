import { createHash } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { mint } from '../../lib/ids.ts';
import { auditLog } from '../../lib/store/audit.ts';
import { partners as partnerStore, type StoredPartner } from '../../lib/store/partners.ts';
import { taxVaultReader } from '../../lib/store/tax-vault.ts';
import { writeTogether } from '../../lib/store/transaction.ts';
import { TinFileOrder } from '../../lib/tax/tin-file-order.ts';
import { MOST_TIN_LINES, type TinQuestion, tinMatchFile } from '../../lib/tax/tin-match.ts';
import { NAME_FIELDS, nameOf } from '../../lib/tax/year-end/identity.ts';
import { instant } from '../../lib/time.ts';

export interface TinFile {
  readonly lines: number;
  /** Nothing when there is nobody to ask about. */
  readonly key?: string;
  /** Partners follow after this one: the `after` of the next call. */
  readonly more?: string;
}

const client = documentClient();
const core = env('coreTable');
const partners = partnerStore(client, core);
const audit = auditLog(client, core);
const vault = taxVaultReader(client, env('vaultTable'), new KMSClient({}));
const documents = files(new S3Client({}), env('documentsBucket'));

const PAGE = 100;
/** Partners whose form is opened at the same time; each is some calls of KMS. */
const WIDTH = 8;
/** Time kept back for writing the file. */
const RESERVE_MS = 30_000;

/**
 * Writes the file for the IRS's bulk TIN Matching: a line for every partner of a brand with a W-9 whose number has no answer yet, or for
 * all with a W-9 when `again` is true. That it opened tax forms, and how many, is in the audit log.
 *
 * The file's name holds its hash, so the same partners give the same file.
 */
export async function handler(event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<TinFile> {
  const parsed = TinFileOrder.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
    throw new TypeError(`input refused: ${problems.join('; ')}`);
  }
  const { brandId, again, after } = parsed.data;
  const questions: TinQuestion[] = [];
  let cursor = after;
  do {
    const page = await partners.list(brandId, { limit: PAGE, cursor });
    const asked = page.items.filter(({ taxForm }) => taxForm?.form === 'w9' && (again || !taxForm.tinMatch));
    questions.push(...(await atOnce(WIDTH, asked, question)));
    cursor = page.cursor;
  } while (
    cursor !== undefined &&
    questions.length + PAGE <= MOST_TIN_LINES &&
    context.getRemainingTimeInMillis() > RESERVE_MS
  );
  const more = cursor === undefined ? {} : { more: cursor };
  if (questions.length === 0) return { lines: 0, ...more };
  const text = tinMatchFile(questions);
  const key = `tax/${brandId}/tin-match/${createHash('sha256').update(text).digest('hex')}.txt`;
  await note(brandId, key, questions.length);
  await documents.put(key, text, 'text/plain; charset=us-ascii');
  return { lines: questions.length, key, ...more };
}

async function question({ brandId, partnerId, taxForm }: StoredPartner): Promise<TinQuestion> {
  const place = { brandId, partnerId, version: taxForm!.version };
  const leaves = await vault.read(place, NAME_FIELDS);
  if (!leaves) throw new Error(`partner ${partnerId} has a tax form that is not in the vault`);
  const { tin, tinType, name } = nameOf(leaves, partnerId);
  return { partnerId, tin, type: tinType, name };
}

/** Before the file is there: no number leaves the vault without its entry. */
async function note(brandId: string, target: string, lines: number): Promise<void> {
  const ms = wallClockMs();
  const by = 'ops/write-tin-file';
  const auditId = mint('audit', ms, systemEntropy(8));
  const entry = { auditId, brandId, at: instant(ms), person: 'ops', keyId: by, action: 'writeTinFile', target };
  await writeTogether(client, [audit.write({ ...entry, after: { lines } })]);
}
