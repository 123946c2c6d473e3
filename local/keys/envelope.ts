import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Entropy } from '../../lib/entropy.ts';

/**
 * What a ciphertext looks like: version, length of the key id, key id, nonce, tag, bytes.
 * The encryption context is authenticated, not stored, so the same pairs must be given to open it.
 */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export type EncryptionContext = Readonly<Record<string, string>>;

export function seal(
  key: { readonly id: string; readonly material: Uint8Array },
  plaintext: Uint8Array,
  context: EncryptionContext,
  entropy: Entropy,
): Buffer {
  const nonce = entropy(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.material, nonce);
  cipher.setAAD(canonical(context));
  const bytes = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const id = Buffer.from(key.id);
  return Buffer.concat([Buffer.from([VERSION, id.length]), id, nonce, cipher.getAuthTag(), bytes]);
}

/** Which key sealed it; nothing when the bytes are no ciphertext of ours. */
export function sealedBy(ciphertext: Uint8Array): string | undefined {
  const [version, idLength] = ciphertext;
  if (version !== VERSION || idLength === undefined) return undefined;
  if (ciphertext.length < 2 + idLength + NONCE_BYTES + TAG_BYTES) return undefined;
  return Buffer.from(ciphertext.subarray(2, 2 + idLength)).toString();
}

/** The plaintext; nothing when a byte or the context differs from what was sealed. */
export function open(material: Uint8Array, ciphertext: Uint8Array, context: EncryptionContext): Buffer | undefined {
  const start = 2 + (ciphertext[1] ?? 0);
  const nonce = ciphertext.subarray(start, start + NONCE_BYTES);
  const tag = ciphertext.subarray(start + NONCE_BYTES, start + NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', material, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(canonical(context));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(start + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** The same pairs in any order are the same context. */
function canonical(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
