import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { DEFAULT_TAX_SETTINGS, type TaxSettings } from '../tax/tax-settings.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut } from './transaction.ts';

/**
 * | access pattern          | index | key                        |
 * | ----------------------- | ----- | -------------------------- |
 * | a brand's tax settings  | table | `<brand>#TAX` / `SETTINGS` |
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'taxSettings', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        withholding: { type: CustomAttributeType<TaxSettings['withholding']>('string'), required: true },
        reporting: { type: CustomAttributeType<TaxSettings['reporting']>('any'), required: true },
        revision: { type: 'number', required: true },
      },
      indexes: { one: { pk: key('pk', ['brandId'], '{brandId}#TAX'), sk: key('sk', [], 'SETTINGS') } },
    } as const,
    { client, table },
  );

/** A brand that never said anything has the defaults, at revision 0. */
export function taxSettings(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const get = async (brandId: string): Promise<Revised<TaxSettings>> => {
    const { data } = await rows.get({ brandId }).go({ consistent: true });
    if (!data) return { ...DEFAULT_TAX_SETTINGS, revision: 0 };
    const { withholding, reporting, revision } = data;
    return { withholding, reporting, revision };
  };

  return {
    get,

    /** Puts settings in place of those that are there, together with the audit entry. */
    set: (
      brandId: string,
      settings: TaxSettings,
      entry: (before: Partial<TaxSettings>, after: Partial<TaxSettings>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<TaxSettings>> =>
      revise<TaxSettings>(client, {
        read: () => get(brandId),
        to: () => settings,
        writes: (before, after) => {
          const row = { ...after, brandId };
          return [before.revision === 0 ? asPut(rows.create(row).params()) : replaces(rows.put(row).params(), before)];
        },
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
