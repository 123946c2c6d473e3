import { hash } from 'node:crypto';
import { VISITOR_BYTES } from './click-id.ts';

/** Cookie of the tracking host, and of nobody else: no `Domain`. */
const COOKIE = 'trb_v';
/** 8 bytes in base64url, one spelling only: the last character carries two padding bits, which must be zero. */
const VALUE = /^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/;

/** The browser's own 8 bytes, known to it and to us; nothing that leaves us contains them. */
export type BrowserToken = string;

/** The browser's token from the cookies of a request (`name=value` each), or nothing when there is none or it is not one of ours. */
export function browserToken(cookies: readonly string[] | undefined): BrowserToken | undefined {
  const value = cookies?.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

/** Lowest bit of a visitor's last byte: set when the visit refused to be joined with others. */
const ALONE = 1;

/**
 * The visitor that a browser is to one program: the start of SHA-256 over token and program.
 *
 * It stands readable in click ids, which brands, their landing pages and shoppers see. So it differs by program, for two brands not to
 * recognise each other's visitors, and does not give the token away, for nobody to put clicks into somebody else's journey by setting
 * the cookie. That makes a signature on the cookie unnecessary: a made-up token is only one more unknown browser.
 *
 * Whether the visit may be joined with others (see {@link allowsJoins}) stands in the visitor itself, one bit of its 64: the click id then
 * carries the refusal wherever it goes, signed, and nothing has to be looked up to honour it.
 */
export function visitorOf(token: BrowserToken, programId: string, joins: 'joins' | 'alone' = 'joins'): string {
  const bytes = hash('sha256', `${token}#${programId}`, 'buffer').subarray(0, VISITOR_BYTES);
  const last = VISITOR_BYTES - 1;
  bytes[last] = joins === 'alone' ? bytes[last]! | ALONE : bytes[last]! & ~ALONE;
  return bytes.toString('base64url');
}

/** Whether a visitor's clicks may be joined with those of another browser by a customer id; not when the visit said `Sec-GPC: 1`. */
export function allowsJoins(visitor: string): boolean {
  return (Buffer.from(visitor, 'base64url')[VISITOR_BYTES - 1]! & ALONE) === 0;
}

/**
 * `Set-Cookie` for a browser. `Lax` sends it with every followed link, from any site, and keeps it out of hidden images and frames, where
 * only cookie stuffing would use it. The path is the only one that reads it.
 */
export function browserCookie(token: BrowserToken, keepDays: number): string {
  return `${COOKIE}=${token}; Max-Age=${keepDays * 86_400}; Path=/c; Secure; HttpOnly; SameSite=Lax`;
}
