import { createSecretKey } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { AttributionPolicy } from '../../lib/attribution/policy.ts';
import { CommissionPlan } from '../../lib/commission/plan.ts';
import { derive, mintLinkCode } from '../../lib/ids.ts';
import { auditChain } from '../../lib/ledger/audit.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import { change, type StandingChange } from '../../lib/partners/enrolment.ts';
import type { Enrolment, Partner } from '../../lib/partners/partner.ts';
import { NewProgram } from '../../lib/programs/program.ts';
import { type AuditEntry, auditLog } from '../../lib/store/audit.ts';
import { brands } from '../../lib/store/brands.ts';
import { clickItem } from '../../lib/store/click-row.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';
import { terms } from '../../lib/store/terms.ts';
import { type ClickFacts, mintClickId } from '../../lib/tracking/click-id.ts';
import { type Conversion, ConversionReport } from '../../lib/tracking/conversion.ts';
import type { SubIds } from '../../lib/tracking/sub-ids.ts';
import type { JobsGround } from './jobs-ground.ts';

const CLICK_KEYS = { current: 1, keys: new Map([[1, createSecretKey(new Uint8Array(32).fill(7))]]) };
const BEGINNING = '2026-01-01T00:00:00.000Z';

export interface ProgramOptions {
  readonly policy?: AttributionPolicy;
  readonly rules?: readonly unknown[];
  readonly overrides?: readonly unknown[];
  /** From when on its first policy and plan hold. */
  readonly since?: string;
  readonly payoutTerms?: object;
  readonly timeZone?: string;
  readonly tracking?: object;
  readonly nacha?: object;
  /** Another program of a brand that is there already. */
  readonly ofBrand?: string;
}

/** Ten percent of everything, to the last touch, unless a test says otherwise; stored as the API would store it. */
export async function givenProgram(
  { engine: { client }, tables }: JobsGround,
  name: string,
  over: ProgramOptions = {},
) {
  const brandId = over.ofBrand ?? derive('brand', name);
  const programId = derive('program', name);
  const stores = {
    programs: programs(client, tables.core),
    terms: terms(client, tables.core),
    partners: partners(client, tables.core),
    enrolments: enrolments(client, tables.core),
    conversions: conversions(client, tables.conversions),
    ledger: ledger(client, tables.ledger),
    taxpayers: taxpayers(client, tables.core),
  };
  let told = 0;
  const entry = (action: string, at = BEGINNING): AuditEntry => {
    told += 1;
    const auditId = derive('audit', name, told);
    return { auditId, brandId, at, person: 'owner@example.com', keyId: 'key_0', action, target: programId };
  };

  if (over.ofBrand === undefined) {
    const brand = { brandId, name, ownerEmail: 'owner@example.com', madeFor: name, createdAt: BEGINNING };
    await client.send(new TransactWriteCommand({ TransactItems: [brands(client, tables.core).createWrite(brand)] }));
  }
  const program = NewProgram.parse({
    name,
    currency: 'USD',
    destinationUrl: 'https://shop.example/',
    timeZone: over.timeZone ?? 'UTC',
    payoutTerms: { minimumCents: 100, ...over.payoutTerms },
    ...(over.nacha && { nacha: over.nacha }),
    ...(over.tracking && { tracking: over.tracking }),
  });
  const anyRule = { id: 'base', label: 'Everything', when: {}, pay: { kind: 'percent', rateBps: 1_000 } };
  const versionOne = { version: 1, effectiveFrom: over.since ?? BEGINNING };
  await stores.programs.create(
    brandId,
    { ...program, programId, status: 'active', createdAt: BEGINNING },
    {
      policy: { ...versionOne, policy: over.policy ?? { model: 'last-touch', lookbackDays: 30 } },
      plan: {
        ...versionOne,
        plan: CommissionPlan.parse({ name: 'Plan', rules: over.rules ?? [anyRule], overrides: over.overrides }),
      },
    },
    entry('createProgram'),
  );

  const key = (partnerId: string) => ({ brandId, programId, partnerId, currency: 'USD' });
  const chain = (partnerId: string): Promise<Journal[]> => stores.ledger.journals(key(partnerId), { limit: 1_000 });

  return {
    brandId,
    programId,
    stores,
    key,
    chain,
    audit: auditLog(client, tables.core),

    /** An enrolled partner who may be paid by hand; same name, same id. */
    async partner(
      person: string,
      {
        group = 'default',
        tier,
        recruitedBy,
        ...given
      }: Partial<Partner> & Partial<Pick<Enrolment, 'group' | 'tier' | 'recruitedBy'>> = {},
    ) {
      const partnerId = derive('partner', brandId, person);
      const partner: Partner = {
        partnerId,
        name: person,
        email: `${person.toLowerCase()}@${programId.slice(4)}.example`,
        type: 'content',
        taxFormOnFile: true,
        payoutMethod: { rail: 'external' },
        createdAt: BEGINNING,
        ...given,
      };
      await stores.partners.create(brandId, partner, entry('createPartner'));
      const agreement = { version: '1', acceptedAt: BEGINNING, acceptedBy: person };
      await stores.enrolments.enrol(
        brandId,
        {
          ...{ programId, partnerId, status: 'active', group, agreement, enrolledAt: BEGINNING },
          ...(tier !== undefined && { tier }),
          ...(recruitedBy !== undefined && { recruitedBy }),
        },
        entry('enrolPartner'),
      );
      return partnerId;
    },

    async changeEnrolment(partnerId: string, to: StandingChange, at: string): Promise<void> {
      const told = () => entry('updateEnrolment', at);
      await stores.enrolments.update(brandId, programId, partnerId, (row) => change(row, to, at), told);
    },

    /** As stored: its payout terms, its schedule. */
    async changeProgram(to: object): Promise<void> {
      const changed = (stored: object) => ({ ...stored, ...to }) as never;
      await stores.programs.update(brandId, programId, changed, () => entry('updateProgram'));
    },

    async changePartner(partnerId: string, to: Partial<Partner>): Promise<void> {
      await stores.partners.update(
        brandId,
        partnerId,
        (row) => ({ ...row, ...to }),
        () => entry('updatePartner'),
      );
    },

    /** A further plan version, in force for orders from an instant on. */
    async plan(
      rules: readonly unknown[],
      effectiveFrom: string,
      { shortNotice, at }: { shortNotice?: string; at?: string } = {},
    ): Promise<void> {
      const plan = CommissionPlan.parse({ name: 'Plan', rules });
      await stores.terms.addPlan(brandId, programId, { effectiveFrom, plan, shortNotice }, entry('addPlan', at));
    },

    /** A further policy version, in force for orders from an instant on. */
    async policy(policy: AttributionPolicy, effectiveFrom: string): Promise<void> {
      await stores.terms.addPolicy(brandId, programId, { effectiveFrom, policy }, entry('addPolicy'));
    },

    /** A click; answers its id. With `lost` the row never arrives. */
    async click(partnerId: string, visitor: string, at: string, lost?: 'lost', subs?: SubIds): Promise<string> {
      const link = mintLinkCode(brandId, Buffer.from(derive('event', partnerId).slice(4, 9)));
      const facts: ClickFacts = {
        brandId,
        link,
        partnerId,
        at,
        visitor: Buffer.from(visitor.padEnd(8, '.').slice(0, 8)).toString('base64url'),
        nonce: '00ff',
      };
      if (!lost) {
        const Item = clickItem({ ...facts, programId, ...(subs && { subs }), expiresAt: 2_000_000_000 }) as never;
        await client.send(new PutItemCommand({ TableName: tables.clicks, Item }));
      }
      return mintClickId(facts, CLICK_KEYS, programId);
    },

    /** An order of 100.00 USD, received when it was made, unless said otherwise. */
    async order(
      orderId: string,
      occurredAt: string,
      given: Partial<ConversionReport> & { receivedAt?: string; clickIdRefused?: 'forged' } = {},
    ): Promise<void> {
      const { receivedAt = occurredAt, clickIdRefused, ...report } = given;
      const items = [{ sku: 'thing', quantity: 1, unitPriceCents: 10_000 }];
      const parsed = ConversionReport.parse({ programId, orderId, occurredAt, currency: 'USD', items, ...report });
      const source = { brandId, at: receivedAt, keyId: 'key_0', timeZone: program.timeZone };
      await stores.conversions.record(parsed, { ...source, ...(clickIdRefused && { clickIdRefused }) });
    },

    async returned(orderId: string, at: string, lines: readonly { line: number; quantity: number }[]): Promise<void> {
      const returnId = `${orderId}-${at}`;
      const conversion = { brandId, programId, eventType: 'sale', orderId };
      const report = { returnId, lines: [...lines], reason: 'returned' as const, occurredAt: at };
      await stores.conversions.addReturn(conversion, report, { at, keyId: 'key_0' });
    },

    async cancelled(orderId: string, at: string): Promise<void> {
      const conversion = { brandId, programId, eventType: 'sale', orderId };
      await stores.conversions.cancel(conversion, { reason: 'order-error', occurredAt: at }, { at, keyId: 'key_0' });
    },

    async conversion(orderId: string): Promise<Conversion> {
      const found = await stores.conversions.get(brandId, programId, 'sale', orderId);
      if (!found) throw new Error(`no order ${orderId}`);
      return found.conversion;
    },

    /** Balances that are not zero. */
    async balances(partnerId: string): Promise<Record<string, number>> {
      const head = await stores.ledger.head(key(partnerId));
      return Object.fromEntries(Object.entries(head?.after.balances ?? {}).filter(([, cents]) => cents !== 0));
    },

    /** What is wrong with the ledgers of these partners; must be nothing. */
    async violations(...partnerIds: readonly string[]) {
      const chains = await Promise.all(partnerIds.map(chain));
      return chains.flatMap((journals) => auditChain(journals, program.timeZone));
    },
  };
}
export type GivenProgram = Awaited<ReturnType<typeof givenProgram>>;
