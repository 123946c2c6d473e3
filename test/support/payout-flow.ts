import { expect } from 'vitest';
import type { Caller } from '../../lib/http/caller.ts';
import { auditRun } from '../../lib/payouts/audit.ts';
import { runIdOf } from '../../lib/payouts/order.ts';
import { fanOut, type JobsGround, untilDone } from './jobs-ground.ts';
import { AS_OF, LATER, payingGround, payoutsApi } from './paying.ts';
import { type GivenProgram, givenProgram, type ProgramOptions } from './program.ts';

interface Key {
  readonly brandId: string;
  readonly runId: string;
}

/** Somebody of the brand, with a key of a role. */
export const as = (program: GivenProgram, person: string, role: Caller['role'] = 'finance'): Caller => ({
  brandId: program.brandId,
  keyId: `key_${person}`,
  person: `${person}@shop.example`,
  role,
});

/** The way of a run from its draft to its payment, through the jobs and the API, at the hours of `paying.ts`. */
export async function payoutFlow(ground: JobsGround) {
  const paying = await payingGround(ground);
  const { steps, runs, partner, payable } = paying;
  const call = await payoutsApi(LATER);

  /** A partner who is paid through the bank; with an IBAN unless other details are given. */
  const bankPartner = (program: GivenProgram, person: string, account: object = { iban: 'DE89370400440532013000' }) =>
    partner(program, person, { rail: 'bank-csv', accountHolder: person, ...account });

  const seen = async (key: Key) => ({ key, run: (await runs.get(key))!, items: await runs.allItems(key) });

  /** The workflow draft-payout, up to where the items are reserved. */
  const reserved = async ({ brandId, programId }: GivenProgram, asOf = AS_OF, madeBy = 'mia@shop.example') => {
    const order = { brandId, programId, asOf, madeBy };
    const { plan, tallies } = await fanOut(steps.planPayout, steps.reserveItems, order);
    return { plan, tallies, key: { brandId, runId: runIdOf(order) } };
  };

  /** The workflow draft-payout. */
  const draft = async (program: GivenProgram, asOf = AS_OF, madeBy?: string) => {
    const { plan, tallies, key } = await reserved(program, asOf, madeBy);
    if (!plan.idle) await untilDone(steps.freezeRun, await untilDone(steps.checkItems, plan));
    return { plan, tallies, ...(await seen(key)) };
  };

  /** The workflow pay-payout, without the statements. */
  const pay = async ({ brandId, runId }: Key, over: object = {}) => {
    const { plan, tallies } = await fanOut(steps.planPayment, steps.payItems, { brandId, runId, asOf: LATER, ...over });
    return { plan, tallies, ...(await seen({ brandId, runId })) };
  };

  const approve = (program: GivenProgram, { runId, fileHash }: { runId: string; fileHash?: string }, at = LATER) =>
    call('approvePayout', { params: { runId }, body: { hash: fileHash }, as: as(program, 'otto'), at });

  /** Drafts a run, which a second person approves. */
  const approved = async (program: GivenProgram, asOf = AS_OF) => {
    const { run, key } = await draft(program, asOf);
    expect((await approve(program, run)).status).toBe(202);
    return key;
  };

  /** A program with one partner paid by the bank, one by hand, and three who are not paid. */
  const shop = async (name: string, over: ProgramOptions = {}) => {
    const program = await givenProgram(ground, name, { payoutTerms: { minimumCents: 5_000 }, ...over });
    const bank = await bankPartner(program, 'Bea');
    const byHand = await program.partner('Hal');
    const small = await program.partner('Sam');
    const formless = await program.partner('Fay', { taxFormOnFile: false });
    const idle = await program.partner('Ida');
    await payable(program, { [bank]: 7_000, [byHand]: 9_000, [small]: 1_000, [formless]: 8_000 });
    return { program, bank, byHand, small, formless, idle };
  };

  /** Everything that must hold of a run and of the ledgers it moved. */
  const sound = async (program: GivenProgram, key: Key, ...partnerIds: readonly string[]) => {
    expect(await program.violations(...partnerIds)).toEqual([]);
    const { run, items } = await seen(key);
    const journals = (await Promise.all(partnerIds.map(program.chain))).flat();
    expect(auditRun(run, items, journals)).toEqual([]);
  };

  return {
    ...paying,
    ...{ call, bankPartner, reserved, draft, pay, approve, approved, shop, sound },
  };
}
export type PayoutFlow = Awaited<ReturnType<typeof payoutFlow>>;
