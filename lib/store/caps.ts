import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { CAP_MEASURES, CAP_WINDOWS, type Cap, type CapScope } from '../caps/cap.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, writeTogether } from './transaction.ts';

/**
 * | access pattern         | index | key                                   |
 * | ---------------------- | ----- | ------------------------------------- |
 * | a cap                  | table | `<brand>#<program>#CAPS` / cap id     |
 * | all caps of a program  | table | `<brand>#<program>#CAPS`              |
 *
 * How far they are used stands in `cap-counters.ts`.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'cap', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        capId: { type: 'string', required: true },
        scope: { type: CustomAttributeType<CapScope>('any'), required: true },
        measure: { type: CAP_MEASURES, required: true },
        window: { type: CAP_WINDOWS, required: true },
        limit: { type: 'number', required: true },
        hard: { type: 'boolean', required: true },
        startsAt: { type: 'string', required: true },
        endsAt: { type: 'string' },
        createdAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId'], '{brandId}#{programId}#CAPS'),
          sk: key('sk', ['capId'], '{capId}'),
        },
      },
    } as const,
    { client, table },
  );

export type StoredCap = Revised<Cap>;

export function caps(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const get = async (brandId: string, programId: string, capId: string): Promise<StoredCap | undefined> => {
    const { data } = await rows.get({ brandId, programId, capId }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    /** Writes a cap; `false` when its id is taken, which for a minted id means: by this very request. */
    async create(cap: Cap, entry: AuditEntry): Promise<boolean> {
      const put = asPut(rows.create({ ...cap, revision: 1 }).params());
      return (await writeTogether(client, [put, audit.write(entry)])).written;
    },

    get,

    /** Every cap of a program, ended ones too, by time of making. */
    all: async (brandId: string, programId: string): Promise<StoredCap[]> =>
      (await rows.query.one({ brandId, programId }).go({ pages: 'all', consistent: true })).data,

    /** Changes a cap by `to`, together with the audit entry. */
    update: (
      { brandId, programId, capId }: Pick<Cap, 'brandId' | 'programId' | 'capId'>,
      to: (cap: StoredCap) => Cap,
      entry: (before: Partial<Cap>, after: Partial<Cap>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Cap>> =>
      revise<Cap>(client, {
        read: () => get(brandId, programId, capId),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before)],
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
export type CapStore = ReturnType<typeof caps>;
