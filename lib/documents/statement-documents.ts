import { hash } from 'node:crypto';
import type { Journal } from '../ledger/journal.ts';
import { buildStatement, type Statement } from '../payouts/statement.ts';
import type { StatementRecord } from '../payouts/statement-record.ts';
import { statementCsv } from './statement-csv.ts';
import { statementHtml } from './statement-html.ts';

export const FORMATS = ['html', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
};

/** A statement in every form it is issued in. */
export function documentsOf(statement: Statement): Record<Format, string> {
  return {
    html: statementHtml(statement),
    csv: statementCsv(statement),
    json: `${JSON.stringify(statement, null, 2)}\n`,
  };
}

/** What a record keeps of the documents, to tell later whether they are the ones that were issued. */
export function fingerprints(documents: Record<Format, string>): Record<Format, string> {
  return { html: sha256(documents.html), csv: sha256(documents.csv), json: sha256(documents.json) };
}
const sha256 = (text: string) => hash('sha256', text, 'hex');

/** The statement of a record, made again from the journals it covers. */
export function statementOf(record: StatementRecord, journals: readonly Journal[]): Statement {
  const { number, opening, since, partnerId, partnerName, programId, programName, timeZone } = record;
  return buildStatement({
    number,
    journals,
    opening,
    ...(since !== undefined && { since }),
    partner: { partnerId, name: partnerName },
    program: { programId, name: programName, timeZone },
  });
}

/** Where a statement lies in the documents bucket. */
export const statementKey = (
  { brandId, programId, partnerId, number }: Pick<StatementRecord, 'brandId' | 'programId' | 'partnerId' | 'number'>,
  format: Format,
) => `statements/${brandId}/${programId}/${partnerId}/${number}.${format}`;
