import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../time.ts';
import type { Write } from './transaction.ts';

/**
 * Tax forms in the vault, every version for good.
 *
 * | access pattern                   | index | key                                          |
 * | -------------------------------- | ----- | -------------------------------------------- |
 * | a version of a partner's form    | table | `<brand>#<partner>` / `TAX#<version, 6 digits>` |
 * | a version of the payer's profile | table | `<brand>#FILER` / `TAX#<version, 6 digits>`     |
 * | the brand's taxpayer key         | table | `<brand>#TAXPAYERS` / `TAX#000001`, see `taxpayer-keys.ts` |
 *
 * Every leaf of the form is a KMS ciphertext of its own, under a context that names brand, partner, version and field. The version is in
 * the context as `taxForm`, which no bank detail has: policies tell the two apart by it.
 */
interface Row {
  readonly fields: Readonly<Record<string, string>>;
}

interface Place {
  readonly brandId: string;
  readonly partnerId: string;
  readonly version: number;
}

/** For the functions that take forms in; they can encrypt and never read. */
export const taxVaultWriter = (kms: KMSClient, table: string, keyArn: string) => ({
  /** The form as a write for the transaction that names it; fails when the version is there. */
  async formWrite(place: Place, form: object, at: Instant): Promise<Write> {
    const sealed = leaves(form).map(async ([field, value]) => {
      const Plaintext = Buffer.from(value, 'utf8');
      const input = { KeyId: keyArn, Plaintext, EncryptionContext: contextOf(place, field) };
      const { CiphertextBlob } = await kms.send(new EncryptCommand(input));
      return [field, Buffer.from(CiphertextBlob!).toString('base64')] as const;
    });
    const Item = { ...keyOf(place), fields: Object.fromEntries(await Promise.all(sealed)), receivedAt: at };
    return { Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  },
});

/** For jobs that write files for the IRS. */
export const taxVaultReader = (client: DynamoDBDocumentClient, table: string, kms: KMSClient) => ({
  /** The named leaves of a form, by their path (`tin.number`); those it does not have are left out, and nothing else is opened. */
  async read(place: Place, fields: readonly string[]): Promise<Readonly<Record<string, string>> | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(place), ConsistentRead: true }));
    if (!Item) return undefined;
    const there = fields.filter((field) => (Item as Row).fields[field] !== undefined);
    const opened = there.map(async (field) => {
      const CiphertextBlob = Buffer.from((Item as Row).fields[field]!, 'base64');
      const EncryptionContext = contextOf(place, field);
      const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      return [field, Buffer.from(Plaintext!).toString('utf8')] as const;
    });
    return Object.fromEntries(await Promise.all(opened));
  },
});

const keyOf = ({ brandId, partnerId, version }: Place) => ({
  pk: `${brandId}#${partnerId}`,
  sk: `TAX#${String(version).padStart(6, '0')}`,
});

const contextOf = ({ brandId, partnerId, version }: Place, field: string) => ({
  brandId,
  partnerId,
  field,
  taxForm: String(version),
});

/** Every value of the form with its path, e.g. `address.city`. */
function leaves(value: object, path = ''): [string, string][] {
  return Object.entries(value).flatMap(([name, inner]): [string, string][] => {
    if (inner === undefined) return [];
    return typeof inner === 'object' ? leaves(inner, `${path}${name}.`) : [[`${path}${name}`, String(inner)]];
  });
}
