import { createHmac, timingSafeEqual } from 'node:crypto';
import { DAY_MS } from '../time.ts';

/**
 * Signed requests by the Standard Webhooks scheme: `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`, which
 * holds `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`, several of them parted by blanks while a secret is changed.
 */
export const SIGNING_PREFIX = 'whsec_';
/** A signature is good for this long before and after its timestamp. */
export const TOLERANCE_MS = 5 * 60_000;
/** Ids are remembered for this long: a sender that tries again keeps the id and signs with a new timestamp. */
export const REMEMBERED_MS = DAY_MS;

export const mintSigningSecret = (random: Uint8Array): string =>
  SIGNING_PREFIX + Buffer.from(random).toString('base64');

export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}
export type Verdict =
  | { readonly verdict: 'good'; readonly signed: Signed }
  | { readonly verdict: 'unsigned' | 'malformed' | 'stale' | 'wrong'; readonly header: string };

type Headers = Readonly<Record<string, string | undefined>>;

/** The signature's own value, without its version. */
export function signatureOf(secret: string, { id, timestamp }: Signed, body: string | Uint8Array): string {
  const key = Buffer.from(secret.slice(SIGNING_PREFIX.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

/** Whether a request is signed with the secret, now. Header names are in lower case. */
export function verdictOn(secret: string, headers: Headers, body: string | Uint8Array, atMs: number): Verdict {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  const absent = names.find((name) => !headers[name]);
  if (absent) return { verdict: 'unsigned', header: absent };
  const [id, time, signatures] = names.map((name) => headers[name]!) as [string, string, string];
  if (!/^[!-~]{1,200}$/.test(id) || id.includes('#')) return { verdict: 'malformed', header: 'webhook-id' };
  if (!/^\d{1,12}$/.test(time)) return { verdict: 'malformed', header: 'webhook-timestamp' };
  const signed = { id, timestamp: Number(time) };
  if (Math.abs(atMs - signed.timestamp * 1000) > TOLERANCE_MS) return { verdict: 'stale', header: 'webhook-timestamp' };
  const right = Buffer.from(signatureOf(secret, signed, body));
  const good = signatures.split(' ').some((one) => {
    const given = Buffer.from(one.startsWith('v1,') ? one.slice(3) : '');
    return given.length === right.length && timingSafeEqual(given, right);
  });
  return good ? { verdict: 'good', signed } : { verdict: 'wrong', header: 'webhook-signature' };
}
