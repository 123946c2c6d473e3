import type { PDFDocument } from 'pdf-lib';
import { TrueTypeSubset } from './true-type-subset.ts';

/** What pdf-lib asks for to embed fonts. */
type Fontkit = Parameters<PDFDocument['registerFontkit']>[0];
type Font = ReturnType<Fontkit['create']>;

/** What of a font stands for one character. */
export interface Glyph {
  readonly id: number;
  readonly advanceWidth: number;
  /** What a reader of the document copies. */
  readonly codePoints: readonly number[];
}

/**
 * TrueType fonts as pdf-lib embeds them, without shaping: each character is one glyph, set behind the one before. That is right for Latin,
 * Greek and Cyrillic in composed letters. A document gets the outlines it shows; a font is read once, however many documents show it.
 *
 * For fonts of https://learn.microsoft.com/typography/opentype/spec/otff with long places of outlines and a `cmap` of format 12.
 *
 * @throws RangeError on other fonts.
 */
export const trueType: Fontkit = {
  create(bytes) {
    const font = known.get(bytes) ?? new TrueTypeFont(bytes);
    known.set(bytes, font);
    // The type lists all of fontkit, of which pdf-lib uses what is here.
    return font as unknown as Font;
  },
};
const known = new WeakMap<Uint8Array, TrueTypeFont>();

/** A font, by the names that pdf-lib asks for; lengths in the font's own units, `unitsPerEm` to the size of a letter. */
export class TrueTypeFont {
  readonly unitsPerEm: number;
  readonly ascent: number;
  readonly descent: number;
  readonly xHeight: number;
  readonly capHeight: number;
  readonly italicAngle: number;
  readonly bbox: Readonly<Record<'minX' | 'minY' | 'maxX' | 'maxY', number>>;
  readonly head: { readonly macStyle: { readonly italic: boolean } };
  readonly post: { readonly isFixedPitch: boolean };
  private readonly tables: ReadonlyMap<string, DataView>;
  private readonly glyphIds: ReadonlyMap<number, number>;
  private readonly glyphs = new Map<string, Glyph>();

  constructor(bytes: Uint8Array) {
    this.tables = tablesOf(bytes);
    const [head, hhea, post, os2] = [this.table('head'), this.table('hhea'), this.table('post'), this.table('OS/2')];
    if (head.getInt16(50) !== 1) throw new RangeError('the font has short places of outlines');
    this.unitsPerEm = head.getUint16(18);
    this.bbox = {
      ...{ minX: head.getInt16(36), minY: head.getInt16(38) },
      ...{ maxX: head.getInt16(40), maxY: head.getInt16(42) },
    };
    this.head = { macStyle: { italic: (head.getUint16(44) & 2) !== 0 } };
    this.ascent = hhea.getInt16(4);
    this.descent = hhea.getInt16(6);
    this.italicAngle = post.getInt32(4) / 2 ** 16;
    this.post = { isFixedPitch: post.getUint32(12) !== 0 };
    this.xHeight = os2.getInt16(86);
    this.capHeight = os2.getInt16(88);
    this.glyphIds = glyphIdsOf(this.table('cmap'));
  }

  /** The code points of all characters that the font has. */
  get characterSet(): number[] {
    return [...this.glyphIds.keys()];
  }

  layout(text: string): { readonly glyphs: readonly Glyph[] } {
    return { glyphs: Array.from(text, (sign) => this.glyphs.get(sign) ?? this.glyphOf(sign)) };
  }

  private glyphOf(sign: string): Glyph {
    const codePoint = sign.codePointAt(0)!;
    const id = this.glyphIds.get(codePoint) ?? 0;
    const glyph = { id, advanceWidth: this.metrics(id)[0], codePoints: [codePoint] };
    this.glyphs.set(sign, glyph);
    return glyph;
  }

  createSubset(): TrueTypeSubset {
    return new TrueTypeSubset(this);
  }

  /** Space a glyph takes, and where in it the outline begins. Behind the last that has a space of its own, all take the same. */
  metrics(id: number): readonly [advance: number, bearing: number] {
    const [all, own] = [this.table('hmtx'), this.table('hhea').getUint16(34)];
    return [all.getUint16(Math.min(id, own - 1) * 4), all.getInt16(id < own ? id * 4 + 2 : own * 2 + id * 2)];
  }

  /** A glyph's outline, to change at will; empty for what shows nothing. */
  outline(id: number): Uint8Array<ArrayBuffer> {
    const [places, outlines] = [this.table('loca'), this.table('glyf')];
    const [from, to] = [places.getUint32(id * 4), places.getUint32(id * 4 + 4)];
    return new Uint8Array(outlines.buffer, outlines.byteOffset + from, to - from).slice() as Uint8Array<ArrayBuffer>;
  }

  /** A table's bytes, to change at will; none for a table that the font may lack and does. */
  copy(tag: string): Uint8Array<ArrayBuffer> | undefined {
    const found = this.tables.get(tag);
    return (
      found && (new Uint8Array(found.buffer, found.byteOffset, found.byteLength).slice() as Uint8Array<ArrayBuffer>)
    );
  }

  private table(tag: string): DataView {
    const found = this.tables.get(tag);
    if (!found) throw new RangeError(`the font has no table ${tag}`);
    return found;
  }
}

function tablesOf({ buffer, byteOffset, byteLength }: Uint8Array): ReadonlyMap<string, DataView> {
  const file = new DataView(buffer, byteOffset, byteLength);
  const entries = Array.from({ length: file.getUint16(4) }, (_, place) => 12 + place * 16);
  return new Map(
    entries.map((at) => {
      const tag = String.fromCharCode(...[0, 1, 2, 3].map((letter) => file.getUint8(at + letter)));
      return [tag, new DataView(buffer, byteOffset + file.getUint32(at + 8), file.getUint32(at + 12))];
    }),
  );
}

/** Glyphs by code point, from the subtable that has all of Unicode. */
function glyphIdsOf(cmap: DataView): ReadonlyMap<number, number> {
  const subtables = Array.from({ length: cmap.getUint16(2) }, (_, place) => cmap.getUint32(4 + place * 8 + 4));
  const table = subtables.find((at) => cmap.getUint16(at) === 12);
  if (table === undefined) throw new RangeError('the font has no cmap of format 12');
  const found = new Map<number, number>();
  for (let group = 0; group < cmap.getUint32(table + 12); group += 1) {
    const at = table + 16 + group * 12;
    const [first, last, id] = [cmap.getUint32(at), cmap.getUint32(at + 4), cmap.getUint32(at + 8)];
    for (let sign = first; sign <= last; sign += 1) found.set(sign, id + sign - first);
  }
  return found;
}
