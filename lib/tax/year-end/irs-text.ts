import { transliterate } from '../../payouts/transliterate.ts';

/**
 * A name or address in the characters that the IRS's files carry: capitals, digits, blank, `&`, `'`, `-`, `#`, `(`, `)`; any other sign is a
 * blank, and nothing begins with what a spreadsheet would take for a formula. Nothing when a letter has no form there: a name with holes would
 * be another name.
 */
export function irsText(text: string, most: number): string | undefined {
  const plain = transliterate(text)
    ?.replace(/[.]/g, '')
    .replace(/[^A-Z0-9 &'\-#()]/g, ' ')
    .replace(/ +/g, ' ')
    .replace(/^[\s'-]+/, '')
    .slice(0, most)
    .trim();
  return plain || undefined;
}

/** Amounts as the IRS's files have them: dollars with a point and two digits. */
export const dollars = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
