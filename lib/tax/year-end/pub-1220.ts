import type { PayeeIdentity } from './identity.ts';
import { irsText } from './irs-text.ts';
import { CFSF_CODES } from './state-codes.ts';
import { type NamedRecord, type NamedSubmission, totalsOf } from './submission.ts';

/** Every record is 750 characters, the last two of them the end of the line. */
const LENGTH = 750;
const AMOUNTS = 18;

/** A value at its first position, counted from 1, as the publication counts. */
type Field = readonly [position: number, value: string, length: number];

/**
 * A file in the layout of Pub. 1220 (1099-NEC: type of return NE, amount codes 1 and 4) for a state that takes one of its own; the IRS takes
 * none after 2026. Positions as the publication has them, read in the tables of a library and not in the publication (docs/tax.md).
 */
export function pub1220(submission: NamedSubmission): string {
  const { filer, records, year, destination } = submission;
  const totals = totalsOf(records);
  const code = CFSF_CODES[destination] ?? '';
  const ein = filer.ein.replace('-', '');
  const { name, tradeName, address } = filer;
  const street = [address.line1, address.line2].filter((one) => one !== undefined).join(' ');
  const zip = address.zip.replace('-', '');
  const lines: Field[][] = [
    [
      [1, 'T', 1],
      [2, String(year), 4],
      [7, ein, 9],
      [16, filer.tcc ?? '', 5],
      [30, text(name), 40],
      [70, text(tradeName), 40],
      [110, text(name), 40],
      [150, text(tradeName), 40],
      [190, text(street), 40],
      [230, text(address.city), 40],
      [270, address.state, 2],
      [272, zip, 9],
      [296, count(totals.records, 8), 8],
      [304, text(filer.contact), 40],
      [344, filer.phone, 15],
      [359, filer.email, 50],
      [518, 'I', 1],
    ],
    [
      [1, 'A', 1],
      [2, String(year), 4],
      [12, ein, 9],
      [21, control(name), 4],
      [26, 'NE', 2],
      [28, '14', AMOUNTS],
      [53, text(name), 40],
      [93, text(tradeName), 40],
      [133, '0', 1],
      [134, text(street), 40],
      [174, text(address.city), 40],
      [214, address.state, 2],
      [216, zip, 9],
      [225, filer.phone, 15],
    ],
    ...records.map((record) => payeeRecord(year, record, code)),
    [[1, 'C', 1], ...controls(totals)],
    [[1, 'K', 1], ...controls(totals), [707, count(0, 18), 18], [725, count(0, 18), 18], [747, code, 2]],
    [
      [1, 'F', 1],
      [2, count(1, 8), 8],
      [10, count(0, 21), 21],
      [50, count(totals.records, 8), 8],
    ],
  ];
  return lines.map((fields, place) => recordOf([...fields, [500, count(place + 1, 8), 8]])).join('');
}

function payeeRecord(year: number, record: NamedRecord, code: string): Field[] {
  const { payee, kind, partnerId, compensationCents, withheldCents } = record;
  const { address } = payee;
  const amounts = Array.from({ length: AMOUNTS }, (_, place): Field => {
    const cents = place === 0 ? compensationCents : place === 3 ? withheldCents : 0;
    return [55 + 12 * place, count(cents, 12), 12];
  });
  const corrected = { original: '', corrected: 'G', zeroed: 'G', refiled: 'C' }[kind];
  return [
    [1, 'B', 1],
    [2, String(year), 4],
    [6, corrected, 1],
    [7, control(payee.person?.last ?? payee.name), 4],
    [11, payee.tinType === 'ein' ? '1' : '2', 1],
    [12, payee.tin, 9],
    [21, partnerId, 20],
    ...amounts,
    [288, payeeName(payee), 40],
    [328, text(payee.businessName), 40],
    [368, text([address.line1, address.line2].filter((one) => one !== undefined).join(' ')), 40],
    [448, text(address.city), 40],
    [488, address.state, 2],
    [490, address.zip.replace('-', ''), 9],
    [544, record.secondNotice ? '2' : '', 1],
    [723, count(0, 12), 12],
    [735, count(0, 12), 12],
    [747, code, 2],
  ];
}

/** The last name stands first, as the name control goes by it. */
const payeeName = ({ person, name }: PayeeIdentity): string =>
  text(
    person
      ? [person.last, person.first, person.middle, person.suffix].filter((one) => one !== undefined).join(' ')
      : name,
  );

/** Count of payees and the totals of the 18 amounts, as C and K have them. */
const controls = ({ records, compensationCents, withheldCents }: ReturnType<typeof totalsOf>): Field[] => [
  [2, count(records, 8), 8],
  ...Array.from({ length: AMOUNTS }, (_, place): Field => {
    const cents = place === 0 ? compensationCents : place === 3 ? withheldCents : 0;
    return [16 + 18 * place, count(cents, 18), 18];
  }),
];

function recordOf(fields: readonly Field[]): string {
  const signs = Array.from({ length: LENGTH - 2 }, () => ' ');
  for (const [position, value, length] of fields) {
    // Money that does not fit is refused by `count`; names are cut, as the publication says.
    [...value.slice(0, length)].forEach((sign, place) => {
      signs[position - 1 + place] = sign;
    });
  }
  return `${signs.join('')}\r\n`;
}

const text = (value: string | undefined): string => (value === undefined ? '' : (irsText(value, 40) ?? ''));

function count(value: number, digits: number): string {
  const written = String(value).padStart(digits, '0');
  if (written.length > digits) throw new RangeError(`${value} does not fit into ${digits} digits`);
  return written;
}

/** First four letters or digits of a last or business name, without a leading article. */
const control = (name: string): string =>
  (irsText(name, 80) ?? '')
    .replace(/^THE (?=\S+ )/, '')
    .replace(/[^A-Z0-9&-]/g, '')
    .slice(0, 4);
