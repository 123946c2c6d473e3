import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { TaxFiler } from '../tax/year-end/filer.ts';
import type { IrisHeader } from '../tax/year-end/iris-header.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Revised, replaces } from './revise.ts';
import { asPut, type Write, writeTogether } from './transaction.ts';

/**
 * | access pattern                       | index | key                            |
 * | ------------------------------------ | ----- | ------------------------------ |
 * | the payer as returns name it         | table | `<brand>#TAX-FILER` / `#`      |
 * | header row of the portal's CSV, by year | table | `<brand>#TAX-HEADERS` / year |
 *
 * The payer's number is not here: every version of the profile lies whole in the vault (`tax-vault.ts`), under the name `FILER`.
 */
const filerEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxFiler', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        profile: { type: CustomAttributeType<Omit<TaxFiler, 'ein'>>('any'), required: true },
        einLast4: { type: 'string', required: true },
        changedAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: { one: { pk: key('pk', ['brandId'], '{brandId}#TAX-FILER'), sk: key('sk', [], '#') } },
    } as const,
    { client, table },
  );

const headerEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'irisHeader', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        year: { type: 'string', required: true },
        columns: { type: CustomAttributeType<IrisHeader['columns']>('any'), required: true },
        changedAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId'], '{brandId}#TAX-HEADERS'), sk: key('sk', ['year'], '{year}') },
      },
    } as const,
    { client, table },
  );

/** The revision is also the version of the profile in the vault. */
export type StoredFiler = Revised<{
  readonly brandId: string;
  readonly profile: Omit<TaxFiler, 'ein'>;
  readonly einLast4: string;
  readonly changedAt: string;
}>;
export type StoredHeader = Revised<
  IrisHeader & { readonly brandId: string; readonly year: string; readonly changedAt: string }
>;

export function taxFilers(client: DynamoDBDocumentClient, table: string) {
  const filers = filerEntity(client, table);
  const headers = headerEntity(client, table);
  const audit = auditLog(client, table);
  /** In place of what was read, or new when nothing was; `false` when somebody else was faster. */
  const write = async (put: Write, entry: AuditEntry, also: readonly Write[] = []): Promise<boolean> =>
    (await writeTogether(client, [put, audit.write(entry), ...also])).written;

  return {
    async get(brandId: string): Promise<StoredFiler | undefined> {
      return (await filers.get({ brandId }).go({ consistent: true })).data ?? undefined;
    },

    /** Writes the next revision, with its row of the vault; `false` when somebody else did. */
    put: (filer: StoredFiler, before: StoredFiler | undefined, entry: AuditEntry, sealed: Write): Promise<boolean> =>
      write(before ? replaces(filers.put(filer).params(), before) : asPut(filers.create(filer).params()), entry, [
        sealed,
      ]),

    async header(brandId: string, year: number): Promise<StoredHeader | undefined> {
      return (await headers.get({ brandId, year: String(year) }).go({ consistent: true })).data ?? undefined;
    },

    /** Writes the next revision of a year's header; `false` when somebody else did. */
    putHeader: (
      { columns, ...header }: StoredHeader,
      before: StoredHeader | undefined,
      entry: AuditEntry,
    ): Promise<boolean> => {
      const row = { ...header, columns: [...columns] };
      return write(before ? replaces(headers.put(row).params(), before) : asPut(headers.create(row).params()), entry);
    },
  };
}
