import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { brandOfLink } from '../ids.ts';
import { Index } from '../names.ts';
import type { Link } from '../tracking/link.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, carriedOut, writeTogether } from './transaction.ts';

/**
 * | access pattern         | index   | key                                                      |
 * | ---------------------- | ------- | -------------------------------------------------------- |
 * | a link (every click)   | table   | `<brand>#LINK#<code>` / `#`                              |
 * | a partner's links      | partner | `<brand>#PARTNER#<partner>` / `LINK#<program>#<code>`    |
 *
 * Each link has a partition of its own: the most clicked one shares its throughput with nothing.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'link', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        code: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        destinationUrl: { type: 'string', required: true },
        clickParameter: { type: 'string', required: true },
        name: { type: 'string' },
        capped: { type: 'boolean' },
        cappedUntil: { type: 'string' },
        status: { type: ['active', 'paused'] as const, required: true },
        createdAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId', 'code'], '{brandId}#LINK#{code}'), sk: key('sk', [], '#') },
        ofPartner: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'partnerId'], '{brandId}#PARTNER#{partnerId}'),
          sk: key('gsi1sk', ['programId', 'code'], 'LINK#{programId}#{code}'),
        },
      },
    } as const,
    { client, table },
  );

export type StoredLink = Revised<Link>;

export function links(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const get = async (code: string): Promise<StoredLink | undefined> => {
    const { data } = await rows.get({ brandId: brandOfLink(code), code }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    /** Writes a link, unless its code is taken. */
    async create(link: Link, entry: AuditEntry): Promise<'created' | 'code-taken'> {
      const put = asPut(rows.create({ ...link, revision: 1 }).params());
      return carriedOut(await writeTogether(client, [put, audit.write(entry)]), 1) ? 'created' : 'code-taken';
    },

    /** The link with this code; the code says whose it is. */
    get,

    /** The links with these codes, of one brand, by code; unknown codes are left out. */
    async many(brandId: string, codes: readonly string[]): Promise<Map<string, StoredLink>> {
      const wanted = [...new Set(codes)].map((code) => ({ brandId, code }));
      const found = await readMany(wanted, (keys) => rows.get(keys).go({ consistent: true }));
      return new Map(found.map((link) => [link.code, link]));
    },

    /** A partner's links, of all programs or of one, by program and code. */
    async ofPartner(
      brandId: string,
      partnerId: string,
      { programId, ...request }: PageRequest & { readonly programId?: string | undefined } = {},
    ): Promise<Page<StoredLink>> {
      const query = rows.query
        .ofPartner({ brandId, partnerId })
        .begins(programId === undefined ? { programId: '' } : { programId });
      const keyAt = (position: string) => {
        const code = position.split('#')[1] ?? '';
        return {
          pk: `${brandId}#LINK#${code}`,
          sk: '#',
          gsi1pk: `${brandId}#PARTNER#${partnerId}`,
          gsi1sk: `LINK#${position}`,
        };
      };
      return readPage<StoredLink>(query, request, keyAt, (link) => `${link.programId}#${link.code}`);
    },

    /** Changes a link by `to`, together with the audit entry. */
    update: (
      code: string,
      to: (link: StoredLink) => Link,
      entry: (before: Partial<Link>, after: Partial<Link>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Link>> =>
      revise<Link>(client, {
        read: () => get(code),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before)],
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
