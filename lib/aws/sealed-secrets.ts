import type { LeanCall } from './lean-client.ts';

const DEADLINE_MS = 2_000;
/** Says what is sealed; the policies of the functions name it, so that who may open this can open nothing of the vault. */
const FIELD = 'signing-secret';
const contextOf = (brandId: string, keyId: string) => ({ brandId, keyId, field: FIELD });

/** Seals the signing secrets of API keys under the vault's KMS key; gives no way back. */
export const secretSealer = (kms: LeanCall, keyArn: string) => ({
  /** The secret as a ciphertext in base64 that opens only as this key's. */
  async seal(brandId: string, keyId: string, secret: string): Promise<string> {
    const Plaintext = Buffer.from(secret).toString('base64');
    const input = { KeyId: keyArn, Plaintext, EncryptionContext: contextOf(brandId, keyId) };
    return ((await kms('Encrypt', input, DEADLINE_MS)) as { CiphertextBlob: string }).CiphertextBlob;
  },
});

const MOST_OPENED = 1_000;

/** Opens them; what was opened is remembered, so that a busy key costs one call an environment. */
export function secretOpener(kms: LeanCall) {
  const opened = new Map<string, string>();
  return {
    async open(brandId: string, keyId: string, ciphertext: string): Promise<string> {
      const name = `${brandId}#${keyId}#${ciphertext}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const input = { CiphertextBlob: ciphertext, EncryptionContext: contextOf(brandId, keyId) };
      const { Plaintext } = (await kms('Decrypt', input, DEADLINE_MS)) as { Plaintext: string };
      const secret = Buffer.from(Plaintext, 'base64').toString('utf8');
      if (opened.size >= MOST_OPENED) opened.clear();
      opened.set(name, secret);
      return secret;
    },
  };
}
export type SecretOpener = ReturnType<typeof secretOpener>;
