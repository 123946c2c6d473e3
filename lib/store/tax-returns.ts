import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { Assessment } from '../tax/year-end/assess.ts';
import type { Filed, ReturnRecord } from '../tax/year-end/filing.ts';
import type { Submission } from '../tax/year-end/submission.ts';
import type { YearSummary } from '../tax/year-end/summary.ts';
import type { Instant } from '../time.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { asPut, type Write, writeTogether } from './transaction.ts';

/**
 * Returns of a tax year, one partition for each brand and year.
 *
 * | access pattern                        | index | key                                                              |
 * | ------------------------------------- | ----- | ---------------------------------------------------------------- |
 * | what a payee's year comes to          | table | `<brand>#TAX-YEAR#<year>` / `PAYEE#<partner>`                    |
 * | what was filed for a payee, and where | table | same / `FILED#<partner>#<destination>`, the latest record        |
 * | a submission; all of them             | table | same / `SUBMISSION#<number, 6 digits>`                           |
 * | the year in sums                      | table | same / `SUMMARY`                                                 |
 *
 * Figures are made anew by every run. A put on a submission number that is free, with the filed records in the same transaction, is what files
 * returns: no return is in two submissions, and a run that was cut off goes on behind the last one.
 */
const PK = '{brandId}#TAX-YEAR#{year}';
const text = { type: 'string', required: true } as const;
const count = { type: 'number', required: true } as const;

const payeeEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxPayee', version: '1', service: 'tributary' },
      attributes: {
        brandId: text,
        year: text,
        partnerId: text,
        assessment: { type: CustomAttributeType<Assessment>('any'), required: true },
        at: text,
      },
      indexes: { one: { pk: key('pk', ['brandId', 'year'], PK), sk: key('sk', ['partnerId'], 'PAYEE#{partnerId}') } },
    } as const,
    { client, table },
  );

const filedEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxFiled', version: '1', service: 'tributary' },
      attributes: {
        brandId: text,
        year: text,
        partnerId: text,
        destination: text,
        submission: count,
        record: { type: CustomAttributeType<ReturnRecord>('any'), required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'year'], PK),
          sk: key('sk', ['partnerId', 'destination'], 'FILED#{partnerId}#{destination}'),
        },
      },
    } as const,
    { client, table },
  );

const submissionEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxSubmission', version: '1', service: 'tributary' },
      attributes: {
        brandId: text,
        year: text,
        number: { ...count, padding: { length: 6, char: '0' } },
        submission: { type: CustomAttributeType<Omit<Submission, 'files' | 'receiptId'>>('any'), required: true },
        files: { type: CustomAttributeType<NonNullable<Submission['files']>>('any') },
        receiptId: { type: 'string' },
      },
      indexes: { one: { pk: key('pk', ['brandId', 'year'], PK), sk: key('sk', ['number'], 'SUBMISSION#{number}') } },
    } as const,
    { client, table },
  );

const summaryEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxSummary', version: '1', service: 'tributary' },
      attributes: {
        brandId: text,
        year: text,
        summary: { type: CustomAttributeType<YearSummary>('any'), required: true },
        at: text,
      },
      indexes: { one: { pk: key('pk', ['brandId', 'year'], PK), sk: key('sk', [], 'SUMMARY') } },
    } as const,
    { client, table },
  );

/** A year of a brand. */
export interface BrandYear {
  readonly brandId: string;
  readonly year: number;
}
export interface StoredPayee {
  readonly partnerId: string;
  readonly assessment: Assessment;
  /** As-of time of the run that worked it out. */
  readonly at: Instant;
}

const DIGITS = 6;

export function taxReturns(client: DynamoDBDocumentClient, table: string) {
  const payees = payeeEntity(client, table);
  const filings = filedEntity(client, table);
  const submissions = submissionEntity(client, table);
  const summaries = summaryEntity(client, table);
  const audit = auditLog(client, table);
  const named = ({ brandId, year }: BrandYear) => ({ brandId, year: String(year) });
  const pk = ({ brandId, year }: BrandYear) => `${brandId}#TAX-YEAR#${year}`;

  const submissionOf = ({
    submission,
    files,
    receiptId,
  }: {
    submission: Omit<Submission, 'files' | 'receiptId'>;
    files?: Submission['files'];
    receiptId?: string | undefined;
  }): Submission => ({ ...submission, ...(files && { files }), ...(receiptId !== undefined && { receiptId }) });
  const filedOf = ({
    record,
    destination,
    submission,
  }: {
    record: ReturnRecord;
    destination: string;
    submission: number;
  }): Filed => ({
    ...record,
    destination,
    submission,
  });

  return {
    async putPayee(of: BrandYear, payee: StoredPayee): Promise<void> {
      await payees.put({ ...named(of), ...payee }).go();
    },

    /** The payees with these ids that have a year. */
    async payees(of: BrandYear, partnerIds: readonly string[]): Promise<Map<string, StoredPayee>> {
      const wanted = partnerIds.map((partnerId) => ({ ...named(of), partnerId }));
      const found = await readMany(wanted, (keys) => payees.get(keys).go({ consistent: true }));
      return new Map(found.map((payee) => [payee.partnerId, payee]));
    },

    /** Payees in the order of their ids. */
    page(of: BrandYear, request: PageRequest = {}): Promise<Page<StoredPayee>> {
      const keyAt = (partnerId: string) => ({ pk: pk(of), sk: `PAYEE#${partnerId}` });
      return readPage<StoredPayee>(payees.query.one(named(of)), request, keyAt, ({ partnerId }) => partnerId);
    },

    /**
     * A stretch of the payees with what was filed for each, as it is now: two reads for all of them. `after` the payee with this id; the
     * answer's `after` is where the next stretch begins, nothing at the end.
     */
    async stretch(
      of: BrandYear,
      { after, limit }: { readonly after?: string | undefined; readonly limit: number },
    ): Promise<{ readonly payees: readonly (StoredPayee & { readonly filed: Filed[] })[]; readonly after?: string }> {
      const all = payees.query.one(named(of));
      const rest = after === undefined ? all : all.gt({ partnerId: after });
      const page = await rest.go({ limit, consistent: true });
      const [first, last] = [page.data.at(0)?.partnerId, page.data.at(-1)?.partnerId];
      if (first === undefined || last === undefined) return { payees: [] };
      // Destinations are two capital letters.
      const { data: records } = await filings.query
        .one(named(of))
        .between({ partnerId: first, destination: 'AA' }, { partnerId: last, destination: 'ZZ' })
        .go({ pages: 'all', consistent: true });
      const filed = Map.groupBy(records.map(filedOf), ({ partnerId }) => partnerId);
      const found = page.data.map((payee) => ({ ...payee, filed: filed.get(payee.partnerId) ?? [] }));
      return { payees: found, ...(page.cursor && { after: last }) };
    },

    /** What was filed for one payee, one record for each destination. */
    filedFor: async (of: BrandYear, partnerId: string): Promise<Filed[]> =>
      (await filings.query.one({ ...named(of), partnerId }).go({ pages: 'all', consistent: true })).data.map(filedOf),

    /** What is in force at one destination for these payees, by partner id. */
    async filedAt(of: BrandYear, destination: string, partnerIds: readonly string[]): Promise<Map<string, Filed>> {
      const wanted = [...new Set(partnerIds)].map((partnerId) => ({ ...named(of), partnerId, destination }));
      const found = await readMany(wanted, (keys) => filings.get(keys).go({ consistent: true }));
      return new Map(found.map((row) => [row.partnerId, filedOf(row)]));
    },

    async submission(of: BrandYear, number: number): Promise<Submission | undefined> {
      const { data } = await submissions.get({ ...named(of), number }).go({ consistent: true });
      return data ? submissionOf(data) : undefined;
    },

    async submissions(of: BrandYear, request: PageRequest = {}): Promise<Page<Submission>> {
      const keyAt = (number: string) => ({ pk: pk(of), sk: `SUBMISSION#${number.padStart(DIGITS, '0')}` });
      const page = await readPage(submissions.query.one(named(of)), request, keyAt, ({ number }) => String(number));
      return { ...page, items: page.items.map(submissionOf) };
    },

    /**
     * Files the records of a submission: all of them, or none when its number is taken or something else was filed for one of the payees since
     * it was read.
     *
     * @param before What was filed for each payee, by partner id.
     */
    async file(submission: Submission, before: ReadonlyMap<string, Filed>, entry: AuditEntry): Promise<boolean> {
      const { destination, number, records } = submission;
      const row = submissions.create({ ...named(submission), number, submission });
      const filed = records.map((record): Write => {
        const put = asPut(
          filings
            .put({ ...named(submission), partnerId: record.partnerId, destination, submission: number, record })
            .params(),
        );
        const known = before.get(record.partnerId);
        return {
          Put: {
            ...put.Put!,
            ...(known
              ? {
                  ConditionExpression: 'submission = :known',
                  ExpressionAttributeValues: { ':known': known.submission },
                }
              : { ConditionExpression: 'attribute_not_exists(pk)' }),
          },
        };
      });
      return (await writeTogether(client, [asPut(row.params()), ...filed, audit.write(entry)])).written;
    },

    /** Notes that all files of a submission are written. */
    async written(
      { number, ...of }: BrandYear & { readonly number: number },
      files: NonNullable<Submission['files']>,
    ): Promise<void> {
      await submissions
        .patch({ ...named(of), number })
        .set({ files: { ...files } })
        .go();
    },

    /** Records the IRS's receipt for a submission, with the audit entry; `false` when there is no such submission. */
    async receive(of: BrandYear, number: number, receiptId: string, entry: AuditEntry): Promise<boolean> {
      const update = submissions
        .patch({ ...named(of), number })
        .set({ receiptId })
        .params() as NonNullable<Write['Update']>;
      return (await writeTogether(client, [{ Update: update }, audit.write(entry)])).written;
    },

    async putSummary(of: BrandYear, summary: YearSummary, at: Instant): Promise<void> {
      await summaries.put({ ...named(of), summary, at }).go();
    },

    async summary(of: BrandYear): Promise<{ readonly summary: YearSummary; readonly at: Instant } | undefined> {
      return (await summaries.get(named(of)).go({ consistent: true })).data ?? undefined;
    },
  };
}
