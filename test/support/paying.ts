import { KMSClient } from '@aws-sdk/client-kms';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import type { ApiHandler } from '../../lib/http/event.ts';
import { derive } from '../../lib/ids.ts';
import { PayoutDetails, shownAs } from '../../lib/partners/provider-details.ts';
import { runIdOf } from '../../lib/payouts/order.ts';
import type { ProviderAccount } from '../../lib/payouts/rails/provider.ts';
import { approve, type PayoutRun } from '../../lib/payouts/run.ts';
import { ROUTES, type RouteId } from '../../lib/routes.ts';
import { payoutBatches } from '../../lib/store/payout-batches.ts';
import { providerWriter } from '../../lib/store/payout-providers.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { vaultWriter } from '../../lib/store/vault.ts';
import { type CallOptions, eventOf } from './api-ground.ts';
import { FRESH, fanOut, type JobsGround, type Step, untilDone } from './jobs-ground.ts';
import type { GivenProgram } from './program.ts';

const EARNED = '2026-03-10T10:00:00.000Z';
const RELEASED = '2026-04-20T00:00:00.000Z';
export const AS_OF = '2026-05-01T08:00:00.000Z';
export const LATER = '2026-05-01T12:00:00.000Z';

const STEPS = {
  planSettlement: 'plan-settlement',
  settleShard: 'settle-shard',
  planRelease: 'plan-release',
  releaseShard: 'release-shard',
  planPayout: 'plan-payout',
  reserveItems: 'reserve-items',
  checkItems: 'check-items',
  freezeRun: 'freeze-run',
  planPayment: 'plan-payment',
  payItems: 'pay-items',
  payBatches: 'pay-batches',
} as const;

export type PayoutSteps = Record<keyof typeof STEPS, Step>;

/** The steps from an order to its payment. To be loaded once the ground stands: modules read the environment. */
export async function payoutSteps(): Promise<PayoutSteps> {
  const loaded = Object.entries(STEPS).map(async ([name, file]) => [
    name,
    (await import(`../../functions/jobs/${file}.ts`)).handler,
  ]);
  return Object.fromEntries(await Promise.all(loaded));
}

/** Calls routes of payouts, at an hour unless another is said. */
export const payoutsApi = async (at: string) => apiOf((await import('../../functions/api/payouts.ts')).handler, at);

/** Calls routes of a function that serves some. */
export function apiOf(handler: ApiHandler, at: string) {
  const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 20_000 } as Context;
  return async (id: RouteId, options: CallOptions) => {
    const route = ROUTES.find((one) => one.id === id)!;
    const { statusCode = 0, body = '' } = await handler(eventOf(route, { at, ...options }), context);
    return { status: statusCode, body: JSON.parse(body as string) };
  };
}

export type PayoutsApi = Awaited<ReturnType<typeof payoutsApi>>;

/** Programs whose partners PayPal and Wise pay, and the workflows that do it. */
export async function payingGround(ground: JobsGround) {
  const steps = await payoutSteps();
  const { client } = ground.engine;
  const { core, vault: vaultTable } = ground.tables;
  const keyArn = ground.keys.arnOf('vault-key');
  const kms = new KMSClient({});
  const vault = vaultWriter({ kms, table: vaultTable, keyArn });
  const accounts = providerWriter(client, core, kms, keyArn);
  const runs = payoutRuns(client, core);
  const batches = payoutBatches(client, core);
  let entries = 0;

  return {
    steps,
    runs,
    batches,

    /** The brand's account at a provider's server. */
    async account(
      program: GivenProgram,
      account: Pick<ProviderAccount, 'provider' | 'server' | 'account'>,
      secret: string,
    ) {
      const { brandId, programId: target } = program;
      entries += 1;
      const entry = { auditId: derive('audit', brandId, 'account', entries), brandId, at: AS_OF };
      const who = { person: 'owner@example.com', keyId: 'key_0', action: 'setPayoutProvider', target };
      await accounts.set({ brandId, changedAt: AS_OF, ...account }, secret, { ...entry, ...who });
    },

    /** The brand has no account at the provider any more. */
    async closeAccount({ brandId, programId: target }: GivenProgram, provider: ProviderAccount['provider']) {
      entries += 1;
      const entry = { auditId: derive('audit', brandId, 'account', entries), brandId, at: AS_OF };
      const who = { person: 'owner@example.com', keyId: 'key_0', action: 'removePayoutProvider', target };
      await accounts.remove(brandId, provider, { ...entry, ...who });
    },

    /** The vault's row of a partner, emptied. */
    async forgetDetails({ brandId }: GivenProgram, partnerId: string) {
      await client.send(new TransactWriteCommand({ TransactItems: [vault.forgetWrite(brandId, partnerId, AS_OF)] }));
    },

    /** A partner whose details lie in the vault. */
    async partner(program: GivenProgram, person: string, details: object): Promise<string> {
      const parsed = PayoutDetails.parse(details);
      const shown =
        parsed.rail === 'bank-csv'
          ? ({ rail: parsed.rail, accountHolder: parsed.accountHolder, accountLast4: '3000' } as const)
          : { rail: parsed.rail, ...shownAs(parsed) };
      const partnerId = await program.partner(person, { payoutMethod: shown });
      const write = await vault.detailsWrite(program.brandId, partnerId, parsed, AS_OF);
      await client.send(new TransactWriteCommand({ TransactItems: [write] }));
      return partnerId;
    },

    /** Earns each partner so many cents, released. */
    async payable(program: GivenProgram, amounts: Readonly<Record<string, number>>, at = EARNED) {
      for (const [partnerId, cents] of Object.entries(amounts)) {
        const clickId = await program.click(partnerId, `v${partnerId.slice(-6)}`, at);
        const items = [{ sku: 'thing', quantity: 1, unitPriceCents: cents * 10, discountCents: 0 }];
        await program.order(`${partnerId.slice(4)}-${at.slice(0, 10)}`, at, { clickId, items });
      }
      const { brandId } = program;
      await fanOut(steps.planSettlement, steps.settleShard, { brandId, asOf: at });
      await fanOut(steps.planRelease, steps.releaseShard, { brandId, asOf: RELEASED });
    },

    /** Partners by name, each paid by their details and with so much to be paid; answers their ids. */
    async people(program: GivenProgram, people: Readonly<Record<string, readonly [details: object, cents: number]>>) {
      const who: Record<string, string> = {};
      const amounts: Record<string, number> = {};
      for (const [person, [details, cents]] of Object.entries(people)) {
        who[person] = await this.partner(program, person, details);
        amounts[who[person]] = cents;
      }
      await this.payable(program, amounts);
      return who;
    },

    /** Drafts a run and has a second person approve it. */
    async approved({ brandId, programId }: GivenProgram, asOf = AS_OF) {
      const order = { brandId, programId, asOf, madeBy: 'mia@shop.example' };
      const { plan } = await fanOut(steps.planPayout, steps.reserveItems, order);
      if (!plan.idle) await untilDone(steps.freezeRun, plan);
      const key = { brandId, runId: runIdOf(order) };
      const run = (await runs.get(key))!;
      const decision = { by: 'otto@shop.example', at: LATER, fileHash: run.fileHash! };
      await runs.change(run, approve(run as PayoutRun, decision, []));
      return { key, file: ground.document(run.fileKey!)!, run };
    },

    /**
     * The workflow pay-payout without its statements and its waits: rounds follow one another at once. Answers the last step's answer.
     */
    async pay(key: { brandId: string; runId: string }, over: object = {}, context = FRESH) {
      const { plan } = await fanOut(steps.planPayment, steps.payItems, { ...key, asOf: LATER, ...over }, context);
      if (plan.idle || plan.providers !== true) return plan as Record<string, unknown>;
      let answer = (await steps.payBatches(plan, context)) as Record<string, unknown>;
      while (answer.cursor != null || answer.wait != null)
        answer = (await steps.payBatches(JSON.parse(JSON.stringify(answer)), context)) as Record<string, unknown>;
      return answer;
    },
  };
}
export type PayingGround = Awaited<ReturnType<typeof payingGround>>;
