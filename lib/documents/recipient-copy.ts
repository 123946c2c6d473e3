import { type PDFFont, type PDFPage, rgb, StandardFonts } from 'pdf-lib';
import { format } from '../money.ts';
import { transliterate } from '../payouts/transliterate.ts';
import type { TinType } from '../tax/tin.ts';
import { type BoxLabel, boxesOf } from '../tax/year-end/boxes.ts';
import { IRS } from '../tax/year-end/filing.ts';
import type { NamedRecord, NamedSubmission } from '../tax/year-end/submission.ts';
import { pdfDocument } from './pdf-document.ts';

/**
 * The copy of a Form 1099-NEC for its recipient: a statement in the place of Copy B, with the last four of the recipient's number only
 * (Reg. 301.6109-4). No picture of the form; that it satisfies Pub. 1179 is unverified (docs/tax.md). Boxes stand at fixed places of one
 * letter-size page and in the fonts every reader has, so it shares with statements how a PDF begins and nothing of how they flow.
 *
 * The same submission gives the same bytes: all dates in it are the run's.
 */
export async function recipientCopy(submission: NamedSubmission, record: NamedRecord): Promise<Uint8Array> {
  const { at, year, filer } = submission;
  const pdf = await pdfDocument({ title: `Form 1099-NEC ${year}`, author: filer.name, at });
  const sheet: Sheet = {
    page: pdf.addPage([612, 792]),
    plain: await pdf.embedFont(StandardFonts.Helvetica),
    bold: await pdf.embedFont(StandardFonts.HelveticaBold),
  };
  draw(sheet, submission, record);
  return pdf.save({ useObjectStreams: false });
}

interface Sheet {
  readonly page: PDFPage;
  readonly plain: PDFFont;
  readonly bold: PDFFont;
}

const LEFT = 48;
const WIDTH = 516;
const MIDDLE = LEFT + 270;
const RIGHT = LEFT + WIDTH;
const INK = rgb(0.1, 0.1, 0.12);
const FAINT = rgb(0.42, 0.42, 0.46);
const RULE = rgb(0.62, 0.62, 0.66);

function draw(sheet: Sheet, { filer, year, number, kind, destination }: NamedSubmission, record: NamedRecord): void {
  const { payee } = record;
  write(sheet, 'Form 1099-NEC', LEFT, 730, { size: 20, bold: true });
  write(sheet, 'Nonemployee Compensation', LEFT, 713, { size: 11 });
  write(sheet, `Calendar year ${year}`, RIGHT, 732, { size: 13, bold: true, alignRight: true });
  write(sheet, 'Copy B, for the recipient (substitute statement)', RIGHT, 715, { size: 9, alignRight: true });
  if (kind === 'corrected' || record.kind === 'refiled') {
    write(sheet, 'CORRECTED', RIGHT, 755, { size: 13, bold: true, alignRight: true });
  }

  const payer = [filer.name, filer.tradeName, ...addressLines(filer.address), `Telephone ${phone(filer.phone)}`];
  block(sheet, { x: LEFT, y: 560, width: 270, height: 130 }, 'PAYER’S name, address and telephone', payer);
  block(sheet, { x: LEFT, y: 516, width: 135, height: 44 }, 'PAYER’S TIN', [filer.ein.replace(/^(\d\d)-?/, '$1-')]);
  block(sheet, { x: LEFT + 135, y: 516, width: 135, height: 44 }, 'RECIPIENT’S TIN', [
    truncated(payee.tinType, record.tinLast4),
  ]);
  const recipient = [payee.name, payee.businessName, ...addressLines(payee.address)];
  block(sheet, { x: LEFT, y: 396, width: 270, height: 120 }, 'RECIPIENT’S name and address', recipient);
  block(sheet, { x: LEFT, y: 352, width: 270, height: 44 }, 'Account number', [record.partnerId]);

  const boxes = boxesOf(year);
  const isState = ({ filledBy }: BoxLabel) => filledBy?.startsWith('state') === true;
  const federal = boxes.filter((box) => !isState(box));
  const height = (690 - 352) / federal.length;
  for (const [place, box] of federal.entries()) {
    const area = { x: MIDDLE, y: 690 - height * (place + 1), width: RIGHT - MIDDLE, height };
    block(sheet, area, `${box.box}  ${box.label}`, [filling(box, filer.stateIds, record)], { amount: true });
  }
  for (const [place, box] of boxes.filter(isState).entries()) {
    const area = { x: LEFT + 172 * place, y: 308, width: 172, height: 44 };
    block(sheet, area, `${box.box}  ${box.label}`, [filling(box, filer.stateIds, record)], { amount: true });
  }
  const authority = destination === IRS ? 'the IRS' : `the tax authority of ${destination}`;
  const notes = [
    `This is important tax information and is being furnished to ${authority}. If you are required to file a return, a`,
    'negligence penalty or other sanction may be imposed on you if this income is taxable and it is determined that it has not',
    'been reported.',
    '',
    `The first amount is what was paid to you in ${year}, before any tax that was withheld, by the day of payment.`,
    'For your protection this copy shows the last four digits of your taxpayer identification number only; the payer has',
    'reported the whole number.',
    ...(record.kind === 'zeroed'
      ? ['', 'This statement takes back the one before it: nothing is reported under this name and number.']
      : []),
  ];
  for (const [place, line] of notes.entries()) write(sheet, line, LEFT, 284 - 12 * place, { size: 8.5, color: FAINT });
  write(sheet, `Record ${number}/${record.recordId}`, RIGHT, 48, { size: 7.5, color: FAINT, alignRight: true });
}

function filling({ filledBy }: BoxLabel, stateIds: Readonly<Record<string, string>>, record: NamedRecord): string {
  const { compensationCents, withheldCents, state } = record;
  switch (filledBy) {
    case 'compensation':
      return money(compensationCents);
    case 'withheld':
      return withheldCents === 0 ? '' : money(withheldCents);
    case 'state-number':
      return state === undefined ? '' : [state, stateIds[state]].filter((one) => one !== undefined).join(' / ');
    case 'state-income':
      return state === undefined ? '' : money(compensationCents);
    default:
      return '';
  }
}

const money = (cents: number) => `$ ${format(cents, 'USD').replace(' USD', '')}`;
const phone = (digits: string) => `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`;
const truncated = (type: TinType, last4: string) => (type === 'ein' ? `XX-XXX${last4}` : `XXX-XX-${last4}`);
const addressLines = ({ line1, line2, city, state, zip }: NamedSubmission['filer']['address']) => [
  line1,
  line2,
  `${city}, ${state} ${zip}`,
];

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function block(
  sheet: Sheet,
  area: Area,
  label: string,
  lines: readonly (string | undefined)[],
  { amount = false }: { readonly amount?: boolean } = {},
): void {
  const { x, y, width, height } = area;
  sheet.page.drawRectangle({ x, y, width, height, borderColor: RULE, borderWidth: 0.75 });
  write(sheet, label, x + 6, y + height - 12, { size: 7.5, color: FAINT });
  const given = lines.filter((line) => line !== undefined && line !== '');
  for (const [place, line] of given.entries()) {
    if (amount) write(sheet, line!, x + width - 8, y + 9, { size: 12, bold: true, alignRight: true });
    else write(sheet, line!, x + 6, y + height - 29 - 14 * place, { size: 10.5, most: width - 12 });
  }
}

interface Style {
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: ReturnType<typeof rgb>;
  /** Ends at x instead of beginning there. */
  readonly alignRight?: boolean;
  /** Points a line may take; a longer one is set smaller. */
  readonly most?: number;
}

function write({ page, plain, bold }: Sheet, text: string, x: number, y: number, style: Style): void {
  const font = style.bold ? bold : plain;
  const shown = inStandardFonts(text);
  const width = font.widthOfTextAtSize(shown, style.size);
  const size = style.most !== undefined && width > style.most ? (style.size * style.most) / width : style.size;
  page.drawText(shown, { x: style.alignRight ? x - width : x, y, size, font, color: style.color ?? INK });
}

/** Signs of the standard fonts beyond Latin 1. */
const BEYOND = /[^\x20-\x7e\xa0-\xff’‘“”–—…•€ŠšŽžŒœŸ]/u;

/** Text that the standard fonts can print: as it is where they have its letters, else in the letters that the return itself has. */
function inStandardFonts(text: string): string {
  const composed = text.normalize('NFC');
  return BEYOND.test(composed) ? (transliterate(composed) ?? '?') : composed;
}
