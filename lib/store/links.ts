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
import { asPut, carriedOut, type Write, writeTogether } from './transaction.ts';

/**
 * | access pattern         | index   | key                                                      |
 * | ---------------------- | ------- | -------------------------------------------------------- |
 * | a link (every click)   | table   | `<brand>#LINK#<code>` / `#`                              |
 * | a partner's links      | partner | `<brand>#PARTNER#<partner>` / `LINK#<program>#<code>`    |
 * | a link by its slug     | table   | `<brand>#SLUG#<slug>` / `#`                              |
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
        slug: { type: 'string' },
        endsAt: { type: 'string' },
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

/** What a slug leads to: a copy of what a click needs of its link, so that it is found in one read. Changed with the link, in one transaction. */
const slugEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'slug', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        slug: { type: 'string', required: true },
        code: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        destinationUrl: { type: 'string', required: true },
        clickParameter: { type: 'string', required: true },
        endsAt: { type: 'string' },
        capped: { type: 'boolean' },
        cappedUntil: { type: 'string' },
        status: { type: ['active', 'paused'] as const, required: true },
      },
      indexes: { one: { pk: key('pk', ['brandId', 'slug'], '{brandId}#SLUG#{slug}'), sk: key('sk', [], '#') } },
    } as const,
    { client, table },
  );

const targetOf = ({ name: _, createdAt: __, slug, ...target }: Link) => ({ ...target, slug: slug! });

export type StoredLink = Revised<Link>;

export function links(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const slugs = slugEntity(client, table);
  const audit = auditLog(client, table);

  /** What a change needs beside the row: the slug’s copy as the link shall be, an older slug free again. */
  const slugWrites = (before: Link, { revision: _, ...after }: StoredLink): Write[] => {
    const writes: Write[] = [];
    if (after.slug !== undefined) {
      const row = targetOf(after);
      if (before.slug === after.slug)
        writes.push(
          asPut(
            slugs
              .put(row)
              .where(({ code }, { eq }) => eq(code, after.code))
              .params(),
          ),
        );
      else writes.push(asPut(slugs.create(row).params()));
    }
    if (before.slug !== undefined && before.slug !== after.slug) {
      const params = slugs.delete({ brandId: before.brandId, slug: before.slug }).params();
      const { Key, TableName } = params as { Key: Record<string, unknown>; TableName: string };
      writes.push({ Delete: { Key, TableName } });
    }
    return writes;
  };

  const slugTaken = async ({ brandId, slug, code }: StoredLink) => {
    if (slug === undefined) return undefined;
    const { data } = await slugs.get({ brandId, slug }).go({ consistent: true });
    return data && data.code !== code ? ({ outcome: 'slug-taken' } as const) : undefined;
  };

  const get = async (code: string): Promise<StoredLink | undefined> => {
    const { data } = await rows.get({ brandId: brandOfLink(code), code }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    /** Writes a link, unless its code or its slug is taken. */
    async create(link: Link, entry: AuditEntry): Promise<'created' | 'code-taken' | 'slug-taken'> {
      const put = asPut(rows.create({ ...link, revision: 1 }).params());
      const slug = link.slug === undefined ? [] : [asPut(slugs.create(targetOf(link)).params())];
      const outcome = await writeTogether(client, [put, audit.write(entry), ...slug]);
      if (carriedOut(outcome, 1)) return 'created';
      return !outcome.written && outcome.failed.includes(0) ? 'code-taken' : 'slug-taken';
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
    ): Promise<Revision<Link> | { readonly outcome: 'slug-taken' }> =>
      revise<Link, { readonly outcome: 'slug-taken' }>(client, {
        read: () => get(code),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before), ...slugWrites(before, after)],
        blocked: slugTaken,
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
