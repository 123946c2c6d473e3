import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../../lib/commission/explain.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

/** Plans that price orders by others: whatever arrives when, after a recount the ledger is what the orders come to. */
let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const run = (program: GivenProgram, mode: 'new' | 'recount', asOf: string) => ground.settle(program, { mode, asOf });

const tiers = (mode: 'marginal' | 'retroactive') => ({
  id: 'ladder',
  label: 'Sales',
  when: {},
  pay: {
    ...{ kind: 'tiers', by: 'revenue', per: 'month', mode },
    steps: [
      { from: 0, rateBps: 500 },
      { from: 20_000, rateBps: 1_000 },
    ],
  },
});

/** What each order has earned Ann by now, and her whole chain. */
async function earned(program: GivenProgram, ann: string, orders: readonly string[]) {
  const conversions = await Promise.all(orders.map(program.conversion));
  return Object.fromEntries(conversions.map(({ orderId, posted }) => [orderId, posted[ann]?.cents ?? 0]));
}

describe('tiers', () => {
  const DAYS = { A: '2026-03-02', B: '2026-03-10', C: '2026-03-20', D: '2026-04-01' } as const;
  type Name = keyof typeof DAYS;

  /** Orders of 100.00 reported and settled in this order, one by one. */
  async function told(name: string, mode: 'marginal' | 'retroactive', names: readonly Name[]) {
    const program = await givenProgram(ground, name, { rules: [tiers(mode)] });
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', '2026-03-02T10:00:00.000Z');
    for (const [place, each] of names.entries()) {
      const receivedAt = `2026-04-0${place + 2}T10:00:00.000Z`;
      await program.order(each, `${DAYS[each]}T10:00:00.000Z`, { clickId, receivedAt });
      await run(program, 'new', receivedAt);
    }
    return { program, ann };
  }

  const ALL: readonly Name[] = ['A', 'B', 'C', 'D'];
  test.each([
    // 100.00 and 100.00 in the first tier, 100.00 above it; April begins anew.
    ['marginal', { A: 500, B: 500, C: 1_000, D: 500 }],
    // March comes to 300.00, so all of it earns 10 %.
    ['retroactive', { A: 1_000, B: 1_000, C: 1_000, D: 500 }],
  ] as const)('%s, in whichever order the orders come', async (mode, expected) => {
    for (const [place, names] of ([ALL, ['D', 'C', 'B', 'A'], ['B', 'A', 'D', 'C']] as Name[][]).entries()) {
      const { program, ann } = await told(`${mode} ${place}`, mode, names);
      await run(program, 'recount', '2026-04-06T01:30:00.000Z');
      expect(await earned(program, ann, ALL)).toEqual(expected);
      const journals = (await program.chain(ann)).length;
      await run(program, 'recount', '2026-04-07T01:30:00.000Z');
      expect(await program.chain(ann), 'a second recount posts nothing').toHaveLength(journals);
      expect(await program.violations(ann)).toEqual([]);
    }
  });

  test('follow a return, and each change is explained', async () => {
    const { program, ann } = await told('returned', 'retroactive', ALL);
    await run(program, 'recount', '2026-04-06T01:30:00.000Z');
    await program.returned('B', '2026-04-06T12:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await program.returned('C', '2026-04-06T12:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await run(program, 'new', '2026-04-06T13:00:00.000Z');
    await run(program, 'recount', '2026-04-07T01:30:00.000Z');

    expect(await earned(program, ann, ALL)).toEqual({ A: 500, B: 0, C: 0, D: 500 });
    const lines = (await program.chain(ann))
      .flatMap(({ lines: each }) => each)
      .filter(({ orderId }) => orderId === 'A');
    expect(lines.map(({ cents, reason }) => [cents, reason])).toEqual([
      [500, 'earned'],
      [500, 'recomputed'],
      [-500, 'recomputed'],
    ]);
    expect(explain(lines[1]!, 'USD')).toContain(
      'Sales: 10 % of 100.00 USD is 10.00 USD (tier from 200.00 USD: the month comes to 300.00 USD).',
    );
    expect(await program.violations(ann)).toEqual([]);
  });
});

test('a renewal keeps the rate of the customer’s first order, whichever of them was told first', async () => {
  const renewal = (rateBps: number) => [
    { id: 'first', label: 'First', when: { nthOrder: { to: 1 } }, pay: { kind: 'percent', rateBps: 2_000 } },
    { id: 'renewal', label: 'Renewal', recurring: { months: 12, rate: 'pinned' }, pay: { kind: 'percent', rateBps } },
  ];
  const program = await givenProgram(ground, 'renewals', { rules: renewal(1_000) });
  const ann = await program.partner('Ann');
  await program.plan(renewal(400), '2026-03-15T00:00:00.000Z');
  const clickId = await program.click(ann, 'v1', '2026-03-01T09:00:00.000Z');
  const more = { clickId, customerId: 'C-1', receivedAt: '2026-03-21T00:00:00.000Z' };
  await program.order('later', '2026-03-20T10:00:00.000Z', more);
  await run(program, 'new', '2026-03-21T01:00:00.000Z');
  expect(await earned(program, ann, ['later'])).toEqual({ later: 2_000 });

  await program.order('first', '2026-03-02T10:00:00.000Z', { ...more, receivedAt: '2026-03-22T00:00:00.000Z' });
  await run(program, 'new', '2026-03-22T01:00:00.000Z');
  await run(program, 'recount', '2026-03-23T01:30:00.000Z');
  expect(await earned(program, ann, ['first', 'later'])).toEqual({ first: 2_000, later: 1_000 });
});

test('a limit of the month holds over all orders of the month, by the time they were made', async () => {
  const rules = [
    {
      ...{ id: 'base', label: 'Base', when: {}, pay: { kind: 'percent', rateBps: 1_000 } },
      cap: { perPeriod: { cents: 1_500, per: 'month' } },
    },
  ];
  const program = await givenProgram(ground, 'limit', { rules });
  const ann = await program.partner('Ann');
  const clickId = await program.click(ann, 'v1', '2026-03-01T09:00:00.000Z');
  for (const [place, day] of ['20', '10', '05'].entries()) {
    const receivedAt = `2026-03-2${place + 1}T00:00:00.000Z`;
    await program.order(day, `2026-03-${day}T10:00:00.000Z`, { clickId, receivedAt });
    await run(program, 'new', receivedAt);
  }
  await run(program, 'recount', '2026-03-25T01:30:00.000Z');
  expect(await earned(program, ann, ['05', '10', '20'])).toEqual({ '05': 1_000, '10': 500, '20': 0 });
});

test('a program that prices each order by itself has nothing to recount', async () => {
  const program = await givenProgram(ground, 'plain');
  expect(await run(program, 'recount', '2026-03-25T01:30:00.000Z')).toMatchObject({ tallies: [] });
});
