import * as z from 'zod';
import { VisibleError } from '../../errors.ts';
import { HIDDEN } from '../../programs/field-patterns.ts';
import { fieldOf, IRIS_FIELDS, NEEDED } from './iris-columns.ts';

/** One column: its title as the portal's template has it, and what it is filled with; a text that begins with `=` is written as it is. */
export interface IrisColumn {
  readonly title: string;
  readonly fill: string;
}

export interface IrisHeader {
  readonly columns: readonly IrisColumn[];
}

const Fill = z
  .string()
  .max(41)
  .refine(
    (text) =>
      (IRIS_FIELDS as readonly string[]).includes(text) || /^=(?:[A-Za-z0-9&#(][A-Za-z0-9 &'\-#()]{0,39})?$/.test(text),
    `must be one of ${IRIS_FIELDS.join(', ')}, or = and a fixed text`,
  );

/** The header row of the portal's template, pasted, and what to fill the columns with whose titles this version does not know. */
export const NewIrisHeader = z.strictObject({
  header: z
    .string()
    .min(1, 'must be the first row of the template')
    .max(16_384)
    .refine((text) => !HIDDEN.test(text.replace(/[\t\r\n]/g, '')), 'must not have control characters')
    .describe(
      'The first row of the portal’s CSV template for Form 1099-NEC and this year, as it is, or copied out of a spreadsheet',
    ),
  fields: z
    .record(z.string().max(200), Fill)
    .refine((fields) => Object.keys(fields).length <= 100, 'must name at most 100 columns')
    .default({})
    .describe(
      'By title: what a column is filled with that is not known, or that is to be filled in another way; the title may be empty',
    ),
});
export type NewIrisHeader = z.infer<typeof NewIrisHeader>;

/**
 * Reads a pasted header row. Whatever is not understood is refused by name rather than left empty, because the portal checks headers and
 * takes an empty column for an empty box.
 *
 * @throws VisibleError `invalid-fields`
 */
export function irisHeader({ header, fields }: NewIrisHeader): IrisHeader {
  const titles = cells(header);
  const problems: { field: string; message: string }[] = [];
  const columns = titles.map((title): IrisColumn => {
    const fill = Object.hasOwn(fields, title) ? fields[title] : fieldOf(title);
    if (fill === undefined) {
      const message = `has a column ${JSON.stringify(title.slice(0, 80))} that is not known; say in \`fields\` what it is filled with (\`blank\`: nothing)`;
      problems.push({ field: 'header', message });
    }
    return { title, fill: fill ?? 'blank' };
  });
  for (const title of Object.keys(fields).filter((one) => !titles.includes(one)))
    problems.push({
      field: 'fields',
      message: `names ${JSON.stringify(title.slice(0, 80))}, which is no column of the header`,
    });
  const filled = columns.map(({ fill }) => fill);
  for (const needed of NEEDED.filter((field) => !filled.includes(field)))
    problems.push({ field: 'header', message: `has no column for ${needed}` });
  for (const field of new Set(filled.filter((one, place) => isData(one) && filled.indexOf(one) !== place)))
    problems.push({ field: 'header', message: `has more than one column for ${field}` });
  if (problems.length > 0) {
    const [first] = problems;
    throw new VisibleError('invalid', 'invalid-fields', `${first!.field}: ${first!.message}`, problems.slice(0, 20));
  }
  return { columns };
}

const isData = (fill: string) => fill !== 'blank' && fill !== 'no' && !fill.startsWith('=');

/** The cells of one row, separated by tabs when it was copied out of a spreadsheet and by commas otherwise; `""` inside quotes is a quote. */
function cells(row: string): string[] {
  const line = row.replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '');
  const refuse = (message: string) =>
    new VisibleError('invalid', 'invalid-fields', `header: ${message}`, [{ field: 'header', message }]);
  if (/[\r\n]/.test(line)) throw refuse('must be one row');
  if (line.includes('\t')) return line.split('\t').map((cell) => cell.trim());
  const found: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = cell.exec(line);
    if (!match) throw refuse(`must be a row of a CSV; the quotes of column ${found.length + 1} do not match`);
    found.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    if (match[3] === '') return found;
  }
}

/**
 * The template of 2022 to 2025, as three programs that have nothing to do with each other write it; unverified, since it lies behind the
 * portal's log-in.
 */
const UNTIL_2025 = [
  ...['Form Type', 'Tax Year', 'Payer TIN Type', 'Payer Taxpayer ID Number', 'Payer Name Type'],
  ...['Payer Business or Entity Name Line 1', 'Payer Business or Entity Name Line 2', 'Payer First Name'],
  ...['Payer Middle Name', 'Payer Last Name (Surname)', 'Payer Suffix', 'Payer Country', 'Payer Address Line 1'],
  ...['Payer Address Line 2', 'Payer City/Town', 'Payer State/Province/Territory', 'Payer ZIP/Postal Code'],
  ...['Payer Phone Type', 'Payer Phone', 'Payer Email Address', 'Recipient TIN Type', 'Recipient Taxpayer ID Number'],
  ...['Recipient Name Type', 'Recipient Business or Entity Name Line 1', 'Recipient Business or Entity Name Line 2'],
  ...['Recipient First Name', 'Recipient Middle Name', 'Recipient Last Name (Surname)', 'Recipient Suffix'],
  ...['Recipient Country', 'Recipient Address Line 1', 'Recipient Address Line 2', 'Recipient City/Town'],
  ...['Recipient State/Province/Territory', 'Recipient ZIP/Postal Code', 'Office Code', 'Form Account Number'],
  ...['2nd TIN Notice', 'Box 1 - Nonemployee Compensation'],
  'Box 2 - Payer made direct sales totaling $5,000 or more of consumer products to a recipient for resale',
  ...['Box 4 - Federal income tax withheld', 'Combined Federal/State Filing'],
  ...['State 1', 'State 1 - State Tax Withheld', 'State 1 - State/Payer state number', 'State 1 - State income'],
  ...['State 1 - Local income tax withheld', 'State 1 - Special Data Entries'],
  ...['State 2', 'State 2 - State Tax Withheld', 'State 2 - State/Payer state number', 'State 2 - State income'],
  ...['State 2 - Local income tax withheld', 'State 2 - Special Data Entries'],
];

/** The header that is used when nobody put one in; nothing for years whose template is not known here. */
export function knownHeader(year: number): IrisHeader | undefined {
  if (year < 2022 || year > 2025) return undefined;
  return { columns: UNTIL_2025.map((title) => ({ title, fill: fieldOf(title) ?? 'blank' })) };
}
