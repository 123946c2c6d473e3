const NEWLINE = 10;
const QUOTE = 34;

/**
 * Cuts a stream of bytes into blocks that hold whole records, and takes a UTF-8 byte order mark off. With `quotes`, a line end within a
 * quoted field ends no record. The last block may lack its line end.
 */
export function* recordBlocks(chunks: Iterable<Uint8Array>, quotes: boolean): Generator<Uint8Array> {
  let held = new Uint8Array(0);
  let first = true;
  for (const chunk of chunks) {
    if (chunk.length === 0) continue;
    let bytes = chunk;
    if (held.length > 0) {
      bytes = new Uint8Array(held.length + chunk.length);
      bytes.set(held);
      bytes.set(chunk, held.length);
    }
    if (first) {
      if (bytes.length < 3) {
        held = bytes.slice();
        continue;
      }
      first = false;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    }
    const end = lastRecordEnd(bytes, quotes);
    if (end > 0) yield bytes.subarray(0, end);
    held = bytes.slice(end);
  }
  if (held.length > 0) yield held;
}

/** Where the last whole record ends, 0 when none does. */
function lastRecordEnd(bytes: Uint8Array, quotes: boolean): number {
  if (!quotes || !bytes.includes(QUOTE)) return bytes.lastIndexOf(NEWLINE) + 1;
  let end = 0;
  let inside = false;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === QUOTE) inside = !inside;
    else if (bytes[at] === NEWLINE && !inside) end = at + 1;
  }
  return end;
}
