import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes } from '../../../lib/store/codes.ts';
import { customers } from '../../../lib/store/customers.ts';
import { clickOf } from '../../../lib/tracking/click-id.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const ORDERED = '2026-03-10T10:00:00.000Z';
const AS_OF = '2026-03-10T12:00:00.000Z';
const evenly = {
  model: 'position-based',
  lookbackDays: 30,
  weightsBps: { first: 5000, middle: 0, last: 5000 },
} as const;

const settle = (program: GivenProgram, input: object = {}) => ground.settle(program, { asOf: AS_OF, ...input });

const identify = ({ brandId, programId }: GivenProgram, customerId: string, clickId: string, at: string) =>
  customers(ground.engine.client, ground.tables.core).recognise(
    { brandId, programId, customerId },
    clickOf({ clickId })!.visitor,
    at,
    90,
  );

async function giveCode({ brandId, programId }: GivenProgram, code: string, partnerId: string, from: string) {
  const created = await codes(ground.engine.client, ground.tables.core).create(
    { brandId, programId, code, partnerId, periods: [{ partnerId, from }], createdAt: from },
    { auditId: `aud_${code}`, brandId, at: from, person: 'p', keyId: 'k', action: 'createCode', target: code },
  );
  expect(created).toBe('created');
}
const creditsOf = async (program: GivenProgram, order: string) =>
  (await program.conversion(order)).credits?.map(({ partnerId, creditBps }) => [partnerId, creditBps]);

describe('an order with a customer id', () => {
  test('and no click id is credited by the clicks of the browsers in which the customer was recognised', async () => {
    const program = await givenProgram(ground, 'customer only', { policy: evenly });
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    const phone = await program.click(ann, 'phone', '2026-03-08T09:00:00.000Z');
    const laptop = await program.click(bob, 'laptop', '2026-03-09T09:00:00.000Z');
    await identify(program, 'c-1', phone, '2026-03-08T09:01:00.000Z');
    await identify(program, 'c-1', laptop, '2026-03-09T09:01:00.000Z');
    await program.order('1', ORDERED, { customerId: 'c-1' });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([
      [ann, 5000],
      [bob, 5000],
    ]);
  });

  test('and a click id has the journey of both', async () => {
    const program = await givenProgram(ground, 'customer and click', { policy: evenly });
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    const phone = await program.click(ann, 'phone', '2026-03-08T09:00:00.000Z');
    await identify(program, 'c-1', phone, '2026-03-08T09:01:00.000Z');
    const clickId = await program.click(bob, 'laptop', '2026-03-09T09:00:00.000Z');
    await program.order('1', ORDERED, { customerId: 'c-1', clickId });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([
      [ann, 5000],
      [bob, 5000],
    ]);
  });

  test('whose click refused to be joined has the journey of that click alone', async () => {
    const program = await givenProgram(ground, 'customer alone', { policy: evenly });
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await identify(program, 'c-1', await program.click(ann, 'phone', '2026-03-08T09:00:00.000Z'), ORDERED);
    // The lowest bit of `!` is set: visitors who refuse carry it in their last byte.
    const clickId = await program.click(bob, 'refused!', '2026-03-09T09:00:00.000Z');
    await program.order('1', ORDERED, { customerId: 'c-1', clickId });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([[bob, 10_000]]);
  });

  test('is not joined by what was learned an hour and more after it', async () => {
    const program = await givenProgram(ground, 'customer later');
    const ann = await program.partner('Ann');
    const phone = await program.click(ann, 'phone', '2026-03-08T09:00:00.000Z');
    await identify(program, 'c-1', phone, '2026-03-10T11:30:00.000Z');
    await program.order('1', ORDERED, { customerId: 'c-1' });
    await settle(program);
    expect((await program.conversion('1')).unattributed).toBe('no-click');
  });
});

describe('an order with a coupon code', () => {
  test('alone is its partner’s, in whatever case the customer typed it, and says so', async () => {
    const program = await givenProgram(ground, 'code only');
    const ann = await program.partner('Ann');
    await giveCode(program, 'Ana10', ann, '2026-03-01T00:00:00.000Z');
    await program.order('1', ORDERED, { couponCode: 'ANA10' });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([[ann, 10_000]]);
    expect(await program.balances(ann)).toEqual({ expense: -1_000, pending: 1_000 });
  });

  test('and a click of another is the click’s: nobody is paid twice', async () => {
    const program = await givenProgram(ground, 'code and click');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await giveCode(program, 'Ana10', ann, '2026-03-01T00:00:00.000Z');
    const clickId = await program.click(bob, 'v1', '2026-03-09T09:00:00.000Z');
    await program.order('1', ORDERED, { couponCode: 'Ana10', clickId });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([[bob, 10_000]]);
    expect(await program.balances(ann)).toEqual({});
  });

  test.each([
    ['code-unknown', 'SPRING'],
    ['code-expired', 'Ana10'],
  ])('of nobody is nobody’s: %s', async (why, couponCode) => {
    const program = await givenProgram(ground, why);
    const ann = await program.partner('Ann');
    await giveCode(program, 'Ana10', ann, '2026-03-11T00:00:00.000Z');
    await program.order('1', ORDERED, { couponCode });
    await settle(program);
    expect((await program.conversion('1')).unattributed).toBe(why);
  });

  test('stays whose it was after the code changed hands, when settled again', async () => {
    const program = await givenProgram(ground, 'code moves');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await giveCode(program, 'Ana10', ann, '2026-03-01T00:00:00.000Z');
    await program.order('1', ORDERED, { couponCode: 'Ana10' });
    await settle(program);
    const { brandId, programId } = program;
    const store = codes(ground.engine.client, ground.tables.core);
    await store.update(
      { brandId, programId, code: 'Ana10' },
      (code) => ({
        ...code,
        partnerId: bob,
        periods: [
          { ...code.periods[0]!, until: '2026-03-11T00:00:00.000Z' },
          { partnerId: bob, from: '2026-03-11T00:00:00.000Z' },
        ],
      }),
      () => ({ auditId: 'aud_move', brandId, at: AS_OF, person: 'p', keyId: 'k', action: 'updateCode', target: 'x' }),
    );
    await program.order('2', '2026-03-11T10:00:00.000Z', { couponCode: 'ana10' });
    const asOf = '2026-03-12T00:00:00.000Z';
    await settle(program, { mode: 'recompute', from: '2026-03-01T00:00:00.000Z', asOf });
    expect(await creditsOf(program, '1')).toEqual([[ann, 10_000]]);
    expect(await creditsOf(program, '2')).toEqual([[bob, 10_000]]);
  });
});

test('a page of orders without customer ids and codes asks for neither', async () => {
  const program = await givenProgram(ground, 'plain');
  const ann = await program.partner('Ann');
  const clickId = await program.click(ann, 'v1', '2026-03-09T09:00:00.000Z');
  await program.order('1', ORDERED, { clickId });
  const readFromCore = () => ground.meter.totals(({ resource }) => resource === ground.tables.core).readUnits;
  ground.meter.reset();
  await settle(program);
  const plain = readFromCore();
  await program.order('2', ORDERED, { clickId, customerId: 'c-1', couponCode: 'NOBODYS' });
  ground.meter.reset();
  await settle(program);
  // A customer and a code that are not there, and whether the program has any deal.
  expect(readFromCore()).toBe(plain + 2.5);
});

describe('an order whose report is corrected', () => {
  const amend = ({ brandId, programId, stores }: GivenProgram, amended: object) =>
    stores.conversions.amend(
      { brandId, programId, eventType: 'sale', orderId: '1' },
      { amendmentId: 'a-1', reason: 'data-corrected', ...amended },
      { at: '2026-03-10T11:00:00.000Z', keyId: 'key_0' },
    );

  test.each([
    ['no code any more', []],
    ['a code that is nobody’s', ['NOBODYS']],
  ])('to %s is no longer the former code’s', async (name, couponCodes) => {
    const program = await givenProgram(ground, `amended to ${name}`, {
      policy: { model: 'last-touch', lookbackDays: 30, codeCredit: 'always' },
    });
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await giveCode(program, 'Ana10', ann, '2026-03-01T00:00:00.000Z');
    const clickId = await program.click(bob, 'v1', '2026-03-09T09:00:00.000Z');
    await program.order('1', ORDERED, { couponCode: 'Ana10', clickId });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([[ann, 10_000]]);
    expect(await amend(program, { couponCodes })).toMatchObject({ outcome: 'recorded' });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([[bob, 10_000]]);
    expect(await program.balances(ann)).toEqual({});
    expect(await program.violations(ann, bob)).toEqual([]);
  });

  test('to one of its two codes is not said to have had both', async () => {
    const program = await givenProgram(ground, 'amended to the second code');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await giveCode(program, 'Ana10', ann, '2026-03-01T00:00:00.000Z');
    await giveCode(program, 'Bob10', bob, '2026-03-01T00:00:00.000Z');
    await program.order('1', ORDERED, { couponCodes: ['Ana10', 'Bob10'] });
    await settle(program);
    expect((await program.conversion('1')).because).toEqual([
      { rule: 'code', credit: 'only', code: 'Ana10', others: 1 },
    ]);
    await amend(program, { couponCodes: ['Bob10'] });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([[bob, 10_000]]);
    expect((await program.conversion('1')).because).toEqual([{ rule: 'code', credit: 'only', code: 'Bob10' }]);
  });

  test('to another customer has the journey of that one', async () => {
    const program = await givenProgram(ground, 'amended customer', { policy: evenly });
    const [ann, bob, cid] = [await program.partner('Ann'), await program.partner('Bob'), await program.partner('Cid')];
    await identify(
      program,
      'c-1',
      await program.click(ann, 'one', '2026-03-08T09:00:00.000Z'),
      '2026-03-08T09:01:00.000Z',
    );
    await identify(
      program,
      'c-2',
      await program.click(bob, 'two', '2026-03-08T10:00:00.000Z'),
      '2026-03-08T10:01:00.000Z',
    );
    const clickId = await program.click(cid, 'here', '2026-03-09T09:00:00.000Z');
    await program.order('1', ORDERED, { customerId: 'c-1', clickId });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([
      [ann, 5000],
      [cid, 5000],
    ]);
    await amend(program, { customerId: 'c-2' });
    await settle(program);
    expect(await creditsOf(program, '1')).toEqual([
      [bob, 5000],
      [cid, 5000],
    ]);
  });
});
