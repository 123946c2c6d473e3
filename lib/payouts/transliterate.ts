/** Letters that Unicode does not take apart into a base letter and marks. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'SS',
  ẞ: 'SS',
  æ: 'AE',
  Æ: 'AE',
  œ: 'OE',
  Œ: 'OE',
  ø: 'O',
  Ø: 'O',
  ł: 'L',
  Ł: 'L',
  đ: 'D',
  Đ: 'D',
  ð: 'D',
  Ð: 'D',
  þ: 'TH',
  Þ: 'TH',
  ı: 'I',
  ħ: 'H',
  Ħ: 'H',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
};

/** Whether a text is printable ASCII and nothing else. */
export const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/**
 * A name in the capitals, digits and marks that bank files carry: `Søren Müller & Co.` is `SOREN MULLER & CO.`. Signs that have no form
 * there become blanks. Nothing when a letter or digit has none: a name with holes would be another name.
 */
export function transliterate(name: string): string | undefined {
  const taken = [...name].map((character) => LETTERS[character] ?? character).join('');
  const plain = taken.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase();
  if (/[\p{L}\p{N}]/u.test(plain.replace(/[A-Z0-9]/g, ''))) return undefined;
  const line = plain
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return /[A-Z0-9]/.test(line) ? line : undefined;
}
