import { hash } from 'node:crypto';
import type { Journal } from '../ledger/journal.ts';
import { buildStatement, type Statement } from '../payouts/statement.ts';
import type { StatementRecord } from '../payouts/statement-record.ts';
import { statementCsv } from './statement-csv.ts';
import type { Format } from './statement-formats.ts';
import { statementHtml } from './statement-html.ts';

/** A statement's documents: texts, and the bytes of the PDF. */
export type Documents = Readonly<Record<Exclude<Format, 'pdf'>, string>> & { readonly pdf: Uint8Array };

/** A statement in every form it is issued in. Fonts and PDF library are loaded by the first: most calls of a function that may need them do not. */
export async function documentsOf(statement: Statement): Promise<Documents> {
  const { statementPdf } = await import('./statement-pdf.ts');
  return {
    html: statementHtml(statement),
    csv: statementCsv(statement),
    pdf: await statementPdf(statement),
    json: `${JSON.stringify(statement, null, 2)}\n`,
  };
}

/** What a record keeps of the documents, to tell later whether they are the ones that were issued. */
export function fingerprints({ html, csv, pdf, json }: Documents): Record<Format, string> {
  return { html: sha256(html), csv: sha256(csv), pdf: sha256(pdf), json: sha256(json) };
}
const sha256 = (document: string | Uint8Array) => hash('sha256', document, 'hex');

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
