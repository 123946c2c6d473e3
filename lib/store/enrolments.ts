import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import { Index } from '../names.ts';
import type { Enrolment, EnrolmentState, PayoutPreferences } from '../partners/partner.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { readMany } from './read-many.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { asPut, carriedOut, writeTogether } from './transaction.ts';

/**
 * | access pattern                    | index   | key                                                  |
 * | --------------------------------- | ------- | ---------------------------------------------------- |
 * | an enrolment; several by partner  | table   | `<brand>#<program>#ENROLMENTS` / partner id          |
 * | the partners of a program         | table   | `<brand>#<program>#ENROLMENTS`                       |
 * | the programs of a partner         | partner | `<brand>#PARTNER#<partner>` / `ENROLMENT#<program>`  |
 *
 * The row is its own outbox record: the table's stream tells the bus that a partner was enrolled.
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'enrolment', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        partnerId: { type: 'string', required: true },
        status: { type: ['active', 'paused', 'ended'] as const, required: true },
        group: { type: 'string', required: true },
        tier: { type: 'string' },
        recruitedBy: { type: 'string' },
        agreement: { type: CustomAttributeType<NonNullable<Enrolment['agreement']>>('any') },
        payoutPreferences: { type: CustomAttributeType<PayoutPreferences>('any') },
        enrolledAt: { type: 'string', required: true },
        history: { type: CustomAttributeType<readonly EnrolmentState[]>('any') },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId'], '{brandId}#{programId}#ENROLMENTS'),
          sk: key('sk', ['partnerId'], '{partnerId}'),
        },
        ofPartner: {
          index: Index.corePartner,
          pk: key('gsi1pk', ['brandId', 'partnerId'], '{brandId}#PARTNER#{partnerId}'),
          sk: key('gsi1sk', ['programId'], 'ENROLMENT#{programId}'),
        },
      },
    } as const,
    { client, table },
  );

export type StoredEnrolment = Revised<Enrolment & { readonly brandId: string }>;

export function enrolments(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);

  const get = async (brandId: string, programId: string, partnerId: string): Promise<StoredEnrolment | undefined> => {
    const { data } = await rows.get({ brandId, programId, partnerId }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    /** Enrols a partner, unless in the program already. */
    async enrol(brandId: string, enrolment: Enrolment, entry: AuditEntry): Promise<'enrolled' | 'already-there'> {
      const put = asPut(rows.create({ ...enrolment, brandId, revision: 1 }).params());
      return carriedOut(await writeTogether(client, [put, audit.write(entry)]), 1) ? 'enrolled' : 'already-there';
    },

    get,

    /** The partners of a program, in the order of their ids. */
    async page(brandId: string, programId: string, request: PageRequest = {}): Promise<Page<StoredEnrolment>> {
      const keyAt = (partnerId: string) => ({ pk: `${brandId}#${programId}#ENROLMENTS`, sk: partnerId });
      return readPage<StoredEnrolment>(
        rows.query.one({ brandId, programId }),
        request,
        keyAt,
        ({ partnerId }) => partnerId,
      );
    },

    /** The enrolments of these partners in a program, by partner id; partners who are not in it are left out. */
    async many(
      brandId: string,
      programId: string,
      partnerIds: readonly string[],
    ): Promise<Map<string, StoredEnrolment>> {
      const wanted = [...new Set(partnerIds)].map((partnerId) => ({ brandId, programId, partnerId }));
      const found = await readMany(wanted, (keys) => rows.get(keys).go({ consistent: true }));
      return new Map(found.map((enrolment) => [enrolment.partnerId, enrolment]));
    },

    /** A partner's enrolments, all of them: there are as many as programs. */
    async ofPartner(brandId: string, partnerId: string): Promise<StoredEnrolment[]> {
      const { data } = await rows.query.ofPartner({ brandId, partnerId }).go({ pages: 'all' });
      return data;
    },

    /** Changes an enrolment by `to`, together with the audit entry. */
    update: (
      brandId: string,
      programId: string,
      partnerId: string,
      to: (enrolment: StoredEnrolment) => Enrolment & { readonly brandId: string },
      entry: (before: Partial<Enrolment>, after: Partial<Enrolment>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Enrolment & { readonly brandId: string }>> =>
      revise(client, {
        read: () => get(brandId, programId, partnerId),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before)],
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
export type EnrolmentStore = ReturnType<typeof enrolments>;
