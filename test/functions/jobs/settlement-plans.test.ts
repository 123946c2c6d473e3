import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cap } from '../../../lib/caps/cap.ts';
import { explain } from '../../../lib/commission/explain.ts';
import { auditPosted } from '../../../lib/ledger/audit-posted.ts';
import { caps } from '../../../lib/store/caps.ts';
import { customers } from '../../../lib/store/customers.ts';
import { clickOf } from '../../../lib/tracking/click-id.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

/** What plans ask beside the order itself: where it goes, the partner's tier, who recruited the partner, the link. */
let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const CLICKED = '2026-03-01T09:00:00.000Z';
const settle = (program: GivenProgram, asOf = '2026-03-12T12:00:00.000Z') =>
  ground.settle(program, { mode: 'new', asOf });
const recompute = (program: GivenProgram, asOf: string) =>
  ground.settle(program, { mode: 'recompute', from: '2026-01-01T00:00:00.000Z', asOf });
const percent = (id: string, rateBps: number, when: object = {}) => ({
  ...{ id, label: id, when },
  pay: { kind: 'percent', rateBps },
});
const linesOf = async (program: GivenProgram, partnerId: string) =>
  (await program.chain(partnerId)).flatMap(({ lines }) => lines);
const centsOf = async (program: GivenProgram, partnerId: string) =>
  (await linesOf(program, partnerId)).map(({ cents }) => cents);
const postedOf = async (program: GivenProgram, orderId: string) =>
  Object.fromEntries(
    Object.entries((await program.conversion(orderId)).posted).map(([partnerId, { cents }]) => [partnerId, cents]),
  );

test('a rule for a country prices what goes there; an order that names none is no country’s', async () => {
  const rules = [percent('dach', 2_000, { countries: ['DE', 'AT'] }), percent('base', 1_000)];
  const program = await givenProgram(ground, 'countries', { rules });
  const ann = await program.partner('Ann');
  const clickId = await program.click(ann, 'v1', CLICKED);
  await program.order('de', '2026-03-02T10:00:00.000Z', { clickId, country: 'DE' });
  await program.order('us', '2026-03-03T10:00:00.000Z', { clickId, country: 'US' });
  await program.order('none', '2026-03-04T10:00:00.000Z', { clickId });
  await settle(program);
  expect(await postedOf(program, 'de')).toEqual({ [ann]: 2_000 });
  expect(await postedOf(program, 'us')).toEqual({ [ann]: 1_000 });
  expect(await postedOf(program, 'none')).toEqual({ [ann]: 1_000 });

  const { brandId, programId } = program;
  const key = (orderId: string) => ({ brandId, programId, eventType: 'sale', orderId });
  const amend = (orderId: string, country: string | null) =>
    program.stores.conversions.amend(
      key(orderId),
      { amendmentId: 'a-1', reason: 'data-corrected', country },
      { at: '2026-03-13T10:00:00.000Z', keyId: 'key_0' },
    );
  expect(await amend('none', 'AT')).toMatchObject({ outcome: 'recorded' });
  expect(await amend('de', null)).toMatchObject({ outcome: 'recorded' });
  await settle(program, '2026-03-14T12:00:00.000Z');
  expect(await postedOf(program, 'none')).toEqual({ [ann]: 2_000 });
  expect(await postedOf(program, 'de')).toEqual({ [ann]: 1_000 });
  expect(await program.violations(ann)).toEqual([]);
});

test('a rule for a tier prices by the tier at the time of the order, whenever it is settled', async () => {
  const rules = [percent('silver', 1_500, { tiers: ['silver'] }), percent('base', 1_000)];
  const program = await givenProgram(ground, 'tiers of partners', { rules });
  const ann = await program.partner('Ann');
  const bob = await program.partner('Bob', { tier: 'silver' });
  const clicks = {
    [ann]: await program.click(ann, 'v1', CLICKED),
    [bob]: await program.click(bob, 'v2', CLICKED),
  };
  await program.order('before', '2026-03-02T10:00:00.000Z', { clickId: clicks[ann]! });
  await program.changeEnrolment(ann, { tier: 'silver' }, '2026-03-03T00:00:00.000Z');
  await program.order('since', '2026-03-03T00:00:00.000Z', { clickId: clicks[ann]! });
  await program.order('bob', '2026-03-02T10:00:00.000Z', { clickId: clicks[bob]! });
  await program.changeEnrolment(bob, { tier: null }, '2026-03-05T00:00:00.000Z');
  await program.order('after', '2026-03-06T10:00:00.000Z', { clickId: clicks[bob]! });
  await settle(program);
  expect(await Promise.all(['before', 'since', 'bob', 'after'].map((id) => postedOf(program, id)))).toEqual([
    { [ann]: 1_000 },
    { [ann]: 1_500 },
    { [bob]: 1_500 },
    { [bob]: 1_000 },
  ]);
  await recompute(program, '2026-04-01T00:00:00.000Z');
  expect(await centsOf(program, ann)).toHaveLength(2);
});

describe('recruiters', () => {
  const overrides = [
    { id: 'first-level', label: 'Recruiter', level: 1, of: 'commission', rateBps: 1_000 },
    { id: 'second-level', label: 'Recruiter’s recruiter', level: 2, of: 'sales', rateBps: 50 },
  ];
  /** Rita recruited Rob, and Rob recruited Ann. Ann sells two things for 100.00 each. */
  async function recruited(name: string, over: object = {}) {
    const program = await givenProgram(ground, name, { overrides, ...over });
    const rita = await program.partner('Rita');
    const rob = await program.partner('Rob', { recruitedBy: rita });
    const ann = await program.partner('Ann', { recruitedBy: rob });
    const clickId = await program.click(ann, 'v1', CLICKED);
    const items = [{ sku: 'thing', quantity: 2, unitPriceCents: 10_000, discountCents: 0 }];
    const order = (orderId: string, at: string, more: object = {}) =>
      program.order(orderId, at, { clickId, items, customerId: 'C-1', ...more });
    const everybody = [ann, rob, rita] as const;
    /** Posted amounts are the lines, both ways, and every chain keeps the laws. */
    const wrong = async (...orders: readonly string[]) => [
      ...(await program.violations(...everybody)),
      ...auditPosted(
        await Promise.all(orders.map(program.conversion)),
        (await Promise.all(everybody.map((each) => program.chain(each)))).flat(),
      ),
    ];
    return { program, ann, rob, rita, clickId, order, wrong };
  }

  test('earn their parts, and give them back with what comes back; a rerun posts nothing', async () => {
    const { program, ann, rob, rita, order, wrong } = await recruited('recruiters');
    await order('1', '2026-03-02T10:00:00.000Z');
    await settle(program);
    // 10 % of 200.00 is 20.00; 10 % of that 2.00; 0.5 % of 200.00 1.00
    expect(await postedOf(program, '1')).toEqual({ [ann]: 2_000, [rob]: 200, [rita]: 100 });

    await program.returned('1', '2026-03-13T10:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, '2026-03-14T12:00:00.000Z');
    expect(await postedOf(program, '1')).toEqual({ [ann]: 1_000, [rob]: 100, [rita]: 50 });
    await program.returned('1', '2026-03-15T10:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, '2026-03-16T12:00:00.000Z');
    expect(await postedOf(program, '1')).toEqual({ [ann]: 0, [rob]: 0, [rita]: 0 });
    expect(await centsOf(program, rob)).toEqual([200, -100, -100]);
    expect(await centsOf(program, rita)).toEqual([100, -50, -50]);

    await recompute(program, '2026-03-17T12:00:00.000Z');
    expect(await centsOf(program, rob)).toHaveLength(3);
    expect(await wrong('1')).toEqual([]);
  });

  test('are told whose sales they are paid for, and nothing of the customer', async () => {
    const { program, ann, rob, rita, order } = await recruited('recruiters told');
    await order('1', '2026-03-02T10:00:00.000Z');
    await settle(program);
    await program.returned('1', '2026-03-13T10:00:00.000Z', [{ line: 1, quantity: 2 }]);
    await settle(program, '2026-03-14T12:00:00.000Z');
    const [earned, back] = (await linesOf(program, rob)).map((line) => explain(line, 'USD'));
    expect(earned).toBe(
      `You are paid for recruiting a partner of sale 1 of 2026-03-02 10:00 UTC. Recruiter: 2.00 USD (10 % of 20.00 USD of commission of ${ann}). ` +
        'Counted with version 1 of the commission plan and version 1 of the attribution policy. This earns 2.00 USD. Payable from 2026-04-01 on.',
    );
    expect(back).toContain('You are paid for recruiting a partner of sale 1');
    expect(back).toContain(
      '2 of 2 items came back, so this line takes back 2.00 USD: earned 2.00 USD before, 0.00 USD now.',
    );
    const [above] = (await linesOf(program, rita)).map((line) => explain(line, 'USD'));
    expect(above).toContain(`1.00 USD (0.5 % of 200.00 USD of sales of ${ann}, whom ${rob} recruited).`);
    const lines = JSON.stringify([await linesOf(program, rob), await linesOf(program, rita)]);
    expect(lines).not.toMatch(/C-1|customer/);
  });

  test('wait for their own hold, and no less than for the partner’s', async () => {
    const payoutTerms = { holdDays: 30, holdDaysByGroup: { fast: 0, slow: 60 } };
    const program = await givenProgram(ground, 'recruiters hold', { overrides, payoutTerms });
    const rita = await program.partner('Rita', { group: 'slow' });
    const rob = await program.partner('Rob', { group: 'fast', recruitedBy: rita });
    const ann = await program.partner('Ann', { recruitedBy: rob });
    await program.order('1', '2026-03-02T10:00:00.000Z', { clickId: await program.click(ann, 'v1', CLICKED) });
    await settle(program);
    const { posted } = await program.conversion('1');
    expect([ann, rob, rita].map((each) => posted[each]?.matures)).toEqual(['2026-04-01', '2026-04-01', '2026-05-01']);
  });

  test('earn only while they are active themselves, by the time of the order; the level above keeps its own', async () => {
    const { program, ann, rob, rita, order } = await recruited('recruiters paused');
    await program.changeEnrolment(rob, { status: 'paused' }, '2026-03-05T00:00:00.000Z');
    await order('1', '2026-03-04T10:00:00.000Z');
    await order('2', '2026-03-06T10:00:00.000Z');
    await settle(program);
    expect(await postedOf(program, '1')).toEqual({ [ann]: 2_000, [rob]: 200, [rita]: 100 });
    expect(await postedOf(program, '2')).toEqual({ [ann]: 2_000, [rita]: 100 });
  });

  test('who share the order themselves, or assisted, have all of it in one line', async () => {
    const assistBonus = { pay: { kind: 'flat', amountCents: 300 }, mostCents: 1_000 } as const;
    const policy = { model: 'last-touch', lookbackDays: 30, assistBonus } as const;
    const { program, ann, rob, rita, order, wrong } = await recruited('recruiters assist', { policy });
    await program.click(rob, 'v1', '2026-02-25T09:00:00.000Z');
    await order('1', '2026-03-02T10:00:00.000Z');
    await settle(program);
    expect(await postedOf(program, '1')).toEqual({ [ann]: 2_000, [rob]: 500, [rita]: 100 });
    const [line] = await linesOf(program, rob);
    expect(explain(line!, 'USD')).toMatch(
      /^You assisted with sale 1 .*Assist bonus: 3\.00 USD for the order\. Recruiter: 2\.00 USD \(10 % of 20\.00 USD of commission of .*Together this earns 5\.00 USD\./,
    );
    expect(await wrong('1')).toEqual([]);
  });

  test('have their part of what a limit really leaves', async () => {
    const { program, ann, rob, rita, order, wrong } = await recruited('recruiters capped');
    const cap: Cap = {
      ...{ brandId: program.brandId, programId: program.programId, capId: 'cap_0000000000000001' },
      ...{ scope: { kind: 'partner', partnerId: ann }, measure: 'payout', window: 'month', limit: 3_000, hard: true },
      ...{ startsAt: '2026-03-01T00:00:00.000Z', createdAt: '2026-03-01T00:00:00.000Z' },
    };
    const by = { at: cap.createdAt, person: 'p', keyId: 'k', action: 'createCap', target: 'cap' };
    await caps(ground.engine.client, ground.tables.core).create(cap, {
      ...{ ...by, auditId: 'aud_0000000000000001', brandId: program.brandId },
    });
    await order('1', '2026-03-02T10:00:00.000Z');
    await order('2', '2026-03-03T10:00:00.000Z');
    await settle(program);
    expect(await postedOf(program, '1')).toEqual({ [ann]: 2_000, [rob]: 200, [rita]: 100 });
    expect(await postedOf(program, '2'), 'Ann has no room, so nobody is paid for her').toEqual({});
    await recompute(program, '2026-03-13T12:00:00.000Z');
    expect(await postedOf(program, '2')).toEqual({});
    await program.returned('1', '2026-03-13T13:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, '2026-03-14T12:00:00.000Z');
    expect(await postedOf(program, '1')).toEqual({ [ann]: 1_000, [rob]: 100, [rita]: 50 });
    expect(await wrong('1', '2')).toEqual([]);
  });

  test('cost reads of the partners alone, however much was sold before', async () => {
    const { program, order } = await recruited('recruiters cost');
    const spent = async (orderId: string, at: string) => {
      await order(orderId, at);
      ground.meter.reset();
      await settle(program, '2026-03-28T12:00:00.000Z');
      return ground.meter.totals();
    };
    const early = await spent('0', '2026-03-02T10:00:00.000Z');
    for (let n = 1; n <= 20; n += 1) await order(String(n), `2026-03-${String(n + 2).padStart(2, '0')}T10:00:00.000Z`);
    await settle(program, '2026-03-28T12:00:00.000Z');
    const late = await spent('last', '2026-03-27T10:00:00.000Z');
    expect(late.writeUnits).toBe(early.writeUnits);
    expect(late.readUnits).toBeLessThanOrEqual(early.readUnits + 2);
  });
});

test('a limit of the month beside a rule for links knows the links of earlier orders, without their clicks', async () => {
  const program = await givenProgram(ground, 'links and limits');
  const ann = await program.partner('Ann');
  const clickId = await program.click(ann, 'v1', CLICKED);
  const { link } = clickOf({ clickId })!;
  const limited = { ...percent('link', 2_000, { links: [link] }), cap: { perPeriod: { cents: 5_000, per: 'month' } } };
  await program.plan([limited, percent('base', 1_000)], '2026-03-01T00:00:00.000Z');
  const { brandId, programId } = program;
  const visitor = Buffer.from('v1......').toString('base64url');
  await customers(ground.engine.client, ground.tables.core).recognise(
    { brandId, programId, customerId: 'C-1' },
    visitor,
    CLICKED,
    90,
  );
  // A and C are found through the customer alone; B says its click id and comes late.
  await program.order('A', '2026-03-02T10:00:00.000Z', { customerId: 'C-1' });
  await program.order('C', '2026-03-04T10:00:00.000Z', { customerId: 'C-1' });
  await settle(program, '2026-03-05T12:00:00.000Z');
  expect((await program.conversion('A')).credits).toMatchObject([{ partnerId: ann, link }]);
  expect(await postedOf(program, 'C')).toEqual({ [ann]: 2_000 });

  await program.order('B', '2026-03-03T10:00:00.000Z', { clickId, receivedAt: '2026-03-05T13:00:00.000Z' });
  await settle(program, '2026-03-05T14:00:00.000Z');
  await ground.settle(program, { mode: 'recount', asOf: '2026-03-06T01:30:00.000Z' });
  // 50.00 in the month: 20.00, 20.00 and the 10.00 that are left
  expect(await Promise.all(['A', 'B', 'C'].map((id) => postedOf(program, id)))).toEqual([
    { [ann]: 2_000 },
    { [ann]: 2_000 },
    { [ann]: 1_000 },
  ]);
  const journals = (await program.chain(ann)).length;
  await ground.settle(program, { mode: 'recount', asOf: '2026-03-07T01:30:00.000Z' });
  expect(await program.chain(ann)).toHaveLength(journals);
});

test('a renewal of three years pays for three years from the customer’s first order, and no day longer', async () => {
  const renewal = { ...percent('renewal', 1_000), recurring: { months: 36, rate: 'pinned' } };
  const program = await givenProgram(ground, 'three years', { rules: [renewal], since: '2023-01-01T00:00:00.000Z' });
  const ann = await program.partner('Ann');
  const later = await program.click(ann, 'v2', '2026-01-02T09:00:00.000Z');
  const inBetween = await program.click(ann, 'v3', '2025-01-15T09:00:00.000Z');
  const first = await program.click(ann, 'v1', '2023-01-20T09:00:00.000Z');
  await program.plan([{ ...renewal, pay: { kind: 'percent', rateBps: 400 } }], '2024-01-01T00:00:00.000Z');
  const told = '2026-01-29T00:00:00.000Z';
  const more = { customerId: 'C-1', receivedAt: told };
  await program.order('first', '2023-01-25T10:00:00.000Z', { ...more, clickId: first });
  await program.order('second', '2025-01-24T10:00:00.000Z', { ...more, clickId: inBetween });
  await program.order('last', '2026-01-24T10:00:00.000Z', { ...more, clickId: later });
  await program.order('over', '2026-01-25T10:00:00.000Z', { ...more, clickId: later });
  const asOf = '2026-01-30T00:00:00.000Z';
  await settle(program, asOf);
  const days = (from: string, to: string) =>
    ground.settle(program, { mode: 'recompute', asOf, from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` });
  await days('2025-01-24', '2025-01-25');
  await days('2026-01-24', '2026-01-26');
  // Pinned at the first order's 10 %, though the plan pays 4 % since 2027.
  expect(await Promise.all(['first', 'second', 'last', 'over'].map((id) => postedOf(program, id)))).toEqual([
    { [ann]: 1_000 },
    { [ann]: 1_000 },
    { [ann]: 1_000 },
    { [ann]: 0 },
  ]);
});
