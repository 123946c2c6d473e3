import type { TinType } from '../tin.ts';
import type { IrisField } from './iris-columns.ts';
import type { IrisColumn } from './iris-header.ts';
import { dollars, irsText } from './irs-text.ts';
import { MOST_RECORDS, type NamedRecord, type NamedSubmission } from './submission.ts';

const TIN_TYPES: Readonly<Record<TinType, string>> = { ein: 'EIN', ssn: 'SSN', itin: 'ITIN', atin: 'ATIN' };

/**
 * The file for the IRIS portal: the header as it was pasted, a row for each record, lines that end as the template's do. What the flags and
 * types are called is unverified (docs/tax.md).
 *
 * @throws RangeError when there are more records than the portal takes, or no header.
 */
export function irisCsv(submission: NamedSubmission): string {
  const { header, records } = submission;
  if (!header) throw new RangeError(`submission ${submission.number} has no header row`);
  if (records.length > MOST_RECORDS)
    throw new RangeError(`${records.length} records; the portal takes ${MOST_RECORDS}`);
  const rows = records.map((record) => {
    const values = valuesOf(submission, record);
    return header.columns.map(({ fill }) => (fill.startsWith('=') ? fill.slice(1) : values[fill as IrisField]));
  });
  return [header.columns.map(({ title }: IrisColumn) => title), ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}

/** Quoted where a separator or quote is inside. No value begins with what a spreadsheet computes: they are made of the IRS's characters. */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const line = (text: string | undefined, most: number) => (text === undefined ? '' : (irsText(text, most) ?? ''));

function valuesOf(
  { filer, year }: NamedSubmission,
  { payee, partnerId, compensationCents, withheldCents, secondNotice, state }: NamedRecord,
): Record<IrisField, string> {
  const { person, address } = payee;
  // Somebody with a business name goes as a business, whose first line is the person (Pub. 5717).
  const asBusiness = !person || payee.businessName !== undefined;
  const stateFiled = state !== undefined;
  return {
    formType: '1099-NEC',
    taxYear: String(year),
    payerTinType: 'EIN',
    payerTin: filer.ein.replace('-', ''),
    payerNameType: 'B',
    payerName1: line(filer.name, 40),
    payerName2: line(filer.tradeName, 40),
    payerCountry: 'US',
    payerLine1: line(filer.address.line1, 35),
    payerLine2: line(filer.address.line2, 35),
    payerCity: line(filer.address.city, 22),
    payerState: filer.address.state,
    payerZip: filer.address.zip,
    payerPhoneType: 'D',
    payerPhone: filer.phone,
    payerEmail: filer.email,
    recipientTinType: TIN_TYPES[payee.tinType],
    recipientTin: payee.tin,
    recipientNameType: asBusiness ? 'B' : 'I',
    recipientName1: asBusiness ? line(payee.name, 40) : '',
    recipientName2: asBusiness ? line(payee.businessName, 40) : '',
    recipientFirst: asBusiness ? '' : line(person?.first, 20),
    recipientMiddle: asBusiness ? '' : line(person?.middle, 20),
    recipientLast: asBusiness ? '' : line(person?.last, 20),
    recipientSuffix: asBusiness ? '' : line(person?.suffix, 10),
    recipientCountry: 'US',
    recipientLine1: line(address.line1, 35),
    recipientLine2: line(address.line2, 35),
    recipientCity: line(address.city, 22),
    recipientState: address.state,
    recipientZip: address.zip,
    account: partnerId,
    secondTinNotice: secondNotice ? 'Y' : 'N',
    compensation: dollars(compensationCents),
    federalWithheld: withheldCents === 0 ? '' : dollars(withheldCents),
    combined: stateFiled && filer.combinedStates.includes(state) ? 'Y' : 'N',
    state: state ?? '',
    stateWithheld: '',
    stateNumber: state === undefined ? '' : line(filer.stateIds[state], 20),
    stateIncome: stateFiled ? dollars(compensationCents) : '',
    blank: '',
    no: 'N',
  };
}

/** What a person keys into the portal for corrections, which its CSV does not take: what was filed and what should stand there. */
export function correctionsCsv({ records, year }: NamedSubmission): string {
  const header =
    'Record,Tax Year,Account,TIN ends in,What,Was filed in,Box 1 filed,Box 1 right,Box 4 filed,Box 4 right';
  const rows = records.map(({ recordId, partnerId, tinLast4, kind, corrects, compensationCents, withheldCents }) =>
    [
      String(recordId),
      String(year),
      partnerId,
      tinLast4,
      kind === 'zeroed' ? 'take back' : 'amounts',
      corrects ? `submission ${corrects.submission} record ${corrects.recordId}` : '',
      dollars(corrects?.compensationCents ?? 0),
      dollars(compensationCents),
      dollars(corrects?.withheldCents ?? 0),
      dollars(withheldCents),
    ].join(','),
  );
  return [header, ...rows].map((row) => `${row}\r\n`).join('');
}
