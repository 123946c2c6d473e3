import type { AmountColumn } from './amounts.ts';
import { InputProblem, quoted } from './input-problem.ts';
import { JourneyBuilder, type Journeys } from './journeys.ts';
import { recordBlocks } from './record-blocks.ts';

/** The columns of the export form; a file may have others, and any order. */
const COLUMNS = ['path', 'total_conversions', 'total_conversion_value', 'total_null'] as const;
type Column = (typeof COLUMNS)[number];

const [TAB, LF, CR, SPACE, QUOTE, COMMA, DOT, ZERO, NINE, MORE] = [9, 10, 13, 32, 34, 44, 46, 48, 57, 62];

/**
 * Reads `path,total_conversions,total_conversion_value,total_null`, touches joined by ` > `, a row standing for as many journeys as it
 * counts. RFC 4180 quoting, LF or CRLF, UTF-8 with or without byte order mark. An empty path is a journey without touches. Throws an
 * `InputProblem` at the first thing that is wrong. Goes over the bytes; a name is decoded once.
 */
export function readCsv(chunks: Iterable<Uint8Array>): Journeys {
  const builder = new JourneyBuilder({ timed: false });
  const fields = new Fields();
  let roles: (Column | undefined)[] | undefined;
  let line = 1;
  for (const bytes of recordBlocks(chunks, true)) {
    let at = 0;
    while (at < bytes.length) {
      const here = line;
      const next = fields.read(bytes, at, line);
      line += fields.lines;
      at = next;
      if (fields.blank) continue;
      if (!roles) {
        roles = rolesOf(fields, here);
        continue;
      }
      if (fields.count !== roles.length) {
        throw new InputProblem(
          here,
          undefined,
          `${fields.count} column${fields.count === 1 ? '' : 's'} where the header has ${roles.length}; a field that holds a comma must stand in double quotes`,
        );
      }
      let nulls = 0;
      for (let f = 0; f < fields.count; f += 1) {
        const role = roles[f];
        if (role === undefined) continue;
        const [source, from, to] = [fields.bytes[f]!, fields.from[f]!, fields.to[f]!];
        if (role === 'path') readPath(builder, source, from, to, here);
        else if (role === 'total_conversions') readAmount(builder.conversions, source, from, to, here, role);
        else if (role === 'total_conversion_value') readAmount(builder.value, source, from, to, here, role);
        else nulls = readNumber(source, from, to, here, role);
      }
      builder.end(nulls);
    }
  }
  if (!roles) throw new InputProblem(1, undefined, `the file is empty; the first line must be ${COLUMNS.join(',')}`);
  return builder.finish();
}

/** The fields of one record, as places in the block, or in bytes of their own where doubled quotes had to be taken apart. */
class Fields {
  count = 0;
  /** Line ends the record spans. */
  lines = 0;
  blank = false;
  readonly bytes: Uint8Array[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];

  /** Reads the record at `at` and tells where the next begins. */
  read(block: Uint8Array, at: number, line: number): number {
    this.count = 0;
    this.lines = 0;
    for (;;) {
      let from = at;
      let to: number;
      let source = block;
      if (block[at] === QUOTE) {
        let doubled = 0;
        from = at + 1;
        at += 1;
        for (;;) {
          if (at >= block.length)
            throw new InputProblem(line, undefined, 'a double quote opens a field that is never closed');
          const byte = block[at]!;
          if (byte === LF) this.lines += 1;
          if (byte === QUOTE) {
            if (block[at + 1] !== QUOTE) break;
            doubled += 1;
            at += 1;
          }
          at += 1;
        }
        to = at;
        at += 1;
        if (doubled > 0) {
          source = unquote(block, from, to, doubled);
          from = 0;
          to = source.length;
        }
        const byte = block[at];
        const ends = byte === undefined || byte === COMMA || byte === LF;
        if (!ends && !(byte === CR && (block[at + 1] === LF || at + 1 === block.length))) {
          throw new InputProblem(
            line,
            undefined,
            'text follows a closing double quote; a double quote inside a quoted field must be doubled',
          );
        }
      } else {
        let byte = block[at];
        while (byte !== undefined && byte !== COMMA && byte !== LF) {
          if (byte === QUOTE) {
            throw new InputProblem(
              line,
              undefined,
              'a double quote inside an unquoted field; put the field in double quotes and double the quote',
            );
          }
          at += 1;
          byte = block[at];
        }
        to = byte !== COMMA && at > from && block[at - 1] === CR ? at - 1 : at;
      }
      this.bytes[this.count] = source;
      this.from[this.count] = from;
      this.to[this.count] = to;
      this.count += 1;
      if (block[at] === CR) at += 1;
      const byte = block[at];
      at += 1;
      if (byte === COMMA) continue;
      this.lines += 1;
      this.blank = this.count === 1 && trimStart(source, from, to) === to && block[from - 1] !== QUOTE;
      return at;
    }
  }
}

function unquote(block: Uint8Array, from: number, to: number, doubled: number): Uint8Array {
  const bytes = new Uint8Array(to - from - doubled);
  let n = 0;
  for (let at = from; at < to; at += 1) {
    bytes[n] = block[at]!;
    n += 1;
    if (block[at] === QUOTE) at += 1;
  }
  return bytes;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to));
}

function rolesOf(fields: Fields, line: number): (Column | undefined)[] {
  const names = Array.from({ length: fields.count }, (_, f) =>
    text(fields.bytes[f]!, fields.from[f]!, fields.to[f]!).trim().toLowerCase(),
  );
  if (fields.bytes[0]![fields.from[0]!] === 0xff || fields.bytes[0]![fields.from[0]!] === 0xfe) {
    throw new InputProblem(line, undefined, 'the file is UTF-16; save it as UTF-8');
  }
  const roles = names.map((name) => COLUMNS.find((column) => column === name));
  for (const column of COLUMNS) {
    const places = roles.filter((role) => role === column).length;
    if (places > 1) throw new InputProblem(line, column, 'the header names it twice; keep one of them');
    if (places === 1) continue;
    const fix = column === 'path' ? 'put it there' : 'add it, with 0 in each row that has none';
    throw new InputProblem(
      line,
      column,
      `the header has no such column (it has: ${names
        .map((name) => name || '(empty)')
        .join(', ')
        .slice(0, 200)}); ${fix}. The first line must be ${COLUMNS.join(',')}`,
    );
  }
  return roles;
}

function trimStart(bytes: Uint8Array, from: number, to: number): number {
  while (from < to && (bytes[from]! === SPACE || bytes[from]! === TAB || bytes[from]! === CR || bytes[from]! === LF)) {
    from += 1;
  }
  return from;
}

function trimEnd(bytes: Uint8Array, from: number, to: number): number {
  while (
    to > from &&
    (bytes[to - 1]! === SPACE || bytes[to - 1]! === TAB || bytes[to - 1]! === CR || bytes[to - 1]! === LF)
  ) {
    to -= 1;
  }
  return to;
}

/** A `>` joins touches when it stands between spaces, so that a name may hold one. */
function readPath(builder: JourneyBuilder, bytes: Uint8Array, from: number, to: number, line: number): void {
  let start = trimStart(bytes, from, to);
  const end = trimEnd(bytes, start, to);
  if (start === end) return;
  let n = 1;
  for (let at = start; at <= end; at += 1) {
    if (
      at < end &&
      !(bytes[at] === MORE && (at === start || bytes[at - 1] === SPACE) && (at + 1 === end || bytes[at + 1] === SPACE))
    ) {
      continue;
    }
    const first = trimStart(bytes, start, at);
    const last = trimEnd(bytes, first, at);
    if (first === last) {
      throw new InputProblem(line, 'path', `touch ${n} is empty; a path is names joined by “ > ”, none of them empty`);
    }
    try {
      builder.touch(builder.names.ofBytes(bytes, first, last));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new InputProblem(line, 'path', `touch ${n} is not UTF-8; save the file as UTF-8`);
    }
    start = at + 1;
    n += 1;
  }
}

function readAmount(
  column: AmountColumn,
  bytes: Uint8Array,
  from: number,
  to: number,
  line: number,
  name: Column,
): void {
  const start = trimStart(bytes, from, to);
  const end = trimEnd(bytes, start, to);
  let mantissa = 0;
  let decimals = -1;
  let at = start;
  for (; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + byte - ZERO;
      if (decimals >= 0) decimals += 1;
    } else if (byte === DOT && decimals < 0) decimals = 0;
    else break;
  }
  if (at === end && end - start <= 15 && end - start > (decimals < 0 ? 0 : 1)) {
    column.push(mantissa, Math.max(decimals, 0));
    return;
  }
  const written = text(bytes, start, end);
  if (name === 'total_conversions' && written.startsWith('-') && Number(written) < 0) {
    throw new InputProblem(line, name, `${quoted(written)} is below 0; a row counts conversions, so write 0 or more`);
  }
  if (!column.pushText(written)) throw notANumber(line, name, written);
}

function readNumber(bytes: Uint8Array, from: number, to: number, line: number, name: Column): number {
  const start = trimStart(bytes, from, to);
  const end = trimEnd(bytes, start, to);
  let number = 0;
  let at = start;
  for (; at < end; at += 1) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  if (at === end && end > start && end - start <= 15) return number;
  const written = text(bytes, start, end);
  const parsed = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$/.test(written) ? Number(written) : Number.NaN;
  if (Number.isNaN(parsed)) throw notANumber(line, name, written);
  if (parsed < 0) {
    throw new InputProblem(line, name, `${quoted(written)} is below 0; a row counts journeys, so write 0 or more`);
  }
  return parsed;
}

function notANumber(line: number, column: Column, written: string): InputProblem {
  return new InputProblem(
    line,
    column,
    written === ''
      ? 'is empty; write 0 where there is none'
      : `${quoted(written)} is not a number; write it like 1234.5, without separators, signs of a currency or words`,
  );
}
