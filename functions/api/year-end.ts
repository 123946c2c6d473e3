import { KMSClient } from '@aws-sdk/client-kms';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { yearEndContracts } from '../../lib/http/contracts/year-end.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing } from '../../lib/http/revision.ts';
import { type StoredFiler, type StoredHeader, taxFilers } from '../../lib/store/tax-filers.ts';
import { type StoredPayee, taxReturns } from '../../lib/store/tax-returns.ts';
import { taxVaultWriter } from '../../lib/store/tax-vault.ts';
import { lastFour } from '../../lib/tax/tin.ts';
import { FILER, sealed } from '../../lib/tax/year-end/filer.ts';
import type { Filed } from '../../lib/tax/year-end/filing.ts';
import { irisHeader, knownHeader } from '../../lib/tax/year-end/iris-header.ts';
import { folderOf, type Submission, totalsOf } from '../../lib/tax/year-end/submission.ts';

/** How returns name the payer, the portal's header rows, and what file-1099 made. This function seals the payer's number and reads none. */
const client = documentClient();
const table = env('coreTable');
const filers = taxFilers(client, table);
const returns = taxReturns(client, table);
const vault = taxVaultWriter(new KMSClient({}), env('vaultTable'), env('vaultKey'));

/** Remote calls at once. */
const WIDTH = 16;
const ATTEMPTS = 4;

/** Writes the next revision of what may not be there yet, and tries again when somebody else was faster and the caller named no revision. */
async function replace<Row extends { readonly revision: number }>(
  what: string,
  asked: number | undefined,
  read: () => Promise<Row | undefined>,
  write: (revision: number, before: Row | undefined) => Promise<Row | undefined>,
): Promise<Row> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = await read();
    const known = before?.revision ?? 0;
    if (asked !== undefined && asked !== known) {
      throw new VisibleError(
        'conflict',
        'stale-revision',
        `Somebody changed ${what} since you read it: it is at revision ${known} now; read it again.`,
      );
    }
    const row = await write(known + 1, before);
    if (row) return row;
  }
  throw new Error(`${what} changed under every attempt to change it`);
}

const setTaxFiler = operation(yearEndContracts.setTaxFiler, async ({ body, who, at, headers, entry }) => {
  const { brandId } = who;
  const { ein, ...profile } = body;
  const einLast4 = lastFour(ein);
  const row = await replace(
    'the tax filer',
    expectedRevision(headers),
    () => filers.get(brandId),
    async (revision, before) => {
      const filer: StoredFiler = { brandId, profile, einLast4, changedAt: at, revision };
      const place = { brandId, partnerId: FILER, version: revision };
      const told = entry({
        target: 'tax-filer',
        before: before && { ...before.profile, einLast4: before.einLast4 },
        after: { ...profile, einLast4 },
      });
      return (await filers.put(filer, before, told, await vault.formWrite(place, sealed(body), at)))
        ? filer
        : undefined;
    },
  );
  return shownFiler(row);
});

const getTaxFiler = operation(yearEndContracts.getTaxFiler, async ({ who }) => {
  const filer = await filers.get(who.brandId);
  if (!filer) throw missing('tax-filer', who.brandId);
  return shownFiler(filer);
});

const shownFiler = ({ profile, einLast4, changedAt, revision }: StoredFiler) => ({
  ...profile,
  einLast4,
  changedAt,
  revision,
});

const setIrisHeader = operation(yearEndContracts.setIrisHeader, async ({ params, body, who, at, headers, entry }) => {
  const { brandId } = who;
  const year = Number(params.year);
  const { columns } = irisHeader(body);
  const read = () => filers.header(brandId, year);
  const row = await replace(`the header of ${year}`, expectedRevision(headers), read, async (revision, before) => {
    const header: StoredHeader = { brandId, year: params.year, columns, changedAt: at, revision };
    const told = entry({ target: `tax-years/${year}/iris-header`, before: before?.columns, after: columns });
    return (await filers.putHeader(header, before, told)) ? header : undefined;
  });
  return { year, columns: [...row.columns], known: false, revision: row.revision };
});

const getIrisHeader = operation(yearEndContracts.getIrisHeader, async ({ params, who }) => {
  const year = Number(params.year);
  const stored = await filers.header(who.brandId, year);
  const header = stored ?? knownHeader(year);
  if (!header) throw missing('iris-header', params.year);
  return { year, columns: [...header.columns], known: stored === undefined, revision: stored?.revision ?? 0 };
});

const listTaxReturns = operation(yearEndContracts.listTaxReturns, async ({ params, query, who }) => {
  const of = { brandId: who.brandId, year: Number(params.year) };
  const scope = [who.brandId, params.year, 'tax-returns'];
  const page = await returns.page(of, { limit: query.limit, cursor: fromCursor(query.cursor, scope) });
  const filed = await atOnce(WIDTH, page.items, ({ partnerId }) => returns.filedFor(of, partnerId));
  const answer = answerPage(page, scope);
  return { ...answer, items: answer.items.map((payee, place) => shownReturn(payee, filed[place] ?? [])) };
});

const shownReturn = ({ partnerId, assessment, at }: StoredPayee, filed: readonly Filed[]) => {
  const { taxpayer, notCounted: _notCounted, reportedByProvider: _byProvider, basis: _basis, ...figures } = assessment;
  const shared = taxpayer && { taxpayer: { ...taxpayer, partnerIds: [...taxpayer.partnerIds] } };
  const records = filed.map(({ basis: _, ...record }) => record);
  return { partnerId, ...figures, ...shared, problems: [...figures.problems], filed: records, asOf: at };
};

const getTaxSummary = operation(yearEndContracts.getTaxSummary, async ({ params, who }) => {
  const year = Number(params.year);
  const stored = await returns.summary({ brandId: who.brandId, year });
  if (!stored) throw missing('tax-summary', params.year);
  return { year, ...stored.summary, asOf: stored.at };
});

const listTaxSubmissions = operation(yearEndContracts.listTaxSubmissions, async ({ params, query, who }) => {
  const scope = [who.brandId, params.year, 'tax-submissions'];
  const cursor = fromCursor(query.cursor, scope);
  const page = await returns.submissions(
    { brandId: who.brandId, year: Number(params.year) },
    { limit: query.limit, cursor },
  );
  const answer = answerPage(page, scope);
  return { ...answer, items: answer.items.map(shownSubmission) };
});

const recordTaxReceipt = operation(yearEndContracts.recordTaxReceipt, async ({ params, body, who, entry }) => {
  const of = { brandId: who.brandId, year: Number(params.year) };
  const number = Number(params.number);
  const before = await returns.submission(of, number);
  if (!before) throw missing('submission', `${params.year}/${params.number}`);
  const { receiptId } = body;
  if (before.receiptId !== receiptId) {
    const target = `tax-years/${params.year}/submissions/${number}`;
    const told = entry({ target, before: { receiptId: before.receiptId }, after: { receiptId } });
    await returns.receive(of, number, receiptId, told);
  }
  return shownSubmission({ ...before, receiptId });
});

function shownSubmission(submission: Submission) {
  const { number, destination, kind, records, at, files, receiptId } = submission;
  return {
    ...{ number, destination, kind, ...totalsOf(records) },
    partnerIds: records.map(({ partnerId }) => partnerId),
    asOf: at,
    folder: folderOf(submission),
    ...(files && { files: { ...files } }),
    ...(receiptId !== undefined && { receiptId }),
  };
}

export const handler = serve(
  {
    setTaxFiler,
    getTaxFiler,
    setIrisHeader,
    getIrisHeader,
    listTaxReturns,
    getTaxSummary,
    listTaxSubmissions,
    recordTaxReceipt,
  },
  { client, table },
);
