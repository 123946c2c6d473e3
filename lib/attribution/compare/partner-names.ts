const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Numbers for names, given in order of appearance. Works on UTF-8 bytes, so that a name is decoded once and not once per touch. */
export class PartnerNames {
  /** Names by number. */
  readonly list: string[] = [];
  #table = new Int32Array(1024).fill(-1);
  #hashes = new Uint32Array(512);
  #ends = new Uint32Array(513);
  #bytes = new Uint8Array(8192);

  /** The number of the name in `bytes[from, to)`; throws a TypeError when the bytes are not UTF-8. */
  ofBytes(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    let mask = this.#table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const known = this.#table[slot]!;
      if (known === -1) break;
      if (this.#hashes[known] === hash && this.#same(known, bytes, from, to)) return known;
      slot = (slot + 1) & mask;
    }
    const number = this.list.length;
    const name = decoder.decode(bytes.subarray(from, to));
    if ((number + 1) * 2 > this.#table.length) {
      this.#grow();
      mask = this.#table.length - 1;
      slot = hash & mask;
      while (this.#table[slot] !== -1) slot = (slot + 1) & mask;
    }
    this.#remember(number, bytes, from, to);
    this.#hashes[number] = hash;
    this.#table[slot] = number;
    this.list.push(name);
    return number;
  }

  of(name: string): number {
    const bytes = encoder.encode(name);
    return this.ofBytes(bytes, 0, bytes.length);
  }

  #same(known: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#ends[known]!;
    if (this.#ends[known + 1]! - start !== to - from) return false;
    for (let at = from; at < to; at += 1) if (this.#bytes[start + at - from] !== bytes[at]) return false;
    return true;
  }

  #remember(number: number, bytes: Uint8Array, from: number, to: number): void {
    const start = this.#ends[number]!;
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes.set(bytes.subarray(from, to), start);
    this.#ends[number + 1] = end;
  }

  #grow(): void {
    const size = this.#table.length * 2;
    const table = new Int32Array(size).fill(-1);
    for (let number = 0; number < this.list.length; number += 1) {
      let slot = this.#hashes[number]! & (size - 1);
      while (table[slot] !== -1) slot = (slot + 1) & (size - 1);
      table[slot] = number;
    }
    this.#table = table;
    const hashes = new Uint32Array(size / 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const ends = new Uint32Array(size / 2 + 1);
    ends.set(this.#ends);
    this.#ends = ends;
  }
}
