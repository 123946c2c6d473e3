import type { LeanCall } from '../aws/lean-client.ts';
import type { ApiKey } from '../programs/api-key.ts';
import type { Role } from '../routes.ts';

/** Whom a key lets in, and until when. */
export type KeyHolder = Pick<
  ApiKey,
  'keyId' | 'person' | 'role' | 'programId' | 'partnerId' | 'signingSecret' | 'expiresOn' | 'revokedFrom'
>;

type Attributes = Readonly<Record<string, { readonly S?: string } | undefined>>;

/**
 * Reads a key for the authorizer: the row that `api-keys.ts` writes, without the document client, since every call to the API waits for
 * this function to start. One read unit, consistent: a key that was just made or revoked is seen as it is.
 */
export async function lookUpKey(
  call: LeanCall,
  table: string,
  { brandId, hash }: Pick<ApiKey, 'brandId' | 'hash'>,
  deadlineMs: number,
): Promise<KeyHolder | undefined> {
  const Key = { pk: { S: `${brandId}#KEYS` }, sk: { S: hash } };
  const input = { TableName: table, Key, ConsistentRead: true };
  const { Item } = (await call('GetItem', input, deadlineMs)) as { Item?: Attributes };
  if (!Item) return undefined;
  const text = (name: string): string => {
    const value = Item[name]?.S;
    if (value === undefined) throw new Error(`key ${Item.keyId?.S} has no ${name}`);
    return value;
  };
  return {
    keyId: text('keyId'),
    person: text('person'),
    role: text('role') as Role,
    programId: Item.programId?.S,
    partnerId: Item.partnerId?.S,
    signingSecret: Item.signingSecret?.S,
    expiresOn: Item.expiresOn?.S,
    revokedFrom: Item.revokedFrom?.S,
  };
}
