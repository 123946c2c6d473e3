import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentsOf, fingerprints } from '../../../lib/documents/statement-documents.ts';
import { buildStatement } from '../../../lib/payouts/statement.ts';
import { instant } from '../../../lib/time.ts';
import { flagsOf } from '../../../lib/tracking/flags.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const CLICKED = '2026-03-10T09:00:00.000Z';
const AS_OF = '2026-04-01T12:00:00.000Z';
const at = (minutes: number) => instant(Date.parse('2026-03-10T10:00:00.000Z') + minutes * 60_000);
const settle = (program: GivenProgram, input: object = {}) => ground.settle(program, { asOf: AS_OF, ...input });
const again = (program: GivenProgram) =>
  settle(program, { mode: 'recompute', programId: program.programId, from: '2026-03-01T00:00:00.000Z' });
const flags = async (program: GivenProgram, orderId: string) => flagsOf(await program.conversion(orderId));
const names = async (program: GivenProgram, orderId: string) => (await flags(program, orderId)).map(({ flag }) => flag);
/** The order that one looks like. */
const original = async (program: GivenProgram, orderId: string) =>
  (await program.conversion(orderId)).findings?.duplicateOf?.orderId;

describe('a late order', () => {
  test('is flagged by the program’s days, earns all the same, and its partner’s line says so', async () => {
    const program = await givenProgram(ground, 'late');
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await program.order('in-time', at(0), { clickId, receivedAt: '2026-03-17T10:00:00.000Z' });
    await program.order('late', at(30), { clickId, receivedAt: '2026-03-17T10:30:00.001Z' });
    await settle(program);
    expect(await flags(program, 'in-time')).toEqual([]);
    expect(await flags(program, 'late')).toMatchObject([
      { flag: 'late', data: { receivedAt: '2026-03-17T10:30:00.001Z', lateAfterDays: 7 } },
    ]);
    expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
    const lines = (await program.chain(ann)).flatMap((journal) => journal.lines);
    expect(lines.find(({ orderId }) => orderId === 'late')?.flags).toEqual([
      { flag: 'late', receivedAt: '2026-03-17T10:30:00.001Z', lateAfterDays: 7 },
    ]);
    expect(lines.find(({ orderId }) => orderId === 'in-time')).not.toHaveProperty('flags');
    expect(await program.violations(ann)).toEqual([]);
  });

  test('of a program with other days is late by those', async () => {
    const program = await givenProgram(ground, 'patient', { tracking: { lateAfterDays: 20 } });
    await program.order('1', at(0), { receivedAt: '2026-03-25T10:00:00.000Z' });
    await program.order('2', at(0), { receivedAt: '2026-03-31T10:00:00.000Z' });
    await settle(program);
    expect([await names(program, '1'), await names(program, '2')]).toEqual([[], ['late']]);
  });

  test('that waits for its exchange rate is flagged too, and a trial never is', async () => {
    const program = await givenProgram(ground, 'waiting');
    await program.order('1', at(0), { currency: 'EUR', receivedAt: '2026-03-25T10:00:00.000Z' });
    await program.order('2', at(0), { test: true, receivedAt: '2026-03-25T10:00:00.000Z' });
    await settle(program);
    expect((await program.conversion('1')).unattributed).toMatch(/^no-fx-rate/);
    expect([await names(program, '1'), await names(program, '2')]).toEqual([['late'], []]);
  });
});

describe('an order that looks like another', () => {
  test('is flagged, names it, and earns all the same; the first is not', async () => {
    const program = await givenProgram(ground, 'twice');
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await program.order('A', at(0), { clickId });
    await program.order('B', at(10), { clickId });
    await settle(program);
    expect(await flags(program, 'A')).toEqual([]);
    expect(await flags(program, 'B')).toMatchObject([
      { flag: 'duplicate-suspect', data: { orderId: 'A', occurredAt: at(0), withinMinutes: 10 } },
    ]);
    expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
    const told = (await program.chain(ann)).flatMap((journal) => journal.lines);
    expect(told.find(({ orderId }) => orderId === 'B')?.flags).toEqual([
      { flag: 'duplicate-suspect', withinMinutes: 10 },
    ]);
  });

  test.each([
    ['eleven minutes later', { minutes: 11 }],
    ['of another amount', { items: [{ sku: 'thing', quantity: 1, unitPriceCents: 9_999, discountCents: 0 }] }],
    ['of another customer', { customerId: 'c-2' }],
    ['that is another kind of event', { eventType: 'lead' }],
    ['that is a trial', { test: true }],
  ])('but one %s is none', async (name, { minutes = 5, ...more }: { minutes?: number } & object) => {
    const program = await givenProgram(ground, `unlike ${name}`);
    await program.order('A', at(0), { customerId: 'c-1' });
    await program.order('B', at(minutes), { customerId: 'c-1', ...more });
    await settle(program);
    const kind = 'eventType' in more ? 'lead' : 'sale';
    const found = await program.stores.conversions.get(program.brandId, program.programId, kind, 'B');
    expect(found!.conversion.settled).toBeDefined();
    expect(flagsOf(found!.conversion)).toEqual([]);
  });

  test('across midnight of the program’s day, and by the hash of the address alone', async () => {
    const program = await givenProgram(ground, 'midnight', { timeZone: 'Europe/Berlin' });
    const who = { emailSha256: 'e'.repeat(64) };
    await program.order('A', '2026-03-10T22:57:00.000Z', { ...who, customerId: 'c-1' });
    await program.order('B', '2026-03-10T23:02:00.000Z', { ...who, customerId: 'c-2' });
    await settle(program);
    expect(await original(program, 'B')).toBe('A');
  });

  test('of another program of the brand is none, and a program may want no such flags', async () => {
    const one = await givenProgram(ground, 'apart one');
    const two = await givenProgram(ground, 'apart two', { ofBrand: one.brandId });
    const off = await givenProgram(ground, 'apart off', { ofBrand: one.brandId, tracking: { duplicateMinutes: 0 } });
    await one.order('A', at(0), { customerId: 'c-1' });
    await two.order('B', at(1), { customerId: 'c-1' });
    await off.order('C', at(2), { customerId: 'c-1' });
    await off.order('D', at(2), { customerId: 'c-1' });
    await settle(one);
    expect([await names(two, 'B'), await names(off, 'C'), await names(off, 'D')]).toEqual([[], [], []]);
  });

  test('told first is flagged once the other is told, by the same run that settles that one', async () => {
    const program = await givenProgram(ground, 'told late');
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await program.order('B', at(5), { clickId });
    await settle(program);
    expect(await flags(program, 'B')).toEqual([]);
    const chain = await program.chain(ann);
    await program.order('A', at(0), { clickId, receivedAt: at(60) });
    await settle(program);
    expect([await original(program, 'A'), await original(program, 'B')]).toEqual([undefined, 'A']);
    expect((await program.chain(ann)).slice(0, 1)).toEqual(chain);
    expect(await program.violations(ann)).toEqual([]);
  });

  test('is the same in every order of delivery, and a rerun writes nothing', async () => {
    const orders = [
      { id: 'A', minutes: 0 },
      { id: 'B', minutes: 8 },
      { id: 'C', minutes: 16 },
      { id: 'D', minutes: 16 },
    ];
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(orders, { minLength: 4, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        async (told, pauses) => {
          runs += 1;
          const program = await givenProgram(ground, `shuffled ${runs}`);
          for (const [place, { id, minutes }] of told.entries()) {
            await program.order(id, at(minutes), { customerId: 'c-1' });
            if (pauses[place]) await settle(program);
          }
          await settle(program);
          const found = await Promise.all(orders.map(({ id }) => original(program, id)));
          // Within ten minutes of C stand B and D; of D, B and C; A is too far away from both.
          expect(found).toEqual([undefined, 'A', 'B', 'B']);
          ground.meter.reset();
          await again(program);
          expect(ground.writeUnits()).toBe(0);
        },
      ),
      { numRuns: 6 },
    );
  });

  test('a change of the settings is taken up by a recomputation, both ways', async () => {
    const program = await givenProgram(ground, 'changed mind');
    await program.order('A', at(0), { customerId: 'c-1' });
    await program.order('B', at(5), { customerId: 'c-1' });
    await settle(program);
    const setMinutes = (duplicateMinutes: number) =>
      program.stores.programs.update(
        program.brandId,
        program.programId,
        (row) => ({ ...row, tracking: { ...row.tracking, duplicateMinutes } as never }),
        () => ({
          ...{ auditId: `aud_${String(duplicateMinutes).padStart(16, '0')}`, brandId: program.brandId, at: AS_OF },
          ...{ person: 'p', keyId: 'k', action: 'updateProgram', target: program.programId },
        }),
      );
    await setMinutes(4);
    await again(program);
    expect(await program.conversion('B')).not.toHaveProperty('findings');
    await setMinutes(5);
    await again(program);
    expect(await original(program, 'B')).toBe('A');
  });
});

test('the other two flags: a cap and a window say it by the reason that is stored anyway', async () => {
  const program = await givenProgram(ground, 'window');
  const ann = await program.partner('Ann');
  await program.order('1', at(0), { clickId: await program.click(ann, 'v1', '2026-01-10T09:00:00.000Z') });
  await settle(program);
  expect(await flags(program, '1')).toMatchObject([{ flag: 'out-of-window', data: { policyVersion: 1 } }]);
  expect(await program.conversion('1')).not.toHaveProperty('findings');
});

describe('what it costs', () => {
  /** Units from the settlement of the second order on. */
  async function costOfTwo(name: string, alike: boolean) {
    const program = await givenProgram(ground, name);
    const ann = await program.partner('Ann');
    const clickIds = [await program.click(ann, 'v1', CLICKED), await program.click(ann, 'v2', CLICKED)];
    await program.order('A', at(0), { clickId: clickIds[0]! });
    await program.order('B', at(1), { clickId: clickIds[alike ? 0 : 1]! });
    ground.meter.reset();
    await settle(program);
    return ground.writeUnits();
  }

  test('a flag is written with the settlement: no write unit more', async () => {
    expect(await costOfTwo('flagged', true)).toBe(await costOfTwo('not flagged', false));
  });

  test('orders of other hours are not read, however many there are', async () => {
    const program = await givenProgram(ground, 'crowd');
    const readOf = async (id: string, minutes: number) => {
      await program.order(id, at(minutes), { customerId: id });
      ground.meter.reset();
      await settle(program);
      return ground.meter.totals().readUnits;
    };
    const alone = await readOf('first', 0);
    for (let n = 0; n < 60; n += 1) await program.order(`crowd-${n}`, at(60 + n / 10), { customerId: `c-${n}` });
    await settle(program);
    expect(await readOf('last', 120)).toBe(alone);
    // Sixty neighbours within ten minutes cost a page of keys, not sixty rows.
    expect(await readOf('among', 63)).toBeLessThanOrEqual(alone + 2);
  });
});

describe('sub-ids of the credited click', () => {
  test('stand in the ledger and in every form of the statement, and are made again to the byte once the click is gone', async () => {
    const program = await givenProgram(ground, 'subs', {
      policy: { model: 'position-based', lookbackDays: 30, weightsBps: { first: 5000, middle: 0, last: 5000 } },
    });
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await program.click(ann, 'v1', '2026-03-09T09:00:00.000Z', undefined, { sub1: '=spring', sharedid: 'x<1>' });
    const clickId = await program.click(bob, 'v1', CLICKED, undefined, { sub2: 'bobs-own' });
    await program.order('1', at(0), { clickId, receivedAt: '2026-03-20T10:00:00.000Z' });
    await settle(program);
    const statementOf = async (partnerId: string) =>
      buildStatement({
        number: 1,
        journals: await program.chain(partnerId),
        partner: { partnerId, name: 'Ann' },
        program: { programId: program.programId, name: 'Shop', timeZone: 'UTC' },
      });
    const documents = await documentsOf(await statementOf(ann));
    const [header, , row] = documents.csv.split('\r\n');
    expect(header).toMatch(/,explanation,flags,sub1,sub2,sub3,sub4,sub5,sharedid$/);
    expect(row).toMatch(/,late,'=spring,,,,,x<1>$/);
    expect(JSON.parse(documents.json).sections[0].lines[0]).toMatchObject({
      flags: ['late'],
      subs: { sub1: '=spring', sharedid: 'x<1>' },
    });
    expect(documents.html).toContain('Sub-ids of the click: sub1 = =spring, sharedid = x&lt;1&gt;.');
    expect(JSON.stringify(documents)).not.toContain('bobs-own');
    expect(JSON.stringify(await documentsOf(await statementOf(bob)))).toContain('bobs-own');

    const TableName = ground.tables.clicks;
    const { Items = [] } = await ground.engine.client.send(new ScanCommand({ TableName }));
    for (const { pk, sk } of Items) await ground.engine.client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    await program.returned('1', '2026-03-21T10:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program);
    const [first, second] = await program.chain(ann);
    const sameAgain = buildStatement({
      ...{ number: 1, journals: [first!], partner: { partnerId: ann, name: 'Ann' } },
      program: { programId: program.programId, name: 'Shop', timeZone: 'UTC' },
    });
    expect(fingerprints(await documentsOf(sameAgain))).toEqual(fingerprints(documents));
    // The click is gone, so what came back later carries its labels no more; the flag is the order's and stays.
    expect(second!.lines[0]).not.toHaveProperty('subs');
    expect(second!.lines[0]?.flags).toHaveLength(1);
    expect(await program.violations(ann, bob)).toEqual([]);
  });
});
