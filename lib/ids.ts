import { createHash } from 'node:crypto';

/**
 * Every id is a prefix that says what it names and Crockford base32 in lower case: readable aloud, safe in a URL, sortable by time
 * when minted. Rows that a job derives get ids derived from their inputs, so a rerun lands on the same row.
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** What an id may name. `brd` ids are short because every link of the brand carries them. */
export const PREFIXES = {
  brand: 'brd',
  program: 'prg',
  partner: 'ptr',
  apiKey: 'key',
  payoutRun: 'pay',
  payoutItem: 'itm',
  payoutBatch: 'pbt',
  journal: 'jrn',
  statement: 'stm',
  event: 'evt',
  message: 'msg',
  audit: 'aud',
  experiment: 'exp',
  webhook: 'whk',
  delivery: 'dlv',
  cap: 'cap',
  adjustment: 'adj',
  dispute: 'dsp',
} as const;
export type IdKind = keyof typeof PREFIXES;

const LENGTHS: Partial<Record<IdKind, number>> = { brand: 6 };
const lengthOf = (kind: IdKind) => LENGTHS[kind] ?? 16;

/** Characters of the base32 alphabet, most significant first. */
export function toBase32(value: bigint, length: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < length; i += 1) {
    text = ALPHABET[Number(rest & 31n)]! + text;
    rest >>= 5n;
  }
  return text;
}

/** The inverse of {@link toBase32}; `undefined` when a character is outside the alphabet. */
export function fromBase32(text: string): bigint | undefined {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  return value;
}

const bytesToBigint = (bytes: Uint8Array) => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/**
 * A fresh id: ten characters of time (ms), six of randomness. Brand ids are six random characters.
 * The caller passes time and randomness (at least 4 bytes) so that tests and replays are exact; the store's conditional put guards the rest.
 */
export function mint(kind: IdKind, atMs: number, random: Uint8Array): string {
  const length = lengthOf(kind);
  const tail = toBase32(bytesToBigint(random), 6);
  return `${PREFIXES[kind]}_${length === 6 ? tail : toBase32(BigInt(atMs), 10) + tail}`;
}

/** The id of a row derived from other rows: the same inputs give the same id, for ever. */
export function derive(kind: IdKind, ...inputs: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(inputs.map(String).join('\u0000')).digest();
  return `${PREFIXES[kind]}_${toBase32(bytesToBigint(digest.subarray(0, 10)), lengthOf(kind))}`;
}

/** Pattern of one kind of id, for schemas. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${PREFIXES[kind]}_[${ALPHABET}]{${lengthOf(kind)}}$`);
}

/** A link code: the brand's six characters, then eight of the link's own. It is what stands in `/c/{link}`. */
export const LINK_CODE_LENGTH = 14;
export const LINK_CODE = new RegExp(`^[${ALPHABET}]{${LINK_CODE_LENGTH}}$`);

/** A fresh link code of a brand, from 5 random bytes. */
export function mintLinkCode(brandId: string, random: Uint8Array): string {
  return brandId.slice(PREFIXES.brand.length + 1) + toBase32(bytesToBigint(random.subarray(0, 5)), 8);
}

/** The brand a link code belongs to. */
export function brandOfLink(code: string): string {
  return `${PREFIXES.brand}_${code.slice(0, 6)}`;
}
