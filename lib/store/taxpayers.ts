import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { currentFingerprint, type FormFingerprint } from '../tax/taxpayer.ts';
import { key } from './key.ts';
import type { partners, StoredPartner } from './partners.ts';
import { readMany } from './read-many.ts';

/**
 * Which partners of a brand have the same taxpayer number, by a fingerprint that gives no number away (`lib/tax/taxpayer.ts`).
 *
 * | access pattern                           | index | key                                        |
 * | ---------------------------------------- | ----- | ------------------------------------------ |
 * | a partner's fingerprint; all of a brand  | table | `<brand>#TAXPAYERS` / partner              |
 * | partners who ever had a fingerprint      | table | `<brand>#TAXPAYER#<fingerprint>` / partner |
 *
 * No row is removed. Who has a fingerprint now is told by the first row and the form on file, so a row of the second that is out of date
 * does no harm.
 */
const text = { type: 'string', required: true } as const;

const ownEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxpayer', version: '1', service: 'tributary' },
      attributes: {
        brandId: text,
        partnerId: text,
        fingerprint: text,
        formVersion: { type: 'number', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId'], '{brandId}#TAXPAYERS'), sk: key('sk', ['partnerId'], '{partnerId}') },
      },
    } as const,
    { client, table },
  );

const memberEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxpayerMember', version: '1', service: 'tributary' },
      attributes: { brandId: text, partnerId: text, fingerprint: text },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'fingerprint'], '{brandId}#TAXPAYER#{fingerprint}'),
          sk: key('sk', ['partnerId'], '{partnerId}'),
        },
      },
    } as const,
    { client, table },
  );

export function taxpayers(client: DynamoDBDocumentClient, table: string) {
  const own = ownEntity(client, table);
  const members = memberEntity(client, table);

  return {
    /** Notes what a partner's form has. Member first: cut off between the two, the partner has no fingerprint yet and is looked at again. */
    async put(brandId: string, partnerId: string, known: FormFingerprint): Promise<void> {
      await members.put({ brandId, partnerId, fingerprint: known.fingerprint }).go();
      await own.put({ brandId, partnerId, ...known }).go();
    },

    /** Fingerprints of these partners, by id. */
    async many(brandId: string, partnerIds: readonly string[]): Promise<Map<string, FormFingerprint>> {
      const wanted = partnerIds.map((partnerId) => ({ brandId, partnerId }));
      const found = await readMany(wanted, (keys) => own.get(keys).go({ consistent: true }));
      return new Map(found.map((one) => [one.partnerId, one]));
    },

    /** Partners who share a fingerprint with another, one group for each, in the order of the fingerprints; ids in order too. */
    async shared(brandId: string): Promise<{ readonly fingerprint: string; readonly partnerIds: string[] }[]> {
      const { data } = await own.query.one({ brandId }).go({ pages: 'all', consistent: true });
      return [...Map.groupBy(data, ({ fingerprint }) => fingerprint)]
        .filter(([, group]) => group.length > 1)
        .map(([fingerprint, group]) => ({ fingerprint, partnerIds: group.map(({ partnerId }) => partnerId).sort() }))
        .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
    },

    /** Who has or had a fingerprint. */
    async everHad(brandId: string, fingerprint: string): Promise<string[]> {
      const { data } = await members.query.one({ brandId, fingerprint }).go({ pages: 'all', consistent: true });
      return data.map(({ partnerId }) => partnerId);
    },
  };
}
export type TaxpayerStore = ReturnType<typeof taxpayers>;

export interface SameNumberStores {
  readonly taxpayers: Pick<TaxpayerStore, 'many' | 'everHad'>;
  readonly partners: Pick<ReturnType<typeof partners>, 'many'>;
}

/**
 * Other partners of the same brand whose W-9 on file has the taxpayer number of this one's, in the order of their ids. A form that came in since
 * numbers were matched (`jobs/match-taxpayers`) is not compared yet: its partner stands alone until then.
 */
export async function sameNumber(
  { taxpayers: store, partners: people }: SameNumberStores,
  { brandId, partnerId, taxForm }: Pick<StoredPartner, 'brandId' | 'partnerId' | 'taxForm'>,
): Promise<StoredPartner[]> {
  if (taxForm?.form !== 'w9') return [];
  const mine = currentFingerprint(taxForm, (await store.many(brandId, [partnerId])).get(partnerId));
  if (mine === undefined) return [];
  const others = (await store.everHad(brandId, mine)).filter((one) => one !== partnerId).sort();
  if (others.length === 0) return [];
  const [known, found] = await Promise.all([store.many(brandId, others), people.many(brandId, others)]);
  return others.flatMap((one) => {
    const partner = found.get(one);
    return partner && currentFingerprint(partner.taxForm, known.get(one)) === mine ? [partner] : [];
  });
}
