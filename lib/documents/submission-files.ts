import { IRS } from '../tax/year-end/filing.ts';
import { correctionsCsv, irisCsv } from '../tax/year-end/iris-csv.ts';
import { irisXml, XML_YEARS } from '../tax/year-end/iris-xml.ts';
import { pub1220 } from '../tax/year-end/pub-1220.ts';
import type { NamedRecord, NamedSubmission } from '../tax/year-end/submission.ts';
import { recipientCopy } from './recipient-copy.ts';

/** A file of a submission; `name` is its place in the submission’s folder. */
export interface MadeFile {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

const CSV = 'text/csv; charset=us-ascii';

/**
 * The files of a submission for the IRS's portal, its A2A channel or a state. Corrections have XML once the receipt of what they correct
 * is known.
 */
export function submissionFiles(submission: NamedSubmission): MadeFile[] {
  const { destination, kind, year, filer, records } = submission;
  if (destination !== IRS)
    return [{ name: 'state.txt', body: pub1220(submission), contentType: 'text/plain; charset=us-ascii' }];
  const receipts = kind === 'original' || records.every(({ correctsReceipt }) => correctsReceipt !== undefined);
  const withXml = filer.tcc !== undefined && XML_YEARS.includes(year) && receipts;
  return [
    ...(withXml ? [{ name: 'iris.xml', body: irisXml(submission), contentType: 'application/xml' }] : []),
    kind === 'original'
      ? { name: 'iris.csv', body: irisCsv(submission), contentType: CSV }
      : { name: 'corrections.csv', body: correctionsCsv(submission), contentType: CSV },
  ];
}

/** The recipient's copy of a record; nothing for a record that repeats to a state what the IRS has been told. */
export async function copyFile(submission: NamedSubmission, record: NamedRecord): Promise<MadeFile | undefined> {
  if (!record.copy) return undefined;
  const body = await recipientCopy(submission, record);
  return { name: `recipients/${record.partnerId}.pdf`, body, contentType: 'application/pdf' };
}
