import { stringify } from 'csv-stringify/sync';
import { decimal } from '../money.ts';
import { SECTIONS, type Statement } from '../payouts/statement.ts';
import { SUB_NAMES, type SubName } from '../tracking/sub-ids.ts';

/**
 * A statement's lines for a spreadsheet or a bookkeeping program: opening balance, every movement, closing balance. `change` adds up from
 * the first row to the last; `amount` is what moved, also where it only changed place.
 *
 * Where a line has flags or sub-ids, columns for them stand behind the others; a statement without any has no such columns, so that what was
 * issued before there were some is made again to the byte.
 *
 * Order ids are a shop's words: a cell that a spreadsheet would run as a formula starts with an apostrophe. Amounts are ours and keep
 * their minus sign.
 */
export function statementCsv(statement: Statement): string {
  const { number, currency, programName, partnerName } = statement;
  const row = (cells: Partial<Record<Column | OrderColumn, string | bigint>>) => ({
    statement: String(number),
    program: programName,
    partner: partnerName,
    currency,
    ...cells,
  });
  const lines = statement.sections.flatMap((section) =>
    section.lines.map((line) =>
      row({
        day: line.day,
        time: line.at,
        journal: String(line.sequence),
        kind: section.id,
        title: line.title,
        amount: BigInt(line.cents),
        change: BigInt(line.cents * SECTIONS[section.id].sign),
        explanation: line.explanation,
        ...(line.flags && { flags: line.flags.join(' ') }),
        ...line.subs,
      }),
    ),
  );
  return stringify(
    [
      row({
        day: statement.period.from,
        kind: 'opening',
        title: 'Opening balance',
        change: BigInt(statement.openingCents),
      }),
      ...lines,
      row({
        day: statement.period.to,
        kind: 'closing',
        title: 'Closing balance',
        amount: BigInt(statement.closingCents),
      }),
    ],
    {
      header: true,
      columns: [...COLUMNS, ...orderColumns(statement)],
      record_delimiter: '\r\n',
      escape_formulas: true,
      cast: { bigint: (cents) => ({ value: decimal(Number(cents), currency), escape_formulas: false }) },
    },
  );
}

const COLUMNS = [
  'statement',
  'program',
  'partner',
  'day',
  'time',
  'journal',
  'kind',
  'title',
  'amount',
  'change',
  'currency',
  'explanation',
] as const;
type Column = (typeof COLUMNS)[number];
type OrderColumn = 'flags' | SubName;

/** The columns of what few orders have, those that would be empty left out as a whole. */
function orderColumns({ sections }: Statement): OrderColumn[] {
  const lines = sections.flatMap((section) => section.lines);
  return [
    ...(lines.some(({ flags }) => flags) ? (['flags'] as const) : []),
    ...(lines.some(({ subs }) => subs) ? SUB_NAMES : []),
  ];
}
