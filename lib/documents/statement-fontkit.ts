import fontkit from '@pdf-lib/fontkit';
import type { PDFDocument } from 'pdf-lib';

type Fontkit = Parameters<PDFDocument['registerFontkit']>[0];
type Font = ReturnType<Fontkit['create']>;
type Glyph = ReturnType<Font['glyphForCodePoint']>;

/** The parts of fontkit's subset that are mended here; fixed by the exact version in package.json. */
interface Subset {
  readonly glyf: Uint8Array[];
  offset: number;
  _addGlyph(glyphId: number): number;
}

/**
 * fontkit with two changes.
 *
 * A subset's outlines are padded to an even length. fontkit writes where they begin as half of it, rounded down, so that one outline of odd
 * length shifts all that follow and most letters come out empty.
 *
 * A font is parsed once and not once a document. What subsets share of it is only what they read.
 */
export const statementFontkit: Fontkit = {
  create(bytes) {
    const known = parsed.get(bytes);
    if (known) return known;
    const font = fontkit.create(bytes);
    const createSubset = font.createSubset.bind(font);
    font.createSubset = () => evenly(createSubset());
    font.layout = letterByLetter(font);
    parsed.set(bytes, font);
    return font;
  },
};
const parsed = new WeakMap<Uint8Array, Font>();

function letterByLetter(font: Font): Font['layout'] {
  const known = new Map<string, Glyph>();
  const glyphOf = (sign: string): Glyph => {
    const codePoint = sign.codePointAt(0)!;
    const { id, advanceWidth } = font.glyphForCodePoint(codePoint);
    const glyph = { id, advanceWidth, codePoints: [codePoint] } as unknown as Glyph;
    known.set(sign, glyph);
    return glyph;
  };
  return (text) => ({ glyphs: [...text].map((sign) => known.get(sign) ?? glyphOf(sign)) }) as ReturnType<Font['layout']>;
}

function evenly<Made extends object>(made: Made): Made {
  const subset = made as Made & Subset;
  const add = subset._addGlyph.bind(subset);
  subset._addGlyph = (glyphId) => {
    const place = add(glyphId);
    const outline = subset.glyf[place]!;
    if (outline.length % 2 === 1) {
      // Buffers of its own are all that fontkit writes.
      const padded = new (outline.constructor as new (length: number) => Uint8Array)(outline.length + 1);
      padded.fill(0);
      padded.set(outline);
      subset.glyf[place] = padded;
      subset.offset += 1;
    }
    return place;
  };
  return made;
}
