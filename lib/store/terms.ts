import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType, Entity } from 'electrodb';
import type { AttributionPolicy, PolicyVersion } from '../attribution/policy.ts';
import type { CommissionPlan, PlanVersion } from '../commission/plan.ts';
import type { Version } from '../programs/program.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { key } from './key.ts';
import { asPut, type Write, writeTogether } from './transaction.ts';

/**
 * | access pattern                         | index | key                                        |
 * | -------------------------------------- | ----- | ------------------------------------------ |
 * | a program's attribution policies       | table | `<brand>#<program>#POLICIES` / `V` version |
 * | a program's commission plans           | table | `<brand>#<program>#PLANS` / `V` version    |
 *
 * Versions count from 1, are written once and never change; a correction is a further version. The version in the sort key has six digits.
 */
const versioned = { type: 'number', required: true, readOnly: true } as const;
const attributes = {
  brandId: { type: 'string', required: true },
  programId: { type: 'string', required: true },
  version: { ...versioned, padding: { length: 6, char: '0' } },
  effectiveFrom: { type: 'string', required: true },
  /** Audit entry of the request that added it: a repeat of that request finds its version by it. */
  addedBy: { type: 'string' },
} as const;

const policyEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'policy', version: '1', service: 'tributary' },
      attributes: { ...attributes, policy: { type: CustomAttributeType<AttributionPolicy>('any'), required: true } },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId'], '{brandId}#{programId}#POLICIES'),
          sk: key('sk', ['version'], 'V{version}'),
        },
      },
    } as const,
    { client, table },
  );

const planEntity = (client: DynamoDBDocumentClient, table: string) =>
  new Entity(
    {
      model: { entity: 'plan', version: '1', service: 'tributary' },
      attributes: {
        ...attributes,
        plan: { type: CustomAttributeType<CommissionPlan>('any'), required: true },
        addedAt: { type: 'string' },
        shortNotice: { type: 'string' },
      },
      indexes: {
        one: {
          pk: key('pk', ['brandId', 'programId'], '{brandId}#{programId}#PLANS'),
          sk: key('sk', ['version'], 'V{version}'),
        },
      },
    } as const,
    { client, table },
  );

/** Versions as writes of somebody's transaction; each fails its condition when the number is taken. */
export function termsWrites(client: DynamoDBDocumentClient, table: string) {
  const policies = policyEntity(client, table);
  const plans = planEntity(client, table);
  return {
    policy: (brandId: string, programId: string, version: PolicyVersion, addedBy?: string): Write =>
      asPut(policies.create({ brandId, programId, addedBy, ...version }).params()),
    plan: (brandId: string, programId: string, version: PlanVersion, addedBy?: string): Write =>
      asPut(plans.create({ brandId, programId, addedBy, ...version }).params()),
  };
}

const ATTEMPTS = 5;

export function terms(client: DynamoDBDocumentClient, table: string) {
  const policyRows = policyEntity(client, table);
  const planRows = planEntity(client, table);
  const writes = termsWrites(client, table);
  const audit = auditLog(client, table);

  const policies = async (brandId: string, programId: string) =>
    (await policyRows.query.one({ brandId, programId }).go({ pages: 'all', consistent: true })).data;
  const plans = async (brandId: string, programId: string) =>
    (await planRows.query.one({ brandId, programId }).go({ pages: 'all', consistent: true })).data;

  /** Gives a version the next number, again when somebody else takes it first; a repeated request gets the version it made. */
  async function add<Row extends Version & { readonly addedBy?: string | undefined }>(
    read: () => Promise<readonly Row[]>,
    entry: AuditEntry,
    make: (version: number) => { readonly row: Row; readonly write: Write },
    why: object = {},
  ): Promise<Row> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const existing = await read();
      const mine = existing.find(({ addedBy }) => addedBy === entry.auditId);
      if (mine) return mine;
      const { row, write } = make(Math.max(0, ...existing.map(({ version }) => version)) + 1);
      const { version, effectiveFrom } = row;
      const told = audit.write({
        ...entry,
        target: `${entry.target}/${version}`,
        after: { version, effectiveFrom, ...why },
      });
      if ((await writeTogether(client, [write, told])).written) return row;
    }
    throw new Error('every version number was taken first by somebody else');
  }

  return {
    /** Adds an attribution policy version. The entry's target gets its number: `prg_…/policies/3`. */
    addPolicy: async (
      brandId: string,
      programId: string,
      policy: Omit<PolicyVersion, 'version'>,
      entry: AuditEntry,
    ): Promise<PolicyVersion> => {
      const added = await add<PolicyVersion>(
        () => policies(brandId, programId),
        entry,
        (version) => {
          const row = { ...policy, version };
          return { row, write: writes.policy(brandId, programId, row, entry.auditId) };
        },
      );
      return policyVersion(added);
    },

    /** A program's attribution policies, version 1 first. */
    policies: async (brandId: string, programId: string): Promise<PolicyVersion[]> =>
      (await policies(brandId, programId)).map(policyVersion),

    /** Adds a commission plan version, at the time of the entry. The entry's target gets its number: `prg_…/plans/3`. */
    addPlan: async (
      brandId: string,
      programId: string,
      plan: Omit<PlanVersion, 'version' | 'addedAt'>,
      entry: AuditEntry,
    ): Promise<PlanVersion> => {
      const { shortNotice } = plan;
      const added = await add<PlanVersion>(
        () => plans(brandId, programId),
        entry,
        (version) => {
          const row = { ...plan, version, addedAt: entry.at };
          return { row, write: writes.plan(brandId, programId, row, entry.auditId) };
        },
        shortNotice === undefined ? {} : { shortNotice },
      );
      return planVersion(added);
    },

    /** A program's commission plans, version 1 first. */
    plans: async (brandId: string, programId: string): Promise<PlanVersion[]> =>
      (await plans(brandId, programId)).map(planVersion),
  };
}

const policyVersion = ({ version, effectiveFrom, policy }: PolicyVersion): PolicyVersion => ({
  version,
  effectiveFrom,
  policy,
});
const planVersion = ({ version, effectiveFrom, plan, addedAt, shortNotice }: PlanVersion): PlanVersion => ({
  ...{ version, effectiveFrom, plan },
  ...(addedAt !== undefined && { addedAt }),
  ...(shortNotice !== undefined && { shortNotice }),
});
