import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { Index } from '../names.ts';
import type { Instant } from '../time.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { asPut, type Write } from './transaction.ts';

/**
 * | access pattern               | index   | key                                          |
 * | ---------------------------- | ------- | -------------------------------------------- |
 * | what changed in a brand      | table   | `<brand>#AUDIT` / audit id (sorts by time)   |
 * | what changed about one thing | partner | `<brand>#AUDIT#<target>` / audit id          |
 *
 * Entries are written once, in the transaction of the change they tell of wherever that is one, and never changed.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'audit', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        auditId: { type: 'string', required: true },
        at: { type: 'string', required: true },
        person: { type: 'string', required: true },
        keyId: { type: 'string', required: true },
        action: { type: 'string', required: true },
        target: { type: 'string', required: true },
        before: { type: 'any' },
        after: { type: 'any' },
        why: { type: 'string' },
      },
      indexes: {
        ofBrand: { pk: key('pk', ['brandId'], '{brandId}#AUDIT'), sk: key('sk', ['auditId'], '{auditId}') },
        ofTarget: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'target'], '{brandId}#AUDIT#{target}'),
          sk: key('gsi1sk', ['auditId'], '{auditId}'),
        },
      },
    } as const,
    { client, table },
  );

export interface AuditEntry {
  readonly auditId: string;
  readonly brandId: string;
  readonly at: Instant;
  /** E-mail of the person whose key it was, and the key. */
  readonly person: string;
  readonly keyId: string;
  /** Id of the route: `updatePartner`. */
  readonly action: string;
  /** Path of what was changed: `ptr_…`, `prg_…/plans/3`. */
  readonly target: string;
  /** The fields that changed, as they were and as they are; absent where there was nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly why?: string | undefined;
}

export function auditLog(client: DynamoDBDocumentClient, table: string) {
  const entries = entity(client, table);
  return {
    /** The entry as a write of somebody's transaction; fails its condition when this very change was written before. */
    write: (entry: AuditEntry): Write => asPut(entries.create(entry).params()),

    /** Writes an entry alone, for changes outside our tables. Written before: nothing happens. */
    async record(entry: AuditEntry): Promise<void> {
      await entries.put(entry).go();
    },

    async get(brandId: string, auditId: string): Promise<AuditEntry | undefined> {
      return (await entries.get({ brandId, auditId }).go({ consistent: true })).data ?? undefined;
    },

    /** The entries of a brand, or of one thing of it. */
    async list(brandId: string, target: string | undefined, request: PageRequest): Promise<Page<AuditEntry>> {
      const query =
        target === undefined ? entries.query.ofBrand({ brandId }) : entries.query.ofTarget({ brandId, target });
      const keyAt = (auditId: string) => ({
        pk: `${brandId}#AUDIT`,
        sk: auditId,
        ...(target !== undefined && { gsi1pk: `${brandId}#AUDIT#${target}`, gsi1sk: auditId }),
      });
      return readPage<AuditEntry>(query, request, keyAt, (entry) => entry.auditId);
    },
  };
}
