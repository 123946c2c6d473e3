import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fontBytes } from '../../../lib/documents/statement-fonts.ts';
import { TrueTypeFont, trueType } from '../../../lib/documents/true-type.ts';

const bytes = fontBytes('regular');
const font = new TrueTypeFont(bytes);
const idsOf = (text: string) => font.layout(text).glyphs.map(({ id }) => id);

/** A subset's file and the number of each glyph in it. */
async function subsetOf(text: string) {
  const subset = font.createSubset();
  const numbers = font.layout(text).glyphs.map((glyph) => subset.includeGlyph(glyph));
  const file: Uint8Array = (await subset.encodeStream().toArray())[0];
  return { numbers, file };
}

/** A font file as a reader of a PDF takes it: outlines by glyph, and the space each takes. */
function read(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const entries = Array.from({ length: view.getUint16(4) }, (_, place) => 12 + place * 16);
  const tables = new Map(
    entries.map((at) => [
      Buffer.from(file.subarray(at, at + 4)).toString('latin1'),
      file.subarray(view.getUint32(at + 8), view.getUint32(at + 8) + view.getUint32(at + 12)),
    ]),
  );
  const dataOf = (tag: string) => {
    const table = tables.get(tag)!;
    return new DataView(table.buffer, table.byteOffset, table.byteLength);
  };
  const [loca, hmtx] = [dataOf('loca'), dataOf('hmtx')];
  return {
    tags: [...tables.keys()],
    count: dataOf('maxp').getUint16(4),
    spaces: dataOf('hhea').getUint16(34),
    end: loca.getUint32(loca.byteLength - 4),
    length: tables.get('glyf')!.length,
    outline: (number: number) =>
      tables.get('glyf')!.subarray(loca.getUint32(number * 4), loca.getUint32(number * 4 + 4)),
    advance: (number: number) => hmtx.getUint16(number * 4),
  };
}

/** What is drawn for a glyph: its outline, or those of its parts with where they are put. */
function drawn(outline: (number: number) => Uint8Array, number: number): readonly string[] {
  const bytes = outline(number);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0 || view.getInt16(0) >= 0) return [Buffer.from(bytes).toString('hex')];
  const found: string[] = [];
  for (let at = 10, more = true; more; ) {
    const flags = view.getUint16(at);
    const size =
      ((flags & 1) !== 0 ? 4 : 2) + ((flags & 8) !== 0 ? 2 : (flags & 64) !== 0 ? 4 : (flags & 128) !== 0 ? 8 : 0);
    const put = Buffer.from(bytes.subarray(at + 4, at + 4 + size)).toString('hex');
    found.push(`${flags} ${put}`, ...drawn(outline, view.getUint16(at + 2)));
    at += 4 + size;
    more = (flags & 32) !== 0;
  }
  return found;
}

describe('a font', () => {
  test('has a glyph and a space for each character, the missing one for others', () => {
    // Widths of Noto Sans Regular, of 1000 units.
    expect(font.layout('Ai €').glyphs.map(({ advanceWidth }) => advanceWidth)).toEqual([639, 258, 260, 572]);
    expect(idsOf('李')).toEqual([0]);
    expect(idsOf('AЖΩ').every((id) => id > 0)).toBe(true);
    expect(font.layout('é').glyphs[0]!.codePoints).toEqual([0xe9]);
  });

  test('is read once for all documents', () => {
    expect(trueType.create(bytes)).toBe(trueType.create(bytes));
  });

  test('of another kind is refused', () => {
    const short = bytes.slice();
    const view = new DataView(short.buffer);
    const entry = Array.from({ length: view.getUint16(4) }, (_, place) => 12 + place * 16).find(
      (at) => Buffer.from(short.subarray(at, at + 4)).toString('latin1') === 'head',
    )!;
    view.setInt16(view.getUint32(entry + 8) + 50, 0);
    expect(() => new TrueTypeFont(short)).toThrow('short places');
    expect(() => new TrueTypeFont(new Uint8Array(32))).toThrow('no table head');
  });
});

describe('a subset', () => {
  const signs = fc.constantFrom(...font.characterSet.map((codePoint) => String.fromCodePoint(codePoint)));

  test('draws every character as the font does, from outlines it holds', () =>
    fc.assert(
      fc.asyncProperty(fc.array(signs, { minLength: 1, maxLength: 60 }), async (text) => {
        const { numbers, file } = await subsetOf(text.join(''));
        const made = read(file);
        expect(made.end).toBe(made.length);
        expect(made.spaces).toBe(made.count);
        for (const [place, glyph] of font.layout(text.join('')).glyphs.entries()) {
          expect(drawn(made.outline, numbers[place]!)).toEqual(drawn((id) => font.outline(id), glyph.id));
          expect(made.advance(numbers[place]!)).toBe(glyph.advanceWidth);
        }
      }),
    ));

  test('of the same text is the same file; a letter that is composed brings its parts', async () => {
    const [once, again, plain] = await Promise.all([subsetOf('Łódź é'), subsetOf('Łódź é'), subsetOf('a')]);
    expect(Buffer.compare(once.file, again.file)).toBe(0);
    expect(once.numbers).toEqual([1, 2, 3, 4, 5, 6]);
    expect(read(once.file).count).toBeGreaterThan(7);
    expect(read(plain.file).count).toBe(2);
  });

  test('has the tables that a PDF needs, in order', async () => {
    const { tags } = read((await subsetOf('a')).file);
    expect(tags).toEqual(['glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp', 'prep']);
  });
});
