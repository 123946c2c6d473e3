import { createHash } from 'node:crypto';
import * as z from 'zod';
import { idPattern, PREFIXES } from '../ids.ts';
import { ROLES, type Role } from '../routes.ts';
import type { Instant } from '../time.ts';
import { InstantField, NameField } from './program.ts';

export const ApiKeyId = z.string().regex(idPattern('apiKey'), 'must be a key id such as key_01h…');

/** A key is made for a person: what is done with it is audited in their name. */
export const NewApiKey = z.strictObject({
  name: NameField.meta({ description: 'What the key is for: `shop webhook`' }),
  person: z
    .email('must be an e-mail address')
    .max(254)
    .meta({ description: 'Whose key it is; named in audit entries' }),
  role: z.enum(ROLES),
  expiresAt: InstantField.optional().meta({ description: 'First instant at which it is no longer accepted' }),
});
export type NewApiKey = z.infer<typeof NewApiKey>;

/** A key as stored: its secret only as a hash. */
export interface ApiKey {
  readonly brandId: string;
  readonly keyId: string;
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
  readonly name: string;
  readonly person: string;
  readonly role: Role;
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
