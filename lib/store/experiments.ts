import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { Experiment, Stop } from '../experiments/experiment.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, writeTogether } from './transaction.ts';

/** What is written down before the start, kept together: nothing is ever asked by a part of it. */
type Registration = Omit<Experiment, 'experimentId' | 'programId' | 'name' | 'startsAt' | 'endsAt' | 'stopped'>;

/**
 * | access pattern                    | index | key                                            |
 * | --------------------------------- | ----- | ---------------------------------------------- |
 * | an experiment                     | table | `<brand>#<program>#EXPERIMENTS` / experiment id |
 * | the experiments of a program      | table | `<brand>#<program>#EXPERIMENTS` (by time of registration) |
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'experiment', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        experimentId: { type: 'string', required: true },
        name: { type: 'string', required: true },
        startsAt: { type: 'string', required: true },
        endsAt: { type: 'string', required: true },
        registration: { type: CustomAttributeType<Registration>('any'), required: true },
        stopped: { type: CustomAttributeType<Stop>('any') },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId'], '{brandId}#{programId}#EXPERIMENTS'),
          sk: key('sk', ['experimentId'], '{experimentId}'),
        },
      },
    } as const,
    { client, table },
  );

type Own = Experiment & { readonly brandId: string };
export type StoredExperiment = Revised<Own>;

export function experiments(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const get = async (
    brandId: string,
    programId: string,
    experimentId: string,
  ): Promise<StoredExperiment | undefined> => {
    const { data } = await rows.get({ brandId, programId, experimentId }).go({ consistent: true });
    return data ? toExperiment(data) : undefined;
  };

  return {
    /** Registers an experiment; `false` when its id is taken, which for a minted id means: by this very request. */
    async register(brandId: string, experiment: Experiment, entry: AuditEntry): Promise<boolean> {
      const put = asPut(rows.create(toRow({ ...experiment, brandId, revision: 1 })).params());
      return (await writeTogether(client, [put, audit.write(entry)])).written;
    },

    get,

    /** The experiments of a program, the latest registered first. */
    async page(brandId: string, programId: string, request: PageRequest = {}): Promise<Page<StoredExperiment>> {
      const keyAt = (experimentId: string) => ({ pk: `${brandId}#${programId}#EXPERIMENTS`, sk: experimentId });
      const page = await readPage(
        rows.query.one({ brandId, programId }),
        { ...request, newestFirst: true },
        keyAt,
        ({ experimentId }) => experimentId,
      );
      return { ...page, items: page.items.map(toExperiment) };
    },

    /** Changes an experiment by `to`, together with the audit entry. */
    update: (
      { brandId, programId, experimentId }: Pick<Own, 'brandId' | 'programId' | 'experimentId'>,
      to: (experiment: StoredExperiment) => Own,
      entry: (before: Partial<Own>, after: Partial<Own>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Own>> =>
      revise<Own>(client, {
        read: () => get(brandId, programId, experimentId),
        to,
        writes: (before, after) => [replaces(rows.put(toRow(after)).params(), before)],
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}

function toRow({
  brandId,
  programId,
  experimentId,
  name,
  startsAt,
  endsAt,
  stopped,
  revision,
  ...registration
}: StoredExperiment) {
  const row = { brandId, programId, experimentId, name, startsAt, endsAt, revision, registration };
  return stopped === undefined ? row : { ...row, stopped };
}

const toExperiment = ({ registration, ...row }: ReturnType<typeof toRow>): StoredExperiment => ({
  ...registration,
  ...row,
});
