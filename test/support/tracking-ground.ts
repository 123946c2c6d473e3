import { vi } from 'vitest';
import { CommissionPlan } from '../../lib/commission/plan.ts';
import { Env } from '../../lib/names.ts';
import { NewProgram } from '../../lib/programs/program.ts';
import { type AuditEntry, auditLog } from '../../lib/store/audit.ts';
import { clicks } from '../../lib/store/clicks.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { links } from '../../lib/store/links.ts';
import { programs } from '../../lib/store/programs.ts';
import type { Link } from '../../lib/tracking/link.ts';
import { startKeys } from '../../local/keys/keys.ts';
import { startParameters } from '../../local/parameters/parameters.ts';
import { startQueues } from '../../local/queues/queues.ts';
import { ACCOUNT, resource, tinyGround } from '../local/tiny-ground.ts';
import { startDynamodb } from './dynamodb.ts';
import { faultyEndpoint } from './faulty-endpoint.ts';

export const BRAND = 'brd_0a1b2c';
export const PROGRAM = 'prg_01jqg0000000yyyy';
export const PARTNER = 'ptr_01jqg0000000zzzz';
const LATE = 'late-clicks';

/** An audit entry for rows that a test writes. */
const entry = (action: string): AuditEntry => ({
  auditId: `aud_${action}`.padEnd(20, '0'),
  brandId: BRAND,
  at: '2026-01-01T00:00:00.000Z',
  person: 'owner@example.com',
  keyId: 'key_01jqg00000000000',
  action,
  target: action,
});

/** What tracking stands on: tables behind an endpoint that fails on demand, the late-clicks queue, the Parameter Store. */
export async function trackingGround() {
  const engine = await startDynamodb();
  const tables = await engine.createTables();
  const dynamodb = await faultyEndpoint(engine.endpoint);
  const ground = await tinyGround([resource('AWS::SQS::Queue', LATE)]);
  const keys = await startKeys(ground);
  const parameters = await startParameters(ground, keys);
  const queues = await startQueues(ground);
  ground.mount(keys.service, parameters.service, queues.service);

  const settings: Record<string, string> = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: ground.awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    [Env.coreTable]: tables.core,
    [Env.clicksTable]: tables.clicks,
    [Env.conversionsTable]: tables.conversions,
    [Env.ledgerTable]: tables.ledger,
    [Env.clickKeysParameter]: '/tributary/test/click-keys',
    [Env.lateClicksQueue]: `${ground.awsEndpoint}/${ACCOUNT}/${LATE}`,
    [Env.clickRetentionDays]: '90',
    [Env.assumedCountry]: 'US',
  };
  Object.assign(process.env, settings);

  return {
    engine,
    tables,
    dynamodb,
    ground,
    links: links(engine.client, tables.core),
    audit: auditLog(engine.client, tables.core),
    clicks: clicks(engine.client, tables.clicks),
    conversions: conversions(engine.client, tables.conversions),

    /** Messages waiting in the late-clicks queue. */
    late: (): string[] => queues.peek(LATE, 100).map(({ body }) => body),

    /** A function as a fresh execution environment loads it, with these settings changed for it. */
    async cold<Module>(load: () => Promise<Module>, over: Record<string, string> = {}): Promise<Module> {
      Object.assign(process.env, settings, over);
      vi.resetModules();
      try {
        return await load();
      } finally {
        for (const name of Object.keys(over)) delete process.env[name];
        Object.assign(process.env, settings);
      }
    },

    async givenLink(code: string, over: Partial<Link> = {}): Promise<Link> {
      const link: Link = {
        code,
        brandId: BRAND,
        programId: PROGRAM,
        partnerId: PARTNER,
        destinationUrl: 'https://shop.example/landing?season=spring#shoes',
        clickParameter: 'trb_click',
        status: 'active',
        createdAt: '2026-01-01T00:00:00.000Z',
        ...over,
      };
      if ((await this.links.create(link, entry(code))) !== 'created') throw new Error(`link ${code} is there already`);
      return link;
    },

    /** A program's row as the API writes it. */
    async givenProgram(programId: string, over: object = {}): Promise<void> {
      const { policy, plan, ...fields } = {
        policy: { model: 'last-touch' as const, lookbackDays: 30 },
        plan: CommissionPlan.parse({
          name: 'Plan',
          rules: [{ id: 'base', label: 'All', when: {}, pay: { kind: 'percent', rateBps: 1000 } }],
        }),
      };
      const program = NewProgram.parse({
        name: programId,
        currency: 'USD',
        destinationUrl: 'https://shop.example/',
        ...over,
      });
      const first = { version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z' };
      await programs(engine.client, tables.core).create(
        BRAND,
        { ...program, ...fields, programId, status: 'active', createdAt: first.effectiveFrom },
        { policy: { ...first, policy }, plan: { ...first, plan } },
        entry(programId),
      );
    },

    async stop() {
      await queues.close();
      await parameters.close();
      await keys.close();
      await ground.close();
      await dynamodb.close();
      await engine.stop();
    },
  };
}
export type TrackingGround = Awaited<ReturnType<typeof trackingGround>>;
