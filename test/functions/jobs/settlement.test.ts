import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SettlementTally } from '../../../lib/settlement/tally.ts';
import { epochMs, instant } from '../../../lib/time.ts';
import { FRESH, untilDone } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const CLICKED = '2026-03-10T09:00:00.000Z';
const ORDERED = '2026-03-10T10:00:00.000Z';
const AS_OF = '2026-03-10T12:00:00.000Z';

const settle = (program: GivenProgram, input: object = {}) => ground.settle(program, { asOf: AS_OF, ...input });
const sum = (tallies: readonly SettlementTally[], of: (tally: SettlementTally) => number) =>
  tallies.reduce((total, tally) => total + of(tally), 0);
const positionBased = {
  model: 'position-based',
  lookbackDays: 30,
  weightsBps: { first: 4000, middle: 2000, last: 4000 },
} as const;

describe('what an order earns', () => {
  test('the last touch gets ten percent, explained and pending until its day', async () => {
    const program = await givenProgram(ground, 'last touch');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await program.click(ann, 'v1', '2026-03-01T09:00:00.000Z');
    const clickId = await program.click(bob, 'v1', CLICKED);
    await program.order('1', ORDERED, { clickId });

    const { tallies } = await settle(program);

    expect(sum(tallies, ({ posted }) => posted)).toBe(1);
    expect(await program.balances(ann)).toEqual({});
    expect(await program.balances(bob)).toEqual({ expense: -1_000, pending: 1_000 });
    const [journal] = await program.chain(bob);
    expect(journal).toMatchObject({
      at: AS_OF,
      cause: 'settlement',
      actor: 'system:settle-conversions',
      after: { schedule: { '2026-04-09': 1_000 } },
      lines: [{ orderId: '1', cents: 1_000, position: 2, touches: 2, planVersion: 1, policyVersion: 1 }],
    });
    const stored = await program.conversion('1');
    expect(stored).toMatchObject({
      posted: { [bob]: { cents: 1_000, matures: '2026-04-09' } },
      credits: [{ partnerId: bob, creditBps: 10_000 }],
      journals: { [bob]: [1] },
    });
    expect(stored.open).toBeUndefined();
  });

  test('three partners share an order by position, to the cent', async () => {
    const program = await givenProgram(ground, 'position', { policy: positionBased });
    const people = [await program.partner('Ann'), await program.partner('Bob'), await program.partner('Cat')];
    let clickId = '';
    for (const [place, person] of people.entries())
      clickId = await program.click(person, 'v1', `2026-03-0${place + 1}T09:00:00.000Z`);
    await program.order('1', ORDERED, {
      clickId,
      items: [{ sku: 'a', quantity: 1, unitPriceCents: 9_999, discountCents: 0 }],
    });

    await settle(program);

    const shares = await Promise.all(people.map(async (person) => (await program.balances(person)).pending));
    // 40 %, 20 % and 40 % of 99.99 are 40.00, 20.00 and 39.99; a tenth of each, rounded to the cent.
    expect(shares).toEqual([400, 200, 400]);
    const bases = (await Promise.all(people.map(program.chain))).flat().flatMap(({ lines }) => lines[0]!.parts);
    expect(bases.reduce((total, { baseCents }) => total + baseCents, 0)).toBe(9_999);
    expect(await program.violations(...people)).toEqual([]);
  });

  test.each([
    ['no click id', 'no-click', {}],
    ['a click id that is not ours', 'click-id-forged', { clickId: 'x'.repeat(64), clickIdRefused: 'forged' }],
  ] as const)('nobody, for %s', async (name, reason, given) => {
    const program = await givenProgram(ground, name);
    await program.order('1', ORDERED, given);
    const { tallies } = await settle(program);
    expect(tallies.map(({ unattributed }) => unattributed)).toEqual([{ [reason]: 1 }]);
    const stored = await program.conversion('1');
    expect(stored).toMatchObject({ unattributed: reason, posted: {}, settled: { at: AS_OF } });
    expect(stored.open).toBeUndefined();
  });

  test.each([
    ['a click too old', 'outside-window', '2026-02-01T09:00:00.000Z', {}],
    ['a click after the order', 'click-after-order', '2026-03-10T11:00:00.000Z', {}],
    ['an enrolment paused when the customer ordered', 'enrolment-paused', CLICKED, { status: 'paused' }],
    ['an enrolment that had ended', 'enrolment-ended', CLICKED, { status: 'ended' }],
  ] as const)('nobody, for %s', async (name, reason, clicked, change) => {
    const program = await givenProgram(ground, name);
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', clicked) });
    await program.changeEnrolment(ann, change, '2026-03-10T09:30:00.000Z');
    await settle(program);
    expect((await program.conversion('1')).unattributed).toBe(reason);
    expect(await program.balances(ann)).toEqual({});
  });

  test('a partner who is not in the program is passed over for the one before', async () => {
    const program = await givenProgram(ground, 'stranger');
    const ann = await program.partner('Ann');
    await program.click(ann, 'v1', '2026-03-09T09:00:00.000Z');
    const clickId = await program.click('ptr_00000000000gh0st', 'v1', CLICKED);
    await program.order('1', ORDERED, { clickId });
    await settle(program);
    expect(await program.balances(ann)).toEqual({ expense: -1_000, pending: 1_000 });
  });

  test('the click id alone, when the click’s row never came', async () => {
    const program = await givenProgram(ground, 'lost click');
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED, 'lost') });
    await settle(program);
    expect(await program.balances(ann)).toEqual({ expense: -1_000, pending: 1_000 });
  });

  test('the rates of the group in which the partner was when the customer ordered, after a return too', async () => {
    const rules = [
      { id: 'gold', label: 'Gold', when: { groups: ['gold'] }, pay: { kind: 'percent', rateBps: 2_000 } },
      { id: 'base', label: 'Base', when: {}, pay: { kind: 'percent', rateBps: 1_000 } },
    ];
    const program = await givenProgram(ground, 'groups', { rules });
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await program.order('1', ORDERED, {
      clickId,
      items: [{ sku: 'a', quantity: 2, unitPriceCents: 5_000, discountCents: 0 }],
    });
    await settle(program);
    await program.changeEnrolment(ann, { group: 'gold' }, '2026-03-11T00:00:00.000Z');
    await program.returned('1', '2026-03-12T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, { asOf: '2026-03-12T01:00:00.000Z' });
    expect(await program.balances(ann)).toEqual({ expense: -500, pending: 500 });
  });

  test('nothing yet of what was reported after the as-of time', async () => {
    const program = await givenProgram(ground, 'as of');
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await program.order('1', ORDERED, { clickId, receivedAt: '2026-03-10T12:00:00.001Z' });
    await settle(program);
    expect((await program.conversion('1')).open).toBe(true);
    await settle(program, { asOf: '2026-03-10T12:00:00.001Z' });
    expect(await program.balances(ann)).toEqual({ expense: -1_000, pending: 1_000 });
  });
});

describe('running again', () => {
  async function orders(name: string, count: number, people = ['Ann']) {
    const program = await givenProgram(ground, name);
    const ids = await Promise.all(people.map((person) => program.partner(person)));
    for (let i = 0; i < count; i += 1) {
      const clickId = await program.click(ids[i % ids.length]!, `v${i}`, CLICKED);
      await program.order(String(i), ORDERED, { clickId });
    }
    return { program, ids, ann: ids[0]! };
  }

  test('a run with nothing to do says so in its plan', async () => {
    const { program } = await orders('idle', 1);
    expect((await settle(program)).plan.idle).toBe(false);
    expect((await settle(program)).plan).toMatchObject({ idle: true, shards: [], more: null });
  });

  test('the same shards again write nothing', async () => {
    const { program } = await orders('rerun', 20, ['Ann', 'Bob']);
    const { shards } = (await ground.plan({ brandId: program.brandId, asOf: AS_OF }, FRESH)) as { shards: object[] };
    for (const one of shards) await untilDone(ground.shard, one);
    ground.meter.reset();
    for (const one of shards) await untilDone(ground.shard, one);
    expect(ground.writeUnits()).toBe(0);
  });

  test('recomputing what stands as it should writes nothing', async () => {
    const { program } = await orders('recompute same', 12);
    await program.order('unattributed', ORDERED);
    await settle(program);
    ground.meter.reset();
    const { tallies } = await settle(program, { mode: 'recompute', from: '2026-03-01T00:00:00.000Z' });
    expect(ground.writeUnits()).toBe(0);
    expect(sum(tallies, ({ conversions }) => conversions)).toBe(13);
    expect(sum(tallies, ({ journals }) => journals)).toBe(0);
  });

  test('after a corrected plan only the differences are posted, for the orders of the window', async () => {
    const { program, ann } = await orders('recompute plan', 3);
    await program.order('early', '2026-03-02T10:00:00.000Z', {
      clickId: await program.click(ann, 'e', '2026-03-02T09:00:00.000Z'),
    });
    await settle(program);
    const better = { id: 'better', label: 'Better', when: {}, pay: { kind: 'percent', rateBps: 1_200 } };
    await program.plan([better], '2026-01-01T00:00:00.000Z');
    const window = {
      mode: 'recompute',
      from: '2026-03-10T00:00:00.000Z',
      to: '2026-03-11T00:00:00.000Z',
      asOf: '2026-03-11T00:00:00.000Z',
    };

    const { tallies } = await settle(program, window);

    expect(sum(tallies, ({ posted }) => posted)).toBe(3);
    expect(await program.balances(ann)).toEqual({ expense: -4_600, pending: 4_600 });
    const lines = (await program.chain(ann)).at(-1)!.lines;
    expect(lines.map(({ cents, totalCents, reason, planVersion }) => [cents, totalCents, reason, planVersion])).toEqual(
      Array(3).fill([200, 1_200, 'recomputed', 2]),
    );
    expect(await program.violations(ann)).toEqual([]);
    ground.meter.reset();
    await settle(program, window);
    expect(ground.writeUnits()).toBe(0);
  });

  test('a partner who left keeps what was earned before, also when it is recomputed', async () => {
    const { program, ann } = await orders('left', 2);
    await settle(program);
    await program.changeEnrolment(ann, { status: 'ended' }, '2026-03-20T00:00:00.000Z');
    await settle(program, { mode: 'recompute', from: '2026-03-01T00:00:00.000Z', asOf: '2026-03-21T00:00:00.000Z' });
    expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
  });

  test('a dry run writes nothing, says what would change, and keeps the lines as a report', async () => {
    const { program, ann } = await orders('dry', 3);
    await program.order('stray', ORDERED);
    ground.meter.reset();

    const { tallies } = await settle(program, { dryRun: true });

    expect(ground.writeUnits()).toBe(0);
    expect(await program.balances(ann)).toEqual({});
    expect(sum(tallies, ({ posted }) => posted)).toBe(3);
    expect(sum(tallies, ({ cents }) => cents.USD?.earned ?? 0)).toBe(3_000);
    const folder = tallies[0]!.report!;
    const rows = ground.documents(folder).flatMap((key) =>
      ground
        .document(key)!
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row)),
    );
    expect(rows).toHaveLength(4);
    expect(rows.find(({ orderId }) => orderId === 'stray')).toMatchObject({ unattributed: 'no-click', lines: [] });
    expect(rows.find(({ orderId }) => orderId === '1')).toMatchObject({
      lines: [
        { partnerId: ann, cents: 1_000, explanation: expect.stringContaining('10 % of 100.00 USD is 10.00 USD') },
      ],
    });
    expect(new Set(tallies.map(({ report }) => report)).size).toBe(1);
  });

  test('a shard that runs out of time goes on where it stopped', async () => {
    const { program, ann } = await orders('short of time', 4);
    const spent = { getRemainingTimeInMillis: () => 0 };
    await ground.settle(program, { asOf: AS_OF, mode: 'recompute', from: '2026-03-08T00:00:00.000Z' }, spent);
    expect(await program.balances(ann)).toEqual({ expense: -4_000, pending: 4_000 });
  });
});

describe('returns and cancellations', () => {
  const twoUnits = [{ sku: 'a', quantity: 2, unitPriceCents: 5_000, discountCents: 0 }];

  test('before the release a return takes from what is pending, and says how much came back', async () => {
    const program = await givenProgram(ground, 'return early');
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED), items: twoUnits });
    await settle(program);
    await program.returned('1', '2026-03-12T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, { asOf: '2026-03-12T01:00:00.000Z' });

    expect(await program.balances(ann)).toEqual({ expense: -500, pending: 500 });
    const [, journal] = await program.chain(ann);
    expect(journal).toMatchObject({
      lines: [{ cents: -500, totalCents: 500, reason: 'returned', returnedUnits: 1, matures: '2026-04-09' }],
      after: { schedule: { '2026-04-09': 500 } },
    });
    expect((await program.conversion('1')).journals).toEqual({ [ann]: [1, 2] });
  });

  test('a cancellation takes everything back, once', async () => {
    const program = await givenProgram(ground, 'cancelled');
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED), items: twoUnits });
    await settle(program);
    await program.cancelled('1', '2026-03-12T00:00:00.000Z');
    await settle(program, { asOf: '2026-03-12T01:00:00.000Z' });
    await settle(program, { mode: 'recompute', from: '2026-03-01T00:00:00.000Z', asOf: '2026-03-12T02:00:00.000Z' });
    expect(await program.balances(ann)).toEqual({});
    expect((await program.chain(ann)).map(({ lines }) => lines[0]!.reason)).toEqual(['earned', 'cancelled']);
    expect(await program.violations(ann)).toEqual([]);
  });

  test('an order that was cancelled before it was settled earns nothing and is settled', async () => {
    const program = await givenProgram(ground, 'cancelled first');
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED) });
    await program.cancelled('1', '2026-03-10T11:00:00.000Z');
    await settle(program);
    expect(await program.chain(ann)).toEqual([]);
    const stored = await program.conversion('1');
    expect(stored.open).toBeUndefined();
    expect(stored.unattributed).toBeUndefined();
  });
});

describe('what goes wrong', () => {
  test('a conversion the rules cannot compute is set aside with its reason; its neighbours are settled', async () => {
    const program = await givenProgram(ground, 'poison');
    const ann = await program.partner('Ann');
    for (const [orderId, currency] of [
      ['1', 'USD'],
      ['2', 'EUR'],
      ['3', 'USD'],
    ] as const) {
      const clickId = await program.click(ann, `v${orderId}`, CLICKED);
      await program.order(orderId, ORDERED, { clickId, currency });
    }
    const { tallies } = await settle(program);
    expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
    const stored = await program.conversion('2');
    expect(stored.unattributed).toMatch(/^no-fx-rate: no rate from EUR to USD on 2026-03-10;/);
    expect(stored.open).toBeUndefined();
    expect(sum(tallies, ({ parked }) => parked)).toBe(1);
    expect(tallies.flatMap(({ exceptions }) => exceptions)).toEqual([
      { programId: program.programId, eventType: 'sale', orderId: '2', why: stored.unattributed },
    ]);
    expect((await settle(program)).plan.idle).toBe(true);
  });

  test('two runs of the same shard at the same time lose and duplicate nothing', async () => {
    const program = await givenProgram(ground, 'two at once');
    const people = await Promise.all(['Ann', 'Bob', 'Cat'].map((name) => program.partner(name)));
    for (let i = 0; i < 60; i += 1)
      await program.order(String(i), ORDERED, { clickId: await program.click(people[i % 3]!, `v${i}`, CLICKED) });

    const runs = await Promise.all([settle(program), settle(program), settle(program)]);

    const tallies = runs.flatMap((run) => run.tallies);
    expect(sum(tallies, ({ leftOpen }) => leftOpen)).toBe(0);
    expect(sum(tallies, ({ posted }) => posted)).toBe(60);
    for (const person of people) expect(await program.balances(person)).toEqual({ expense: -20_000, pending: 20_000 });
    expect(await program.violations(...people)).toEqual([]);
    expect((await settle(program)).plan.idle).toBe(true);
  });

  test.each([
    ['another transaction holds the item', { kind: 'conflict', times: 2 }],
    ['the table is throttled', { kind: 'throttle', times: 2 }],
    ['the answer is lost after the write', { kind: 'lost-reply', times: 1 }],
    ['the connection closes before the write', { kind: 'down', times: 1 }],
  ] as const)('%s: posted once all the same', async (name, fault) => {
    const program = await givenProgram(ground, name);
    const ann = await program.partner('Ann');
    for (const orderId of ['1', '2'])
      await program.order(orderId, ORDERED, { clickId: await program.click(ann, `v${orderId}`, CLICKED) });
    const clear = ground.faults.set({ ...fault, action: 'TransactWriteItems' });
    await settle(program);
    clear();
    expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
    expect(await program.violations(ann)).toEqual([]);
  });

  test('conversions that others keep changing stay open and are named', async () => {
    const program = await givenProgram(ground, 'contended');
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED) });
    const clear = ground.faults.set({ kind: 'conflict', action: 'TransactWriteItems' });
    const { tallies } = await settle(program);
    clear();
    expect(tallies).toMatchObject([{ leftOpen: 1, posted: 0, exceptions: [{ orderId: '1' }] }]);
    expect((await program.conversion('1')).open).toBe(true);
    await settle(program);
    expect(await program.balances(ann)).toEqual({ expense: -1_000, pending: 1_000 });
  });

  test('an input that says too little is refused in words', async () => {
    await expect(ground.plan({ asOf: AS_OF, programId: 'prg_0000000000000001' }, FRESH)).rejects.toThrow(
      'brandId: must be given with programId',
    );
    await expect(ground.plan({ asOf: AS_OF, mode: 'recompute' }, FRESH)).rejects.toThrow(
      'from: must be given to recompute',
    );
  });
});

describe('what it costs', () => {
  const units = (table: string) => ground.meter.totals(({ resource }) => resource === table).writeUnits;

  async function reported(name: string, count: number, people: number) {
    const program = await givenProgram(ground, name);
    const ids = await Promise.all(Array.from({ length: people }, (_, i) => program.partner(`Partner${i}`)));
    const clicks: string[] = [];
    for (let i = 0; i < count; i += 1) clicks.push(await program.click(ids[i % people]!, `v${i}`, CLICKED));
    const items = ['runner-9', 'socks-3', 'laces-1'].map((sku, i) => ({
      sku,
      category: 'shoes',
      quantity: 1 + i,
      unitPriceCents: 2_500,
      discountCents: 0,
    }));
    return {
      program,
      ids,
      report: (i: number, at = ORDERED) => program.order(`SHOP-10${i}`, at, { clickId: clicks[i]!, items }),
    };
  }

  /** Recording goes past the meter in these tests; its three units are the row and the two indexes. */
  const RECORDED = 3;

  test('a conversion alone: at most 8 write units from report to posted', async () => {
    const { program, report } = await reported('alone', 1, 1);
    await report(0);
    ground.meter.reset();
    await settle(program);
    expect(RECORDED + ground.writeUnits()).toBeLessThanOrEqual(8);
    expect(units(ground.tables.ledger)).toBe(2);
  });

  test('forty of one shard over five partners: at most 7 each', async () => {
    const { program, ids, report } = await reported('bulk', 40, 5);
    for (let i = 0; i < 40; i += 1) await report(i);
    ground.meter.reset();
    const window = { mode: 'recompute', from: '2026-03-10T00:00:00.000Z', to: '2026-03-11T00:00:00.000Z' };
    const { tallies } = await settle(program, window);
    expect(sum(tallies, ({ journals }) => journals)).toBe(5);
    expect(RECORDED + ground.writeUnits() / 40).toBeLessThanOrEqual(7);
    expect(await program.violations(...ids)).toEqual([]);
  });

  test('what nobody is credited for: one write of the row and its index, no transaction', async () => {
    const program = await givenProgram(ground, 'cheap');
    await program.order('1', ORDERED);
    ground.meter.reset();
    await settle(program);
    expect(ground.writeUnits()).toBe(2);
  });

  test('the fortieth conversion of a partner costs what the first did', async () => {
    const { program, ids, report } = await reported('history', 41, 1);
    // Two minutes apart, and the last with none in the ten minutes before it, as the first.
    const timeOf = (i: number) => instant(epochMs(ORDERED) + (i === 40 ? 110 : 2 * i) * 60_000);
    const costOf = async (i: number) => {
      await report(i, timeOf(i));
      ground.meter.reset();
      await settle(program);
      const { readUnits, writeUnits } = ground.meter.totals();
      return { readUnits, writeUnits };
    };
    const first = await costOf(0);
    for (let i = 1; i < 40; i += 1) {
      await report(i, timeOf(i));
      await settle(program);
    }
    expect((await program.chain(ids[0]!)).length).toBe(40);
    const last = await costOf(40);
    expect(last.writeUnits).toBe(first.writeUnits);
    expect(last.readUnits).toBeLessThanOrEqual(first.readUnits);
  });
});
