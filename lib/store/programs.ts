import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { PolicyVersion } from '../attribution/policy.ts';
import type { PlanVersion } from '../commission/plan.ts';
import type { NachaOrigination } from '../payouts/nacha-origination.ts';
import type { PayoutSchedule } from '../payouts/schedule.ts';
import type { PayoutTerms, Program } from '../programs/program.ts';
import type { TrackingSettings } from '../programs/tracking-settings.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { type Revised, type Revision, replaces, revise } from './revise.ts';
import { termsWrites } from './terms.ts';
import { asPut, writeTogether } from './transaction.ts';

/**
 * | access pattern       | index | key                                  |
 * | -------------------- | ----- | ------------------------------------ |
 * | a program            | table | `<brand>#PROGRAMS` / program id      |
 * | a brand's programs   | table | `<brand>#PROGRAMS` (by time of making) |
 */
const entity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'program', version: '1', service: 'tributary' },
      attributes: {
        brandId: { type: 'string', required: true },
        programId: { type: 'string', required: true },
        name: { type: 'string', required: true },
        currency: { type: 'string', required: true },
        timeZone: { type: 'string', required: true },
        destinationUrl: { type: 'string', required: true },
        allowedHosts: { type: CustomAttributeType<string[]>('any'), required: true },
        clickParameter: { type: 'string', required: true },
        payoutTerms: { type: CustomAttributeType<PayoutTerms>('any'), required: true },
        payoutSchedule: { type: CustomAttributeType<PayoutSchedule>('any') },
        payoutScheduleSince: { type: 'string' },
        fewestHoldDays: { type: 'number' },
        formerPayoutCurrencies: { type: CustomAttributeType<readonly string[]>('any') },
        nacha: { type: CustomAttributeType<NachaOrigination>('any') },
        tracking: { type: CustomAttributeType<TrackingSettings>('any') },
        disputeDays: { type: 'number' },
        status: { type: ['active', 'paused'] as const, required: true },
        createdAt: { type: 'string', required: true },
        revision: { type: 'number', required: true },
      },
      indexes: {
        one: { pk: key('pk', ['brandId'], '{brandId}#PROGRAMS'), sk: key('sk', ['programId'], '{programId}') },
      },
    } as const,
    { client, table },
  );

/** A program of a brand, with the revision that its next change is based on. */
export type StoredProgram = Revised<Program & { readonly brandId: string }>;

export function programs(client: DynamoDBDocumentClient, table: string) {
  const rows = entity(client, table);
  const audit = auditLog(client, table);
  const terms = termsWrites(client, table);

  const get = async (brandId: string, programId: string): Promise<StoredProgram | undefined> => {
    const { data } = await rows.get({ brandId, programId }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    /** Writes a program with its first terms; `false` when its id is taken, which for a minted id means: by this very request. */
    async create(
      brandId: string,
      program: Program,
      first: { readonly policy: PolicyVersion; readonly plan: PlanVersion },
      entry: AuditEntry,
    ): Promise<boolean> {
      const outcome = await writeTogether(client, [
        asPut(rows.create({ ...program, brandId, revision: 1 }).params()),
        terms.policy(brandId, program.programId, first.policy),
        terms.plan(brandId, program.programId, first.plan),
        audit.write(entry),
      ]);
      return outcome.written;
    },

    get,

    async list(brandId: string, request: PageRequest = {}): Promise<Page<StoredProgram>> {
      const keyAt = (programId: string) => ({ pk: `${brandId}#PROGRAMS`, sk: programId });
      return readPage<StoredProgram>(rows.query.one({ brandId }), request, keyAt, (program) => program.programId);
    },

    /** Changes a program by `to`, together with the audit entry. */
    update: (
      brandId: string,
      programId: string,
      to: (program: StoredProgram) => Program & { readonly brandId: string },
      entry: (before: Partial<Program>, after: Partial<Program>) => AuditEntry,
      expected?: number,
    ): Promise<Revision<Program & { readonly brandId: string }>> =>
      revise(client, {
        read: () => get(brandId, programId),
        to,
        writes: (before, after) => [replaces(rows.put(after).params(), before)],
        entry,
        auditWrite: audit.write,
        expected,
      }),
  };
}
export type ProgramStore = ReturnType<typeof programs>;
