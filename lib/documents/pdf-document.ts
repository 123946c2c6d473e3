import { PDFDocument } from 'pdf-lib';
import type { Instant } from '../time.ts';

export interface AboutPdf {
  readonly title: string;
  readonly author: string;
  /** Stands as the day of making: the day of what is told, so that the same words give the same bytes whenever they are written. */
  readonly at: Instant;
}

/** A PDF without pages, with what it says about itself. */
export async function pdfDocument({ title, author, at }: AboutPdf): Promise<PDFDocument> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(printable(title), { showInWindowTitleBar: true });
  document.setAuthor(printable(author));
  document.setProducer('Tributary');
  document.setLanguage('en');
  document.setCreationDate(new Date(at));
  document.setModificationDate(new Date(at));
  return document;
}

/** A text that is shown: no control characters, accents joined to their letters, blanks as one. */
export const printable = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
