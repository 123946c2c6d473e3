import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { PayoutDetails } from '../partners/provider-details.ts';
import type { Instant } from '../time.ts';
import type { Write } from './transaction.ts';

/**
 * | access pattern             | index | key                              |
 * | -------------------------- | ----- | -------------------------------- |
 * | a partner's payout details | table | `<brand>#<partner>` / `BANK`     |
 *
 * Every field is a KMS ciphertext of its own, under an encryption context that names brand, partner and field: a ciphertext copied to
 * another row or another field does not open, and the key's use is logged with whose detail it was. Bare commands: two keys, no index.
 */
interface Row {
  readonly fields: Readonly<Record<string, string>>;
}

export interface Vault {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly kms: KMSClient;
}

/** For the function that takes details in; it can encrypt and never read. */
export function vaultWriter({ kms, table, keyArn }: Pick<Vault, 'kms' | 'table'> & { readonly keyArn: string }) {
  return {
    /** Encrypts payout details, as a write for the transaction that names the payout method. */
    async detailsWrite(brandId: string, partnerId: string, details: object, at: Instant): Promise<Write> {
      const sealed = Object.entries(details).map(async ([field, value]) => {
        const Plaintext = Buffer.from(String(value), 'utf8');
        const EncryptionContext = contextOf(brandId, partnerId, field);
        const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext, EncryptionContext }));
        return [field, Buffer.from(CiphertextBlob!).toString('base64')] as const;
      });
      const fields = Object.fromEntries(await Promise.all(sealed));
      return { Put: { TableName: table, Item: { ...keyOf(brandId, partnerId), fields, changedAt: at } } };
    },

    /** Empties the row when a partner is paid another way: a put, since the function that writes may not delete. */
    forgetWrite: (brandId: string, partnerId: string, at: Instant): Write => ({
      Put: { TableName: table, Item: { ...keyOf(brandId, partnerId), fields: {}, changedAt: at } },
    }),
  };
}

/** For the function that writes payment files; the only one that can decrypt. */
export function vaultReader({ client, table, kms }: Vault) {
  return {
    /** A partner's payout details; nothing when none are stored. */
    async readDetails(brandId: string, partnerId: string): Promise<PayoutDetails | undefined> {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: keyOf(brandId, partnerId), ConsistentRead: true }),
      );
      const sealed = Object.entries((Item as Row | undefined)?.fields ?? {});
      if (sealed.length === 0) return undefined;
      const opened = sealed.map(async ([field, ciphertext]) => {
        const CiphertextBlob = Buffer.from(ciphertext, 'base64');
        const EncryptionContext = contextOf(brandId, partnerId, field);
        const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
        return [field, Buffer.from(Plaintext!).toString('utf8')] as const;
      });
      return PayoutDetails.parse(Object.fromEntries(await Promise.all(opened)));
    },
  };
}

const keyOf = (brandId: string, partnerId: string) => ({ pk: `${brandId}#${partnerId}`, sk: 'BANK' });
const contextOf = (brandId: string, partnerId: string, field: string) => ({ brandId, partnerId, field });
