import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';

let ground: JobsGround;
let flow: PayoutFlow;
beforeAll(async () => {
  ground = await jobsGround();
  flow = await payoutFlow(ground);
});
afterAll(() => ground.stop());

describe('a process that dies before any of its writes', () => {
  test('leaves a draft that drafting again completes', async () => {
    for (let writes = 0; ; writes += 1) {
      const { program, bank, byHand, small } = await flow.shop(`crash while drafting ${writes}`);
      ground.crashAfter(writes);
      const died = await flow.draft(program).then(
        () => false,
        () => true,
      );
      ground.heal();
      const { run, key } = await flow.draft(program);
      expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 2, totalCents: 16_000, excludedCount: 2 });
      await flow.sound(program, key, bank, byHand, small);
      if (!died) return expect(writes).toBeGreaterThan(3);
    }
  }, 240_000);

  test('leaves a payment that paying again completes', async () => {
    for (let writes = 0; ; writes += 1) {
      const { program, bank, byHand } = await flow.shop(`crash while paying ${writes}`);
      const key = await flow.approved(program);
      ground.crashAfter(writes);
      const died = await flow.pay(key).then(
        () => false,
        () => true,
      );
      ground.heal();
      const { items, run } = await flow.pay(key);
      expect(run.status).toBe('paying');
      expect(items.map(({ status }) => status).sort()).toEqual(['sent', 'settled']);
      expect(await program.balances(bank)).toEqual({ expense: -7_000, paid: 7_000 });
      await flow.sound(program, key, bank, byHand);
      if (!died) return expect(writes).toBeGreaterThan(2);
    }
  }, 240_000);

  test.each([
    ['another transaction holds the item', { kind: 'conflict', times: 3 }],
    ['the table is throttled', { kind: 'throttle', times: 3 }],
    ['the answer is lost after the write', { kind: 'lost-reply', times: 2 }],
  ] as const)('and when %s', async (name, fault) => {
    const { program, bank, byHand } = await flow.shop(name);
    const clear = ground.faults.set({ ...fault, action: 'TransactWriteItems' });
    const { run, key } = await flow.draft(program);
    clear();
    expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 2, totalCents: 16_000 });
    await flow.call('approvePayout', {
      params: { runId: run.runId },
      body: { hash: run.fileHash },
      as: as(program, 'otto'),
    });
    const clearAgain = ground.faults.set({ ...fault, action: 'TransactWriteItems' });
    await flow.pay(key).catch(() => flow.pay(key));
    clearAgain();
    await flow.pay(key);
    expect(await program.balances(bank)).toEqual({ expense: -7_000, paid: 7_000 });
    await flow.sound(program, key, bank, byHand);
  });
});
