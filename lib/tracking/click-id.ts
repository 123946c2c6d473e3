import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Touch } from '../attribution/journey.ts';
import { brandOfLink, fromBase32, LINK_CODE_LENGTH, PREFIXES, toBase32 } from '../ids.ts';
import { epochMs, type Instant, instant } from '../time.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

/**
 * A click id says by itself which click it was, and proves it (`docs/decisions/0003-click-id.md`):
 *
 * | bytes | what |
 * |---|---|
 * | 1 | number of the signing key |
 * | 9 | link code (70 bits), which begins with the brand |
 * | 10 | partner id (80 bits) |
 * | 6 | time, milliseconds since 1970 |
 * | 8 | visitor |
 * | 2 | nonce |
 * | 12 | HMAC-SHA-256 over all of that and the program id, cut to 96 bits |
 *
 * 48 bytes are exactly 64 base64url characters: no padding bits, so an id has one spelling. The program is not in the id, only in what is
 * signed: read with another program, or another brand's, the id is refused without looking anything up. So is the verdict of a click that
 * can never be credited: signed and not contained, so that the id tells us and nobody else.
 */
const LAYOUT = { key: 0, link: 1, partner: 10, time: 20, visitor: 26, nonce: 34, mac: 36, end: 48 } as const;

const CLICK_ID = /^[A-Za-z0-9_-]{64}$/;
export const VISITOR_BYTES = LAYOUT.nonce - LAYOUT.visitor;
export const NONCE_BYTES = LAYOUT.mac - LAYOUT.nonce;
const PARTNER_LENGTH = 16;

/** What a click id tells. */
export interface ClickFacts {
  readonly brandId: string;
  readonly link: string;
  readonly partnerId: string;
  readonly at: Instant;
  /** 8 bytes in base64url: whose journey the click belongs to, within one program. */
  readonly visitor: string;
  /** 2 bytes in hex: tells apart the clicks of a visitor in one millisecond. */
  readonly nonce: string;
  /** Why the click can never be credited; absent: it can. */
  readonly uncredited?: Uncredited | undefined;
}

export type Uncredited = Exclude<Verdict, 'human'>;
const UNCREDITED = VERDICTS.filter((verdict): verdict is Uncredited => verdict !== 'human');

/** Why an id was not taken. `unknown-key`: signed with a key that is not among ours, or no longer. */
export type ClickIdRefusal = 'malformed' | 'unknown-key' | 'forged';

/** What a conversion is marked with whose click id was not taken: `click-id-forged`. */
export const refusalReason = (refusal: ClickIdRefusal) => `click-id-${refusal}` as const;

/** Signing keys by number (0 to 255), 32 bytes each; `current` signs, all verify. */
export interface ClickKeys {
  readonly current: number;
  readonly keys: ReadonlyMap<number, KeyObject>;
}

/** A fresh id for a click of a program, signed with the current key. */
export function mintClickId(facts: ClickFacts, keys: ClickKeys, programId: string): string {
  const key = keys.keys.get(keys.current);
  if (!key) throw new Error(`click key ${keys.current} is current but not there`);
  const bytes = Buffer.alloc(LAYOUT.end);
  bytes[LAYOUT.key] = keys.current;
  writeBase32(bytes, facts.link, LAYOUT.link, LAYOUT.partner);
  writeBase32(bytes, facts.partnerId.slice(PREFIXES.partner.length + 1), LAYOUT.partner, LAYOUT.time);
  bytes.writeUIntBE(epochMs(facts.at), LAYOUT.time, LAYOUT.visitor - LAYOUT.time);
  bytes.write(facts.visitor, LAYOUT.visitor, 'base64url');
  bytes.write(facts.nonce, LAYOUT.nonce, 'hex');
  mac(bytes, key, programId, facts.uncredited).copy(bytes, LAYOUT.mac);
  return bytes.toString('base64url');
}

/** The facts of an id that we signed for this program, or why it is not one. Takes the same time whichever byte of the MAC differs. */
export function readClickId(id: string, keys: ClickKeys, programId: string): ClickFacts | ClickIdRefusal {
  const bytes = bytesOf(id);
  if (!bytes) return 'malformed';
  const key = keys.keys.get(bytes[LAYOUT.key]!);
  if (!key) return 'unknown-key';
  const signed = bytes.subarray(LAYOUT.mac);
  if (timingSafeEqual(mac(bytes, key, programId), signed)) return factsOf(bytes);
  const uncredited = UNCREDITED.find((verdict) => timingSafeEqual(mac(bytes, key, programId, verdict), signed));
  return uncredited ? { ...factsOf(bytes), uncredited } : 'forged';
}

/** Number of the key that a well-formed id says it is signed with. */
export const keyNumberOf = (id: string): number => Buffer.from(id.slice(0, 2), 'base64url')[0]!;

/**
 * The click that a stored conversion names. Its id was verified when the conversion was recorded, so nothing is verified here; none when
 * the conversion has no click id or it was not taken.
 */
export function clickOf(conversion: {
  readonly clickId?: string;
  readonly clickIdRefused?: ClickIdRefusal;
  readonly clickUncredited?: Uncredited;
}): ClickFacts | undefined {
  const bytes = conversion.clickIdRefused || conversion.clickId === undefined ? undefined : bytesOf(conversion.clickId);
  const { clickUncredited: uncredited } = conversion;
  return bytes && { ...factsOf(bytes), ...(uncredited && { uncredited }) };
}

/**
 * The touch that a click id stands for: the same, field by field, as the one its stored row gives, so a conversion is credited alike
 * whether the row is there, late or lost, and merging both leaves one.
 */
export function touchOfClickId(facts: ClickFacts): Touch {
  return {
    touchId: `${facts.visitor}#${facts.at}#${facts.nonce}`,
    partnerId: facts.partnerId,
    kind: 'click',
    link: facts.link,
    at: facts.at,
    ...(facts.uncredited && { verdict: facts.uncredited, strict: true }),
  };
}

function bytesOf(id: string): Buffer | undefined {
  return CLICK_ID.test(id) ? Buffer.from(id, 'base64url') : undefined;
}

function mac(bytes: Buffer, key: KeyObject, programId: string, uncredited?: Uncredited): Buffer {
  return createHmac('sha256', key)
    .update(bytes.subarray(0, LAYOUT.mac))
    .update(uncredited === undefined ? programId : `${programId}#${uncredited}`)
    .digest()
    .subarray(0, LAYOUT.end - LAYOUT.mac);
}

function factsOf(bytes: Buffer): ClickFacts {
  const link = readBase32(bytes, LAYOUT.link, LAYOUT.partner, LINK_CODE_LENGTH);
  return {
    brandId: brandOfLink(link),
    link,
    partnerId: `${PREFIXES.partner}_${readBase32(bytes, LAYOUT.partner, LAYOUT.time, PARTNER_LENGTH)}`,
    at: instant(bytes.readUIntBE(LAYOUT.time, LAYOUT.visitor - LAYOUT.time)),
    visitor: bytes.toString('base64url', LAYOUT.visitor, LAYOUT.nonce),
    nonce: bytes.toString('hex', LAYOUT.nonce, LAYOUT.mac),
  };
}

function writeBase32(bytes: Buffer, text: string, from: number, to: number): void {
  const value = fromBase32(text);
  if (value === undefined) throw new Error(`"${text}" is not an id`);
  bytes.write(value.toString(16).padStart((to - from) * 2, '0'), from, 'hex');
}

function readBase32(bytes: Buffer, from: number, to: number, length: number): string {
  return toBase32(BigInt(`0x${bytes.toString('hex', from, to)}`), length);
}
