import { createHash } from 'node:crypto';
import { PREFIXES } from '../ids.ts';
import type { Role } from '../routes.ts';
import type { Instant } from '../time.ts';

/** A key as stored: its secret only as a hash. */
export interface ApiKey {
  readonly brandId: string;
  readonly keyId: string;
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
  readonly name: string;
  readonly person: string;
  readonly role: Role;
  /** The program that a key of the role `postback` reports for. */
  readonly programId?: string | undefined;
  /** The partner that a key of the role `partner` acts for. */
  readonly partnerId?: string | undefined;
  /** Ciphertext of the secret with which it must sign its requests. */
  readonly signingSecret?: string | undefined;
  /** Last four characters of the secret, to tell keys apart. */
  readonly lastFour: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** First instants at which it is no longer accepted. Not named `expiresAt`: that attribute makes the table forget a row. */
  readonly expiresOn?: Instant | undefined;
  readonly revokedFrom?: Instant | undefined;
}

const SECRET = /^trb_([0-9a-hjkmnp-tv-z]{6})_[A-Za-z0-9_-]{43}$/;

/** `trb_<brand's six>_<43 base64url characters>`: whose it is, and 32 random bytes. */
export function mintSecret(brandId: string, random: Uint8Array): string {
  return `trb_${brandId.slice(PREFIXES.brand.length + 1)}_${Buffer.from(random).toString('base64url')}`;
}

/** The brand a secret is of; nothing when it cannot be one of ours, so that it is refused without a read. */
export function brandOfSecret(secret: string): string | undefined {
  const six = SECRET.exec(secret)?.[1];
  return six && `${PREFIXES.brand}_${six}`;
}

/** Fast on purpose: 256 random bits need no stretching. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Whether a key is accepted at an instant. */
export function isAccepted(apiKey: Pick<ApiKey, 'expiresOn' | 'revokedFrom'>, at: Instant): boolean {
  return !(apiKey.expiresOn && apiKey.expiresOn <= at) && !(apiKey.revokedFrom && apiKey.revokedFrom <= at);
}

/** Whether a key is still accepted at an instant and has no end set: it can take over. */
export const outlives = (apiKey: Pick<ApiKey, 'expiresOn' | 'revokedFrom'>, at: Instant): boolean =>
  isAccepted(apiKey, at) && apiKey.revokedFrom === undefined;
