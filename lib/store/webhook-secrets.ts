import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';

/**
 * Signing secrets as KMS ciphertexts under a context that names brand and webhook: one copied to another webhook's row does not open,
 * and a function whose policy asks for `webhookId` can open nothing else that the same key encrypted.
 */
interface Whose {
  readonly brandId: string;
  readonly webhookId: string;
}

/** For the function that makes secrets; it can encrypt and never read. */
export const secretSealer = (kms: KMSClient, keyArn: string) => ({
  async seal({ brandId, webhookId }: Whose, secret: string): Promise<string> {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({
        KeyId: keyArn,
        Plaintext: Buffer.from(secret, 'utf8'),
        EncryptionContext: { brandId, webhookId },
      }),
    );
    return Buffer.from(CiphertextBlob!).toString('base64');
  },
});

/** Secrets that one execution environment remembers; a call of KMS for each delivery would cost more than the delivery. */
const MOST_KEPT = 500;

/** For the function that signs; the only one that can decrypt. */
export function secretOpener(kms: KMSClient) {
  const kept = new Map<string, string>();
  return {
    async open({ brandId, webhookId }: Whose, sealed: string): Promise<string> {
      const place = `${brandId} ${webhookId} ${sealed}`;
      const known = kept.get(place);
      if (known !== undefined) return known;
      const { Plaintext } = await kms.send(
        new DecryptCommand({
          CiphertextBlob: Buffer.from(sealed, 'base64'),
          EncryptionContext: { brandId, webhookId },
        }),
      );
      const secret = Buffer.from(Plaintext!).toString('utf8');
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(place, secret);
      return secret;
    },
  };
}
