import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { PARTNER_TYPES, type Partner, type PayoutMethod } from '../partners/partner.ts';
import type { TaxFormOnFile } from '../tax/form-on-file.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, type Write, writeTogether } from './transaction.ts';

/**
 * | access pattern                  | index | key                                                      |
 * | ------------------------------- | ----- | -------------------------------------------------------- |
 * | a partner; several by id        | table | `<brand>#PARTNERS` / partner id                          |
 * | a brand's partners              | table | `<brand>#PARTNERS` (by time of making)                   |
 * | the partner with an e-mail      | table | `<brand>#PARTNER-EMAIL#<address in lower case>` / `#`    |
 *
 * An address names one partner of a brand: mail and later the portal's sign-in go by it, and two partners on one address are how one
 * person earns twice. The guard row is written with the partner and makes it so.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'partner', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        name: { type: 'string', required: true },
        email: { type: 'string', required: true },
        type: { type: PARTNER_TYPES, required: true },
        country: { type: 'string' },
        taxFormOnFile: { type: 'boolean', required: true },
        taxForm: { type: CustomAttributeType<TaxFormOnFile>('any') },
        manager: { type: 'string' },
        payoutMethod: { type: CustomAttributeType<PayoutMethod>('any') },
        createdAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId'], '{brandId}#PARTNERS'), sk: key('sk', ['partnerId'], '{partnerId}') },
      },
    } as const,
    { client, table },
  );

const addressEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'partnerAddress', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        address: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId', 'address'], '{brandId}#PARTNER-EMAIL#{address}'), sk: key('sk', [], '#') },
      },
    } as const,
    { client, table },
  );

export type StoredPartner = Revised<Partner & { readonly brandId: string }>;

const addressOf = (email: string) => email.toLowerCase();

export function partners(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const addresses = addressEntity(client, table);
  const audit = auditLog(client, table);

  const get = async (brandId: string, partnerId: string): Promise<StoredPartner | undefined> => {
    const { data } = await rows.get({ brandId, partnerId }).go({ consistent: true });
    return data ?? undefined;
  };

  const withEmail = async (brandId: string, email: string): Promise<StoredPartner | undefined> => {
    const { data } = await addresses.get({ brandId, address: addressOf(email) }).go({ consistent: true });
    return data ? get(brandId, data.partnerId) : undefined;
  };

  /** What a change of address needs beside the row: the new one taken, the old one free again. */
  const moveAddress = (before: StoredPartner, after: StoredPartner): Write[] => {
    const { brandId, partnerId } = before;
    const [from, to] = [addressOf(before.email), addressOf(after.email)];
    if (from === to) return [];
    const { Key, TableName } = addresses.delete({ brandId, address: from }).params() as {
      Key: Record<string, unknown>;
      TableName: string;
    };
    return [asPut(addresses.create({ brandId, address: to, partnerId }).params()), { Delete: { Key, TableName } }];
  };

  return {
    /** Writes a partner; `email-taken` names who has the address, `already-there` is a repeat of this very request. */
    async create(
      brandId: string,
      partner: Partner,
      entry: AuditEntry,
    ): Promise<
      { readonly outcome: 'created' | 'already-there' } | { readonly outcome: 'email-taken'; readonly by: string }
    > {
      const { partnerId } = partner;
      const outcome = await writeTogether(client, [
        asPut(rows.create({ ...partner, brandId, revision: 1 }).params()),
        asPut(addresses.create({ brandId, address: addressOf(partner.email), partnerId }).params()),
        audit.write(entry),
      ]);
      if (outcome.written) return { outcome: 'created' };
      const holder = await withEmail(brandId, partner.email);
      return !holder || holder.partnerId === partnerId
        ? { outcome: 'already-there' }
        : { outcome: 'email-taken', by: holder.partnerId };
    },

    get,
    withEmail,

    async list(brandId: string, request: PageRequest = {}): Promise<Page<StoredPartner>> {
      const keyAt = (partnerId: string) => ({ pk: `${brandId}#PARTNERS`, sk: partnerId });
      return readPage<StoredPartner>(rows.query.one({ brandId }), request, keyAt, (partner) => partner.partnerId);
    },

    /** The partners with these ids, by id; unknown ids are left out. */
    async many(brandId: string, partnerIds: readonly string[]): Promise<Map<string, StoredPartner>> {
      const wanted = [...new Set(partnerIds)].map((partnerId) => ({ brandId, partnerId }));
      const found = await readMany(wanted, (keys) => rows.get(keys).go({ consistent: true }));
      return new Map(found.map((partner) => [partner.partnerId, partner]));
    },

    /** Changes a partner by `to`, together with the audit entry and `also` (the vault's row of a new payout method). */
    async update(
      brandId: string,
      partnerId: string,
      to: (partner: StoredPartner) => Partner & { readonly brandId: string },
      entry: (before: Partial<Partner>, after: Partial<Partner>) => AuditEntry,
      { expected, also = [] }: { readonly expected?: number | undefined; readonly also?: readonly Write[] } = {},
    ): Promise<
      Revision<Partner & { readonly brandId: string }> | { readonly outcome: 'email-taken'; readonly by: string }
    > {
      return revise(client, {
        read: () => get(brandId, partnerId),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before), ...moveAddress(before, after), ...also],
        entry,
        auditWrite: audit.write,
        expected,
        blocked: async ({ email }) => {
          const holder = await withEmail(brandId, email);
          return holder && holder.partnerId !== partnerId
            ? { outcome: 'email-taken' as const, by: holder.partnerId }
            : undefined;
        },
      });
    },
  };
}
export type PartnerStore = ReturnType<typeof partners>;
