import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cap } from '../../../lib/caps/cap.ts';
import { derive } from '../../../lib/ids.ts';
import { capCounters } from '../../../lib/store/cap-counters.ts';
import { caps } from '../../../lib/store/caps.ts';
import { OPEN_SHARDS } from '../../../lib/store/conversions.ts';
import { untilDone } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const CLICKED = '2026-03-10T09:00:00.000Z';
const ORDERED = '2026-03-10T10:00:00.000Z';
const AS_OF = '2026-03-12T12:00:00.000Z';
const RECOMPUTE = { mode: 'recompute', from: '2026-03-01T00:00:00.000Z' };

const settle = async (program: GivenProgram, input: object = {}) =>
  (await ground.settle(program, { asOf: AS_OF, ...input })).tallies;
const store = () => caps(ground.engine.client, ground.tables.core);
let told = 0;
const entry = ({ brandId }: GivenProgram) => {
  told += 1;
  const auditId = derive('audit', 'caps', told);
  return { auditId, brandId, at: ORDERED, person: 'p', keyId: 'k', action: 'createCap', target: 'cap' };
};
async function cap(program: GivenProgram, more: Partial<Cap>): Promise<Cap> {
  const { brandId, programId } = program;
  const created: Cap = {
    brandId,
    programId,
    capId: derive('cap', programId, JSON.stringify(more)),
    scope: { kind: 'program' },
    measure: 'conversions',
    window: 'day',
    limit: 3,
    hard: true,
    startsAt: '2026-03-01T00:00:00.000Z',
    createdAt: '2026-03-01T00:00:00.000Z',
    ...more,
  };
  await store().create(created, entry(program));
  return created;
}
const limit = (program: GivenProgram, one: Cap, to: number) =>
  store().update(
    one,
    (row) => ({ ...row, limit: to }),
    () => entry(program),
  );
const usedOf = async (one: Cap) =>
  Object.fromEntries(
    (await capCounters(ground.engine.client, ground.tables.conversions).windows(one, 60)).map(({ sk, used }) => [
      sk,
      used,
    ]),
  );
/** Orders of 100.00, an hour apart from midnight on, of one partner: 10.00 each. */
async function orders(program: GivenProgram, partnerId: string, count: number) {
  for (let n = 0; n < count; n += 1) {
    const clickId = await program.click(partnerId, `v${n}`, '2026-03-09T09:00:00.000Z');
    await program.order(String(n), `2026-03-10T${String(n).padStart(2, '0')}:00:00.000Z`, { clickId });
  }
}
const reasons = async (program: GivenProgram, count: number) =>
  Promise.all(Array.from({ length: count }, async (_, n) => (await program.conversion(String(n))).unattributed));

describe('a cap of three conversions a day', () => {
  test('lets the three oldest of five orders earn, and keeps the others with the reason', async () => {
    const program = await givenProgram(ground, 'cap of three');
    const ann = await program.partner('Ann');
    const three = await cap(program, {});
    await orders(program, ann, 5);
    await settle(program);
    const over = `over-cap: 3 conversions a day of the program (${three.capId})`;
    // Two shards may settle together: who is first there is first, but three it is.
    expect((await reasons(program, 5)).filter((why) => why === over)).toHaveLength(2);
    expect(await program.balances(ann)).toEqual({ expense: -3_000, pending: 3_000 });
    expect(await usedOf(three)).toEqual({ '2026-03-10': 3 });
    expect(await program.violations(ann)).toEqual([]);
  });

  test('rerun or recomputed, moves nothing', async () => {
    const program = await givenProgram(ground, 'cap rerun');
    const ann = await program.partner('Ann');
    const three = await cap(program, {});
    await orders(program, ann, 5);
    await settle(program);
    ground.meter.reset();
    await settle(program);
    await settle(program, RECOMPUTE);
    expect(ground.writeUnits()).toBe(0);
    expect(await usedOf(three)).toEqual({ '2026-03-10': 3 });
  });

  test('raised, takes up what was turned away when recomputed', async () => {
    const program = await givenProgram(ground, 'cap raised');
    const ann = await program.partner('Ann');
    const three = await cap(program, {});
    await orders(program, ann, 5);
    await settle(program);
    await limit(program, three, 4);
    await settle(program, RECOMPUTE);
    expect(await program.balances(ann)).toEqual({ expense: -4_000, pending: 4_000 });
    expect(await usedOf(three)).toEqual({ '2026-03-10': 4 });
  });

  test('lowered, takes nothing back', async () => {
    const program = await givenProgram(ground, 'cap lowered');
    const ann = await program.partner('Ann');
    const three = await cap(program, {});
    await orders(program, ann, 3);
    await settle(program);
    await limit(program, three, 1);
    await settle(program, RECOMPUTE);
    expect(await program.balances(ann)).toEqual({ expense: -3_000, pending: 3_000 });
    expect(await reasons(program, 3)).toEqual([undefined, undefined, undefined]);
  });

  test('has room again when an order came back whole', async () => {
    const program = await givenProgram(ground, 'cap returned');
    const ann = await program.partner('Ann');
    const three = await cap(program, {});
    await orders(program, ann, 3);
    await settle(program);
    await program.returned('0', '2026-03-11T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await program.order('3', '2026-03-10T20:00:00.000Z', { clickId: await program.click(ann, 'v9', CLICKED) });
    await settle(program, { asOf: '2026-03-11T01:00:00.000Z' });
    await settle(program, { ...RECOMPUTE, asOf: '2026-03-11T02:00:00.000Z' });
    expect(await usedOf(three)).toEqual({ '2026-03-10': 3 });
    expect((await program.conversion('3')).unattributed).toBeUndefined();
    expect(await program.balances(ann)).toEqual({ expense: -3_000, pending: 3_000 });
  });

  test('is for each day anew, and not for orders of before its start', async () => {
    const program = await givenProgram(ground, 'cap days');
    const ann = await program.partner('Ann');
    const one = await cap(program, { limit: 1, startsAt: '2026-03-10T00:00:00.000Z' });
    for (const [n, day] of ['09', '09', '10', '11'].entries()) {
      const clickId = await program.click(ann, `v${n}`, '2026-03-08T09:00:00.000Z');
      await program.order(String(n), `2026-03-${day}T10:00:00.000Z`, { clickId });
    }
    await settle(program);
    expect(await usedOf(one)).toEqual({ '2026-03-10': 1, '2026-03-11': 1 });
    expect(await program.balances(ann)).toEqual({ expense: -4_000, pending: 4_000 });
  });
});

test('a cap on one partner’s payout leaves the others alone, to the cent', async () => {
  const program = await givenProgram(ground, 'cap partner');
  const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
  const mine = await cap(program, {
    measure: 'payout',
    window: 'total',
    limit: 2_500,
    scope: { kind: 'partner', partnerId: ann },
  });
  await orders(program, ann, 4);
  for (let n = 10; n < 14; n += 1)
    await program.order(String(n), ORDERED, { clickId: await program.click(bob, `b${n}`, CLICKED) });
  await settle(program);
  expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
  expect(await program.balances(bob)).toEqual({ expense: -4_000, pending: 4_000 });
  expect(await usedOf(mine)).toEqual({ total: 2_000 });
});

test('a soft cap turns nobody away', async () => {
  const program = await givenProgram(ground, 'cap soft');
  const ann = await program.partner('Ann');
  const soft = await cap(program, { hard: false, limit: 2 });
  await orders(program, ann, 4);
  await settle(program);
  expect(await program.balances(ann)).toEqual({ expense: -4_000, pending: 4_000 });
  expect(await usedOf(soft)).toEqual({ '2026-03-10': 4 });
});

test('eight settlers at once, each of them twice: the cap holds', async () => {
  const program = await givenProgram(ground, 'cap race');
  const people = [await program.partner('Ann'), await program.partner('Bob'), await program.partner('Cat')];
  const seven = await cap(program, { limit: 7 });
  for (let n = 0; n < 24; n += 1) {
    const clickId = await program.click(people[n % 3]!, `v${n}`, CLICKED);
    await program.order(String(n), ORDERED, { clickId });
  }
  const all = Array.from({ length: OPEN_SHARDS }, (_, number) => ({
    mode: 'new',
    brandId: program.brandId,
    shards: [number],
    asOf: AS_OF,
  }));
  // Two of each shard, too: the same work delivered twice at the same time.
  await Promise.all([...all, ...all].map((one) => untilDone(ground.shard, one)));
  for (let round = 0; round < 5; round += 1) await settle(program);
  const earned = await Promise.all(people.map(async (person) => (await program.balances(person)).pending ?? 0));
  expect(earned.reduce((sum, cents) => sum + cents, 0)).toBe(7_000);
  expect(await usedOf(seven)).toEqual({ '2026-03-10': 7 });
  expect((await reasons(program, 24)).filter((why) => why?.startsWith('over-cap'))).toHaveLength(17);
  expect(await program.violations(...people)).toEqual([]);
});

test('a dry run tells who would be turned away, and moves no counter', async () => {
  const program = await givenProgram(ground, 'cap dry');
  const ann = await program.partner('Ann');
  const three = await cap(program, {});
  await orders(program, ann, 5);
  const tallies = await settle(program, { dryRun: true });
  const why = `over-cap: 3 conversions a day of the program (${three.capId})`;
  expect(tallies.reduce((sum, { unattributed }) => sum + (unattributed[why] ?? 0), 0)).toBe(2);
  expect(await usedOf(three)).toEqual({});
});

test('a program without caps writes and reads as before', async () => {
  const units = async (name: string, capped: boolean) => {
    const program = await givenProgram(ground, name);
    const ann = await program.partner('Ann');
    if (capped) await cap(program, {});
    await orders(program, ann, 3);
    ground.meter.reset();
    await settle(program);
    return ground.writeUnits();
  };
  const plain = await units('cap none', false);
  // One counter, in the one transaction.
  expect(await units('cap some', true)).toBe(plain + 2);
});
