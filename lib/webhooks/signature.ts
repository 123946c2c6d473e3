import { createHmac } from 'node:crypto';

/** Prefix of a signing secret, by which secret scanners know it. */
const PREFIX = 'whsec_';

/** A signing secret from 32 random bytes, as the Standard Webhooks specification spells it. */
export const secretOf = (random: Uint8Array): string => PREFIX + Buffer.from(random).toString('base64');

/** What is signed and sent. */
export interface Signed {
  /** The event's id: the same at every attempt. */
  readonly id: string;
  /** Seconds since 1970 of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of a signed request, as in the Standard Webhooks specification 1.0. While a secret is being replaced the request carries a
 * signature by each, and a receiver that knows either one takes it.
 */
export function signedHeaders(
  { id, timestamp, body }: Signed,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}
