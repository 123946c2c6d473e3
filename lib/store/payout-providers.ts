import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ProviderAccount, ProviderName } from '../payouts/rails/provider.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { writeTogether } from './transaction.ts';

/**
 * A brand's accounts at payment providers, one for each.
 *
 * | access pattern        | index | key                              |
 * | --------------------- | ----- | -------------------------------- |
 * | a brand's accounts    | table | `<brand>#PROVIDERS` / provider   |
 *
 * The secret is a KMS ciphertext under a context that names brand and provider: copied to another row it does not open, and a function whose
 * policy asks for `provider` opens nothing else that the vault's key sealed.
 */
type Row = ProviderAccount & { readonly pk: string; readonly sk: string; readonly sealed: string };

const partition = (brandId: string) => `${brandId}#PROVIDERS`;
const contextOf = ({ brandId, provider }: Pick<ProviderAccount, 'brandId' | 'provider'>) => ({ brandId, provider });
const toAccount = ({ brandId, provider, server, account, changedAt }: Row): ProviderAccount => ({
  brandId,
  provider,
  server,
  account,
  changedAt,
});

/** For functions that need to know which accounts there are, not their secrets. */
export const payoutProviders = (client: DynamoDBDocumentClient, table: string) => ({
  async list(brandId: string): Promise<ProviderAccount[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition(brandId) },
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => toAccount(item as Row));
  },
});

/** For the function that takes accounts in; it can seal their secrets and never read one. */
export function providerWriter(client: DynamoDBDocumentClient, table: string, kms: KMSClient, keyArn: string) {
  const audit = auditLog(client, table);
  return {
    /** Stores an account in place of an earlier one at the same provider. */
    async set(account: ProviderAccount, secret: string, entry: AuditEntry): Promise<void> {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({
          KeyId: keyArn,
          Plaintext: Buffer.from(secret, 'utf8'),
          EncryptionContext: contextOf(account),
        }),
      );
      const sealed = Buffer.from(CiphertextBlob!).toString('base64');
      const Item = { ...account, sealed, pk: partition(account.brandId), sk: account.provider };
      await writeTogether(client, [{ Put: { TableName: table, Item } }, audit.write(entry)]);
    },

    async remove(brandId: string, provider: ProviderName, entry: AuditEntry): Promise<boolean> {
      const Key = { pk: partition(brandId), sk: provider };
      const Delete = { TableName: table, Key, ConditionExpression: 'attribute_exists(pk)' };
      return (await writeTogether(client, [{ Delete }, audit.write(entry)])).written;
    },
  };
}

/** For the function that pays; the only one that can open the secrets. */
export const providerOpener = (client: DynamoDBDocumentClient, table: string, kms: KMSClient) => ({
  async open(
    brandId: string,
    provider: ProviderName,
  ): Promise<{ account: ProviderAccount; secret: string } | undefined> {
    const Key = { pk: partition(brandId), sk: provider };
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    if (!Item) return undefined;
    const row = Item as Row;
    const CiphertextBlob = Buffer.from(row.sealed, 'base64');
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: contextOf(row) }));
    return { account: toAccount(row), secret: Buffer.from(Plaintext!).toString('utf8') };
  },
});
