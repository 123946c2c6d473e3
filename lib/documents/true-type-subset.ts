import { Readable } from 'node:stream';
import type { Glyph, TrueTypeFont } from './true-type.ts';

/** Flags of a part of a composite outline. */
const WORDS = 0x01;
const SCALE = 0x08;
const MORE = 0x20;
const TWO_SCALES = 0x40;
const MATRIX = 0x80;

/**
 * The glyphs of a font that a document shows, numbered in the order in which they were asked for. The same order gives the same file.
 */
export class TrueTypeSubset {
  private readonly font: TrueTypeFont;
  /** By their number here; the first stands for what is missing. */
  private readonly ids: number[] = [0];
  private readonly numbers = new Map<number, number>([[0, 0]]);

  constructor(font: TrueTypeFont) {
    this.font = font;
  }

  includeGlyph({ id }: Pick<Glyph, 'id'>): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    this.numbers.set(id, this.ids.length);
    return this.ids.push(id) - 1;
  }

  encodeStream(): Readable {
    return Readable.from([this.file()]);
  }

  /** The tables that a PDF needs of a font (ISO 32000-1, 9.9); checksums are left out, which no reader of a PDF looks at. */
  private file(): Uint8Array {
    const outlines: Uint8Array[] = [];
    // Grows on the way: what an outline is composed of is asked for by it.
    for (let place = 0; place < this.ids.length; place += 1) outlines.push(this.renumbered(this.ids[place]!));
    const count = outlines.length;
    const places = new DataView(new ArrayBuffer(count * 4 + 4));
    const metrics = new DataView(new ArrayBuffer(count * 4));
    let end = 0;
    for (const [place, outline] of outlines.entries()) {
      end += outline.length;
      places.setUint32(place * 4 + 4, end);
      const [advance, bearing] = this.font.metrics(this.ids[place]!);
      metrics.setUint16(place * 4, advance);
      metrics.setInt16(place * 4 + 2, bearing);
    }
    return fileOf([
      ['cvt ', this.font.copy('cvt ')],
      ['fpgm', this.font.copy('fpgm')],
      ['glyf', Buffer.concat(outlines)],
      ['head', this.font.copy('head')],
      ['hhea', withNumber(this.font.copy('hhea')!, 34, count)],
      ['hmtx', new Uint8Array(metrics.buffer)],
      ['loca', new Uint8Array(places.buffer)],
      ['maxp', withNumber(this.font.copy('maxp')!, 4, count)],
      ['prep', this.font.copy('prep')],
    ]);
  }

  /** A glyph's outline; one composed of other glyphs names them by their numbers here. */
  private renumbered(id: number): Uint8Array {
    const outline = this.font.outline(id);
    const view = new DataView(outline.buffer);
    if (outline.length === 0 || view.getInt16(0) >= 0) return outline;
    for (let at = 10, flags = MORE; flags & MORE; ) {
      flags = view.getUint16(at);
      view.setUint16(at + 2, this.includeGlyph({ id: view.getUint16(at + 2) }));
      at += 4 + (flags & WORDS ? 4 : 2);
      if (flags & SCALE) at += 2;
      else if (flags & TWO_SCALES) at += 4;
      else if (flags & MATRIX) at += 8;
    }
    return outline;
  }
}

function withNumber(table: Uint8Array<ArrayBuffer>, at: number, value: number): Uint8Array {
  new DataView(table.buffer).setUint16(at, value);
  return table;
}

/** A font file of tables, which must be in the order of their tags. */
function fileOf(tables: readonly (readonly [tag: string, bytes: Uint8Array | undefined])[]): Uint8Array {
  const present = tables.flatMap(([tag, bytes]) => (bytes ? [{ tag, bytes }] : []));
  const room = ({ length }: Uint8Array) => Math.ceil(length / 4) * 4;
  let end = 12 + present.length * 16;
  const file = new Uint8Array(end + present.reduce((sum, { bytes }) => sum + room(bytes), 0));
  const view = new DataView(file.buffer);
  const powers = Math.floor(Math.log2(present.length));
  view.setUint32(0, 0x0001_0000);
  view.setUint16(4, present.length);
  view.setUint16(6, 2 ** powers * 16);
  view.setUint16(8, powers);
  view.setUint16(10, present.length * 16 - 2 ** powers * 16);
  for (const [place, { tag, bytes }] of present.entries()) {
    const at = 12 + place * 16;
    file.set(Buffer.from(tag, 'latin1'), at);
    view.setUint32(at + 8, end);
    view.setUint32(at + 12, bytes.length);
    file.set(bytes, end);
    end += room(bytes);
  }
  return file;
}
