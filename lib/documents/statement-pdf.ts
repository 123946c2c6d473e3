import type { PDFPage } from 'pdf-lib';
import { SECTIONS, type Statement, type StatementLine, type StatementSection } from '../payouts/statement.ts';
import { ACCENT, INK, LEFT, LINE, OWED, PdfSheet, RIGHT, SOFT, type Spot, STAND_IN } from './pdf-sheet.ts';
import {
  dayWords,
  explained,
  lede,
  lineAmount,
  NOTES,
  PLACES,
  periodWords,
  plain,
  readingNote,
  seal,
  sectionTotal,
  signed,
  subjectOf,
  TERMS,
} from './statement-words.ts';

/** A line of a table that its explanation is still to be written for. */
interface Listed {
  readonly number: number;
  readonly line: StatementLine;
  readonly amount: string;
  readonly page: PDFPage;
  readonly spot: Spot;
  readonly box: readonly [number, number, number, number];
}

const BODY = { size: 9 };
const NOTE = { size: 8, color: SOFT };
const SUM = { size: 12.5, bold: true };
const ROW = 16;
const ROOM = RIGHT - LEFT;
const SUBJECT_X = LEFT + 84;
const NUMBER_X = RIGHT - 92;

/**
 * A statement on paper: what happened in a sentence, how opening becomes closing, a table of each kind of movement, and behind them the
 * explanation of every line. Each line of a table leads to its explanation and back. The same statement always gives the same bytes.
 */
export async function statementPdf(statement: Statement): Promise<Uint8Array> {
  const { number, programName, partnerName, sections, currency, issuedAt } = statement;
  const title = `Statement ${number}, ${programName}`;
  const sheet = await PdfSheet.blank({ title, author: programName, at: issuedAt });
  opening(sheet, statement);
  const listed: Listed[] = [];
  for (const { id } of [...ofSign(sections, true), ...ofSign(sections, false)]) {
    const section = sections.find((one) => one.id === id)!;
    table(sheet, section, currency, listed);
  }
  explanations(sheet, listed);
  closing(sheet, statement);
  sheet.run({
    head: [`${programName} · ${partnerName}`, `Statement ${number} · ${periodWords(statement.period)}`],
    foot: `${title} · ${partnerName} · ${periodWords(statement.period)}`,
  });
  return sheet.bytes();
}

/** What adds to the balance or takes from it comes before what only moves inside it. */
const ofSign = (sections: readonly StatementSection[], counted: boolean) =>
  sections.filter(({ id }) => (SECTIONS[id].sign !== 0) === counted);

function opening(sheet: PdfSheet, statement: Statement): void {
  const { number, programName, partnerName, period, currency } = statement;
  sheet.page.drawRectangle({ x: LEFT, y: sheet.y + 14, width: ROOM, height: 2.5, color: ACCENT });
  sheet.y -= 8;
  const above = { size: 9, color: ACCENT, bold: true };
  sheet.text(sheet.fitted(programName, 290, above), LEFT, above);
  const facts = [
    ['Statement', String(number)],
    ['Period', periodWords(period)],
    ['Amounts in', currency],
  ] as const;
  for (const [place, [name, value]] of facts.entries()) {
    sheet.text(name, RIGHT - 138, { ...NOTE, alignRight: true }, sheet.y - place * 12);
    sheet.text(value, RIGHT - 132, { size: 8 }, sheet.y - place * 12);
  }
  sheet.y -= 24;
  const large = sheet.wrapped(partnerName, 300, { size: 19, bold: true }).length <= 2;
  const name = { size: large ? 19 : 12, bold: true };
  for (const line of sheet.wrapped(partnerName, 300, name)) {
    sheet.text(line, LEFT, name);
    sheet.y -= name.size * 1.25;
  }
  sheet.y -= 6;
  paragraph(sheet, lede(statement), { size: 10.5, leading: 15, color: INK });
  sheet.y -= 10;
  equation(sheet, statement);
  places(sheet, statement);
}

/**
 * Opening ± movements = closing, in columns of one row as far as they fit. What needs more rows is spread evenly over them, and the last
 * one ends at the right: there the closing balance stands in any case.
 */
function equation(sheet: PdfSheet, { openingCents, closingCents, currency, sections }: Statement): void {
  const terms = [
    ['opening balance', plain(openingCents, currency)],
    ...ofSign(sections, true).map(({ id, changeCents }) => [TERMS[id] ?? id, signed(changeCents, currency)]),
    ['closing balance', plain(closingCents, currency)],
  ] as [string, string][];
  const widest = Math.max(
    ...terms.map(([name, amount]) => Math.max(sheet.width(amount, SUM), sheet.width(name, NOTE))),
  );
  const fits = Math.max(2, Math.floor(ROOM / (widest + 18)));
  const across = Math.ceil(terms.length / Math.ceil(terms.length / fits));
  const cell = ROOM / across;
  sheet.rule(sheet.y, INK, 0.9);
  for (let from = 0; from < terms.length; from += across) {
    const row = terms.slice(from, from + across);
    for (const [place, [name, amount]] of row.entries()) {
      const end = LEFT + cell * (across - row.length + place + 1);
      const last = from + place === terms.length - 1;
      sheet.text(name, end, { ...NOTE, alignRight: true }, sheet.y - 15);
      sheet.text(amount, end, { ...SUM, bold: last, color: last ? ACCENT : INK, alignRight: true }, sheet.y - 31);
    }
    sheet.y -= 40;
    sheet.rule(sheet.y);
  }
  sheet.y -= 18;
}

function places(sheet: PdfSheet, { closing: balances, currency }: Statement): void {
  const present = PLACES.filter(([account]) => balances[account] !== 0);
  if (present.length === 0) return;
  sheet.text('Where the closing balance lies', LEFT, { size: 8, bold: true });
  for (const [account, name] of present) {
    sheet.y -= 13;
    sheet.text(plain(balances[account], currency), LEFT + 84, { ...BODY, alignRight: true });
    sheet.text(name, LEFT + 94, { ...BODY, color: SOFT });
  }
  sheet.y -= 12;
}

function table(sheet: PdfSheet, section: StatementSection, currency: string, listed: Listed[]): void {
  const { id, title, lines } = section;
  const note = NOTES[id];
  const noteLines = note === undefined ? [] : sheet.wrapped(note, ROOM, NOTE);
  sheet.onPage = () => {};
  sheet.need(58 + noteLines.length * 11 + ROW * Math.min(2, lines.length));
  sheet.y -= 24;
  sheet.text(title, LEFT, { size: 12, bold: true });
  sheet.text(sectionTotal(section, currency), RIGHT, { size: 12, bold: true, alignRight: true });
  sheet.y -= 14;
  for (const line of noteLines) {
    sheet.text(line, LEFT, NOTE);
    sheet.y -= 11;
  }
  const head = (more = '') => {
    sheet.y -= 4;
    if (more !== '') {
      sheet.text(more, LEFT, { size: 9, bold: true });
      sheet.y -= 14;
    }
    sheet.text('Day', LEFT, NOTE);
    sheet.text(subjectOf(id), SUBJECT_X, NOTE);
    sheet.text('Explained at', NUMBER_X, { ...NOTE, alignRight: true });
    sheet.text('Amount', RIGHT, { ...NOTE, alignRight: true });
    sheet.y -= 5;
    sheet.rule(sheet.y, SOFT);
  };
  head();
  sheet.onPage = () => head(`${title}, continued`);
  for (const line of lines) {
    sheet.need(ROW);
    listed.push(row(sheet, line, id, currency, listed.length + 1));
  }
  sheet.onPage = () => {};
}

function row(
  sheet: PdfSheet,
  line: StatementLine,
  id: StatementSection['id'],
  currency: string,
  number: number,
): Listed {
  const amount = lineAmount(line, id, currency);
  const { spot } = sheet;
  sheet.y -= ROW;
  const baseline = sheet.y + 4.5;
  const takes = SECTIONS[id].sign === 1 && line.cents < 0;
  sheet.text(dayWords(line.day), LEFT, { ...BODY, color: SOFT }, baseline);
  sheet.text(sheet.fitted(line.title, NUMBER_X - SUBJECT_X - 56, BODY), SUBJECT_X, BODY, baseline);
  sheet.text(String(number), NUMBER_X, { ...BODY, color: ACCENT, alignRight: true }, baseline);
  sheet.text(amount, RIGHT, { ...BODY, color: takes ? OWED : INK, alignRight: true }, baseline);
  sheet.rule(sheet.y, LINE, 0.4);
  return { number, line, amount, page: sheet.page, spot, box: [LEFT, sheet.y, RIGHT, sheet.y + ROW] };
}

const TEXT_X = LEFT + 34;
const LEADING = 10.8;
const WHY = { size: 8, color: SOFT };

/** Why each line has its amount, in the order of the tables. */
function explanations(sheet: PdfSheet, listed: readonly Listed[]): void {
  sheet.need(90);
  sheet.y -= 30;
  sheet.text('Explanations', LEFT, { size: 14, bold: true });
  sheet.y -= 14;
  sheet.text('One for each line above, by its number. A number leads back to its line.', LEFT, NOTE);
  sheet.y -= 8;
  for (const { number, line, amount, page, spot, box } of listed) {
    const titles = sheet.wrapped(`${line.title}, ${dayWords(line.day)}`, RIGHT - TEXT_X - 84, { ...BODY, bold: true });
    const words = sheet.wrapped(explained(line), RIGHT - TEXT_X, WHY);
    sheet.need(Math.min(titles.length + words.length, 6) * LEADING + 10);
    const to = sheet.spot;
    sheet.y -= 16;
    const head = { page: sheet.page, box: [LEFT, sheet.y - 3, RIGHT, sheet.y + 10] as const };
    sheet.text(String(number), LEFT + 22, { ...BODY, color: ACCENT, alignRight: true });
    sheet.text(amount, RIGHT, { ...BODY, bold: true, alignRight: true });
    for (const [place, text] of titles.entries()) {
      if (place > 0) next(sheet);
      sheet.text(text, TEXT_X, { ...BODY, bold: true });
    }
    for (const text of words) {
      next(sheet);
      sheet.text(text, TEXT_X, WHY);
    }
    sheet.link({ page, box }, to, `Explanation ${number}`);
    sheet.link(head, spot, `Back to line ${number}`);
  }
}

function next(sheet: PdfSheet): void {
  if (!sheet.need(LEADING)) sheet.y -= LEADING;
  else sheet.y -= 4;
}

function closing(sheet: PdfSheet, statement: Statement): void {
  sheet.need(70);
  sheet.y -= 26;
  sheet.rule(sheet.y + 12);
  paragraph(sheet, readingNote(statement), { size: 8, leading: 11, color: SOFT });
  if (sheet.lacking) {
    const where = `${STAND_IN} stands for a sign that this font lacks; the statement’s page and its CSV file have it.`;
    paragraph(sheet, where, { size: 8, leading: 11, color: SOFT });
  }
  paragraph(sheet, seal(statement), { size: 6.5, leading: 9, color: SOFT });
}

function paragraph(
  sheet: PdfSheet,
  words: string,
  { leading, ...style }: { readonly size: number; readonly leading: number; readonly color: typeof INK },
): void {
  for (const line of sheet.wrapped(words, ROOM, style)) {
    sheet.need(leading);
    sheet.text(line, LEFT, style);
    sheet.y -= leading;
  }
  sheet.y -= 4;
}
