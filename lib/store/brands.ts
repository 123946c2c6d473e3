import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { Index } from '../names.ts';
import type { Brand } from '../programs/brand.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { asPut, type Write } from './transaction.ts';

/**
 * | access pattern             | index   | key                     |
 * | -------------------------- | ------- | ----------------------- |
 * | a brand                    | table   | `<brand>#BRAND` / `#`   |
 * | every brand (scheduled jobs) | partner | `BRANDS` / brand id     |
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'brand', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        name: { type: 'string', required: true },
        ownerEmail: { type: 'string', required: true },
        madeFor: { type: 'string', required: true },
        createdAt: { type: 'string', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId'], '{brandId}#BRAND'), sk: key('sk', [], '#') },
        all: { index: Index.corePartner, pk: key('gsi1pk', [], 'BRANDS'), sk: key('gsi1sk', ['brandId'], '{brandId}') },
      },
    } as const,
    { client, table },
  );

export function brands(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  return {
    /** The brand as a write of a transaction; fails its condition when the id is taken. */
    createWrite: (brand: Brand): Write => asPut(rows.create(brand).params()),

    async get(brandId: string): Promise<Brand | undefined> {
      const { data } = await rows.get({ brandId }).go({ consistent: true });
      return data ?? undefined;
    },

    /** Every brand of the installation, for jobs that cover them all. */
    async list(request: PageRequest = {}): Promise<Page<Brand>> {
      const keyAt = (brandId: string) => ({ pk: `${brandId}#BRAND`, sk: '#', gsi1pk: 'BRANDS', gsi1sk: brandId });
      return readPage<Brand>(rows.query.all({}), request, keyAt, (brand) => brand.brandId);
    },
  };
}
export type BrandStore = ReturnType<typeof brands>;
