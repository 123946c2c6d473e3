import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import type { ApiKey } from '../programs/api-key.ts';
import { ROLES } from '../routes.ts';
import type { Instant } from '../time.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, type Write, writeTogether } from './transaction.ts';

/**
 * | access pattern                | index | key                                            |
 * | ----------------------------- | ----- | ---------------------------------------------- |
 * | the key with a secret         | table | `<brand>#KEYS` / SHA-256 of the secret (`key-lookup.ts`) |
 * | a brand's keys                | table | `<brand>#KEYS`                                 |
 *
 * A brand has few keys, so the list is read whole. Finding a secret is an exact lookup of its hash: nothing is compared character by
 * character, and the hash in a leaked table opens nothing.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'apiKey', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        hash: { type: 'string', required: true },
        keyId: { type: 'string', required: true },
        name: { type: 'string', required: true },
        person: { type: 'string', required: true },
        role: { type: ROLES, required: true },
        programId: { type: 'string' },
        partnerId: { type: 'string' },
        signingSecret: { type: 'string' },
        lastFour: { type: 'string', required: true },
        createdAt: { type: 'string', required: true },
        createdBy: { type: 'string', required: true },
        expiresOn: { type: 'string' },
        revokedFrom: { type: 'string' },
        revision: { type: 'number', required: true },
      },
      indexes: { one: { pk: key('pk', ['brandId'], '{brandId}#KEYS'), sk: key('sk', ['hash'], '{hash}') } },
    } as const,
    { client, table },
  );

export function apiKeys(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const list = async (brandId: string): Promise<Revised<ApiKey>[]> => {
    const { data } = await rows.query.one({ brandId }).go({ pages: 'all', consistent: true });
    return data.sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  };

  return {
    /** The key as a write of a transaction. */
    createWrite: (apiKey: ApiKey): Write => asPut(rows.create({ ...apiKey, revision: 1 }).params()),

    /** Stores a key; `false` when this very request stored one before. */
    async create(apiKey: ApiKey, entry: AuditEntry): Promise<boolean> {
      const put = asPut(rows.create({ ...apiKey, revision: 1 }).params());
      return (await writeTogether(client, [put, audit.write(entry)])).written;
    },

    /** All keys of a brand, oldest first. */
    list,

    /** Ends a key from an instant on. */
    async revoke(
      brandId: string,
      keyId: string,
      revokedFrom: Instant,
      entry: (before: Partial<ApiKey>, after: Partial<ApiKey>) => AuditEntry,
    ): Promise<Revision<ApiKey>> {
      return revise<ApiKey>(client, {
        read: async () => (await list(brandId)).find((row) => row.keyId === keyId),
        to: (row) => ({ ...row, revokedFrom }),
        writes: (before, after) => [replaces(rows.put(after).params(), before)],
        entry,
        auditWrite: audit.write,
      });
    },
  };
}
