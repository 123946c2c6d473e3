import {
  beginText,
  endText,
  moveText,
  type PDFDocument,
  type PDFFont,
  PDFName,
  type PDFPage,
  PDFString,
  rgb,
  setFillingColor,
  setFontAndSize,
  showText,
} from 'pdf-lib';
import { type AboutPdf, pdfDocument, printable } from './pdf-document.ts';
import { fontBytes } from './statement-fonts.ts';
import { trueType } from './true-type.ts';

/** Points: A4, with margins wide enough for a punch and a printer. */
const WIDTH = 595.28;
const HEIGHT = 841.89;
export const LEFT = 56;
export const RIGHT = WIDTH - 56;
const TOP = HEIGHT - 56;
const BOTTOM = 64;

export const INK = rgb(0.09, 0.13, 0.11);
export const SOFT = rgb(0.36, 0.42, 0.39);
export const LINE = rgb(0.86, 0.85, 0.81);
export const ACCENT = rgb(0.08, 0.38, 0.29);
export const OWED = rgb(0.61, 0.25, 0.11);

export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: ReturnType<typeof rgb>;
  /** The text ends at this place instead of starting at `x`. */
  readonly alignRight?: boolean;
}

/** A place in the document that links lead to. */
export interface Spot {
  readonly page: PDFPage;
  readonly top: number;
}

const REGULAR = PDFName.of('Regular');
const BOLD = PDFName.of('Bold');

/** What can be set letter by letter. The font has Devanagari too, but nobody here who could shape it. */
const UNSHAPED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u;

/** Shown for a sign that the fonts lack. */
export const STAND_IN = '\ufffd';

/** What stands at the head and the foot of every page. */
export interface Running {
  readonly head: readonly [left: string, right: string];
  readonly foot: string;
}

/**
 * Pages that are written from top to bottom, with the same bytes for the same words: the dates in it are those it is given.
 *
 * Signs that the fonts lack are shown as {@link STAND_IN}; `lacking` says whether there were any.
 */
export class PdfSheet {
  private readonly document: PDFDocument;
  private readonly fonts: { readonly regular: PDFFont; readonly bold: PDFFont };
  private readonly known: ReadonlySet<number>;
  private readonly widths = new Map<string, number>();
  page: PDFPage;
  /** Where the next line begins, from the bottom. */
  y = TOP;
  lacking = false;
  private readonly texts = new Map<string, string>();
  /** Called on a new page, to repeat what stands above a table. */
  onPage: () => void = () => {};

  private constructor(document: PDFDocument, fonts: PdfSheet['fonts']) {
    this.document = document;
    this.fonts = fonts;
    const covered = fonts.regular.getCharacterSet();
    this.known = new Set(covered.filter((sign) => UNSHAPED.test(String.fromCodePoint(sign))));
    this.page = this.blankPage();
  }

  static async blank(about: AboutPdf): Promise<PdfSheet> {
    const document = await pdfDocument(about);
    document.registerFontkit(trueType);
    // The six letters say that a font is not whole; they are the document's to choose.
    return new PdfSheet(document, {
      regular: await document.embedFont(fontBytes('regular'), { subset: true, customName: 'SHOWNR+NotoSans-Regular' }),
      bold: await document.embedFont(fontBytes('bold'), { subset: true, customName: 'SHOWNB+NotoSans-SemiBold' }),
    });
  }

  /** Where the next line is written. */
  get spot(): Spot {
    return { page: this.page, top: this.y };
  }

  /** Begins a new page unless so much is left on this one. Says whether it did. */
  need(height: number): boolean {
    if (this.y - height >= BOTTOM) return false;
    this.page = this.blankPage();
    this.y = TOP - 24;
    this.onPage();
    return true;
  }

  /** A page that knows its fonts by name: pdf-lib's own `drawText` names the font anew, by chance, for each text. */
  private blankPage(): PDFPage {
    const page = this.document.addPage([WIDTH, HEIGHT]);
    page.node.setFontDictionary(REGULAR, this.fonts.regular.ref);
    page.node.setFontDictionary(BOLD, this.fonts.bold.ref);
    return page;
  }

  text(words: string, x: number, style: TextStyle, y = this.y): void {
    const line = this.shown(words);
    const { size, bold, color = INK } = style;
    const from = style.alignRight ? x - this.width(line, style) : x;
    this.page.pushOperators(
      beginText(),
      setFillingColor(color),
      setFontAndSize(bold ? BOLD : REGULAR, size),
      moveText(from, y),
      showText(this.fontOf(style).encodeText(line)),
      endText(),
    );
  }

  rule(y: number, color = LINE, thickness = 0.6): void {
    this.page.drawLine({ start: { x: LEFT, y }, end: { x: RIGHT, y }, color, thickness });
  }

  /** The words in signs that the fonts have. */
  private shown(words: string): string {
    const known = this.texts.get(words);
    if (known !== undefined) return known;
    const signs = [...printable(words)].map((sign) => (this.known.has(sign.codePointAt(0)!) ? sign : STAND_IN));
    const text = signs.join('');
    this.lacking ||= text.includes(STAND_IN);
    this.texts.set(words, text);
    return text;
  }

  width(words: string, style: TextStyle): number {
    const name = `${style.bold ? 'b' : 'r'}${words}`;
    const known = this.widths.get(name) ?? this.fontOf(style).widthOfTextAtSize(words, 1_000);
    this.widths.set(name, known);
    return (known * style.size) / 1_000;
  }

  /** The words as far as they fit, with dots where they do not. */
  fitted(words: string, room: number, style: TextStyle): string {
    const line = this.shown(words);
    if (this.width(line, style) <= room) return line;
    const signs = [...line];
    let kept = signs.length;
    while (kept > 0 && this.width(`${signs.slice(0, kept).join('')}…`, style) > room) kept -= 1;
    return `${signs.slice(0, kept).join('')}…`;
  }

  /** The words in lines that fit; a word too long for a line is broken. */
  wrapped(words: string, room: number, style: TextStyle): string[] {
    const lines: string[] = [];
    let line = '';
    const blank = this.width(' ', style);
    let used = 0;
    for (const word of this.shown(words)
      .split(' ')
      .flatMap((one) => this.broken(one, room, style))) {
      const width = this.width(word, style);
      if (line !== '' && used + blank + width > room) {
        lines.push(line);
        line = '';
      }
      used = line === '' ? width : used + blank + width;
      line = line === '' ? word : `${line} ${word}`;
    }
    return line === '' ? lines : [...lines, line];
  }

  private broken(word: string, room: number, style: TextStyle): string[] {
    if (this.width(word, style) <= room) return [word];
    const parts: string[] = [];
    let part = '';
    for (const sign of word) {
      if (part !== '' && this.width(part + sign, style) > room) {
        parts.push(part);
        part = '';
      }
      part += sign;
    }
    return [...parts, part];
  }

  /** Makes a rectangle lead to a place in the document. `says` is read to who cannot see it. */
  link(
    from: { readonly page: PDFPage; readonly box: readonly [number, number, number, number] },
    to: Spot,
    says: string,
  ) {
    const { context } = this.document;
    const annotation = context.obj({
      Type: 'Annot',
      Subtype: 'Link',
      Rect: [...from.box],
      Border: [0, 0, 0],
      Dest: [to.page.ref, 'XYZ', null, Math.min(HEIGHT, to.top + 18), null],
      Contents: PDFString.of(says),
    });
    from.page.node.addAnnot(context.register(annotation));
  }

  /** Head and foot on every page; the first has no head, since it begins with one of its own. */
  run({ head: [left, right], foot }: Running): void {
    const pages = this.document.getPages();
    const style = { size: 7.5, color: SOFT };
    for (const [place, page] of pages.entries()) {
      this.page = page;
      if (place > 0) {
        this.text(this.fitted(left, (RIGHT - LEFT) * 0.6, style), LEFT, style, TOP);
        this.text(this.fitted(right, (RIGHT - LEFT) * 0.38, style), RIGHT, { ...style, alignRight: true }, TOP);
        this.rule(TOP - 7);
      }
      this.rule(46);
      this.text(this.fitted(foot, (RIGHT - LEFT) * 0.8, style), LEFT, style, 34);
      this.text(`Page ${place + 1} of ${pages.length}`, RIGHT, { ...style, alignRight: true }, 34);
    }
  }

  bytes(): Promise<Uint8Array> {
    return this.document.save({ addDefaultPage: false, objectsPerTick: Number.POSITIVE_INFINITY });
  }

  private fontOf({ bold }: TextStyle): PDFFont {
    return bold ? this.fonts.bold : this.fonts.regular;
  }
}
