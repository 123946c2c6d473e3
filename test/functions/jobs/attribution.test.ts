import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttributionPolicy } from '../../../lib/attribution/policy.ts';
import { explain, explainCredits } from '../../../lib/commission/explain.ts';
import { itemSize } from '../../../local/dynamodb/item-size.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const ORDERED = '2026-03-10T10:00:00.000Z';
const AS_OF = '2026-03-10T12:00:00.000Z';
const settle = (program: GivenProgram, input: object = {}) => ground.settle(program, { asOf: AS_OF, ...input });
const recompute = (program: GivenProgram, asOf: string) =>
  settle(program, { mode: 'recompute', from: '2026-03-01T00:00:00.000Z', asOf });
const policy = (given: object) => AttributionPolicy.parse(given);

/** A content partner and a coupon partner, each clicked: days before, and a minute before the order. */
async function poached(name: string, given: object, payoutTerms = {}) {
  const program = await givenProgram(ground, name, { policy: policy(given), payoutTerms });
  const blog = await program.partner('Blog');
  const deals = await program.partner('Deals', { type: 'coupon' });
  await program.click(blog, 'v1', '2026-03-07T10:00:00.000Z');
  const clickId = await program.click(deals, 'v1', '2026-03-10T09:59:00.000Z');
  await program.order('1', ORDERED, { clickId });
  return { program, blog, deals };
}
const pending = async (program: GivenProgram, partnerId: string) => (await program.balances(partnerId)).pending ?? 0;

/** As if the retention of clicks had passed. */
async function forgetClicks(): Promise<void> {
  const { client } = ground.engine;
  const TableName = ground.tables.clicks;
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  const gone = Items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk: pk!, sk: sk! } } }));
  const request: BatchWriteItemCommandInput = { RequestItems: { [TableName]: gone } };
  if (gone.length > 0) await client.send(new BatchWriteItemCommand(request));
}

describe('a coupon click at the till', () => {
  test('keeps 20 % where a content partner was there before, and both are told why', async () => {
    const lateTouch = { withinSeconds: 120, mostBps: 2_000 };
    const { program, blog, deals } = await poached('poached', { model: 'last-touch', lateTouch });
    await settle(program);
    // A tenth of 80.00 and of 20.00.
    expect([await pending(program, blog), await pending(program, deals)]).toEqual([800, 200]);
    const [line] = (await program.chain(deals))[0]!.lines;
    expect(explain(line!, 'USD')).toContain(
      'You are credited with 20 % of sale 1 of 2026-03-10 10:00 UTC: your touch, a click at 2026-03-10 09:59 UTC, was the last of 2 ' +
        '(model: last touch). Late touches keep at most 20 % where another partner had won the customer earlier; the rest went to the ' +
        'earlier touches.',
    );
    const stored = await program.conversion('1');
    expect(stored.because).toEqual([{ rule: 'late-touch', mostBps: 2_000 }]);
    expect(explainCredits(stored, 'last-touch')).toBe(
      '2 touches counted; 2 partners got all credit by version 1 of the attribution policy (model: last touch). Late touches keep at most ' +
        '20 % where another partner had won the customer earlier; the rest went to the earlier touches.',
    );
    expect(await program.violations(blog, deals)).toEqual([]);
  });

  test('counts for a week only, when the program looks back no further for coupon partners', async () => {
    const given = { model: 'last-touch', lookbackDays: 7, lookbackDaysByType: { coupon: 30, content: 2 } };
    const { program, blog, deals } = await poached('windows', given);
    await settle(program);
    expect([await pending(program, blog), await pending(program, deals)]).toEqual([0, 1_000]);
    expect((await program.conversion('1')).because).toEqual([{ rule: 'window', left: 1 }]);
  });

  test('leaves an assist bonus to the content partner, beside the commission', async () => {
    const assistBonus = { pay: { kind: 'percent', rateBps: 150 }, mostCents: 1_000 };
    const { program, blog, deals } = await poached('assist', { model: 'last-touch', assistBonus });
    await settle(program);
    expect([await pending(program, blog), await pending(program, deals)]).toEqual([150, 1_000]);
    const { credits = [] } = await program.conversion('1');
    expect(credits.map(({ partnerId, creditBps }) => [partnerId, creditBps])).toEqual([
      [deals, 10_000],
      [blog, 0],
    ]);
    await recompute(program, '2026-03-11T00:00:00.000Z');
    expect(await program.chain(blog)).toHaveLength(1);
    expect(await program.violations(blog, deals)).toEqual([]);
  });
});

describe('a settled conversion', () => {
  test('keeps its journey, so that a return after the clicks have gone is shared as before', async () => {
    const { program, blog, deals } = await poached('kept', { model: 'linear' });
    await settle(program);
    expect((await program.conversion('1')).journey).toMatchObject([{ partnerId: blog }, { partnerId: deals }]);
    await forgetClicks();
    await recompute(program, '2026-03-20T00:00:00.000Z');
    expect([await pending(program, blog), await pending(program, deals)]).toEqual([500, 500]);
  });

  test('of three lines, four touches and a rule that had a say is below a kilobyte', async () => {
    const lateTouch = { withinSeconds: 120, mostBps: 2_000 };
    const program = await givenProgram(ground, 'size', { policy: policy({ model: 'position-based', lateTouch }) });
    const people = [await program.partner('Ann'), await program.partner('Bob'), await program.partner('Cy')];
    for (const [day, person] of people.entries())
      await program.click(person, 'v1', `2026-03-0${day + 1}T10:00:00.000Z`);
    const deals = await program.partner('Deals', { type: 'coupon' });
    const clickId = await program.click(deals, 'v1', '2026-03-10T09:59:00.000Z');
    const items = [1, 2, 3].map((n) => ({
      sku: `SKU-1000${n}`,
      category: 'shoes',
      quantity: 1,
      unitPriceCents: 4_999,
      discountCents: 0,
    }));
    await program.order('100001', ORDERED, { clickId, items, cartAt: '2026-03-10T09:50:00.000Z' });
    await settle(program);
    const { Items = [] } = await ground.engine.client.send(new ScanCommand({ TableName: ground.tables.conversions }));
    const row = Items.find(({ pk }) => pk?.S?.startsWith(`${program.brandId}#`) && pk.S.endsWith('#100001'));
    expect(row?.jn?.S).toHaveLength(4 * 12);
    expect(itemSize(row as never)).toBeLessThanOrEqual(1_024);
  });
});

test('a locked conversion that was settled before journeys were kept is shared as before when its clicks have gone', async () => {
  const { program, blog, deals } = await poached('older', { model: 'linear' });
  await settle(program);
  const key = { pk: { S: `${program.brandId}#${program.programId}#sale#1` }, sk: { S: '#' } };
  const TableName = ground.tables.conversions;
  await ground.engine.client.send(new UpdateItemCommand({ TableName, Key: key, UpdateExpression: 'REMOVE jn' }));
  await forgetClicks();
  const half = { id: 'base', label: 'Half', when: {}, pay: { kind: 'percent', rateBps: 500 } };
  await program.plan([half], '2026-01-01T00:00:00.000Z');
  await recompute(program, '2026-04-20T00:00:00.000Z');
  expect([await pending(program, blog), await pending(program, deals)]).toEqual([250, 250]);
  expect((await program.conversion('1')).unattributed).toBeUndefined();
});

describe('a policy that is changed for the past', () => {
  const first = { effectiveFrom: '2026-01-01T00:00:00.000Z', policy: policy({ model: 'first-touch' }) };

  test('credits again what is still in its hold', async () => {
    const { program, blog, deals } = await poached('in hold', { model: 'last-touch' });
    await settle(program);
    await program.policy(first.policy, first.effectiveFrom);
    await recompute(program, '2026-04-08T23:59:59.000Z');
    expect([await pending(program, blog), await pending(program, deals)]).toEqual([1_000, 0]);
  });

  test('changes no credit once the hold is over, while a corrected plan and a return still change amounts', async () => {
    const { program, blog, deals } = await poached('locked', { model: 'last-touch' });
    await settle(program);
    await program.policy(first.policy, first.effectiveFrom);
    ground.meter.reset();
    await recompute(program, '2026-04-09T00:00:00.000Z');
    expect(ground.writeUnits()).toBe(0);
    const five = { id: 'base', label: 'Five', when: {}, pay: { kind: 'percent', rateBps: 500 } };
    await program.plan([five], '2026-01-01T00:00:00.000Z');
    await recompute(program, '2026-04-10T00:00:00.000Z');
    expect([await pending(program, blog), await pending(program, deals)]).toEqual([0, 500]);
    await program.returned('1', '2026-04-11T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, { asOf: '2026-04-11T01:00:00.000Z' });
    expect([await program.balances(blog), await pending(program, deals)]).toEqual([{}, 0]);
    expect((await program.conversion('1')).credits).toMatchObject([{ partnerId: deals, creditBps: 10_000 }]);
    expect((await program.conversion('1')).settled).toMatchObject({ policyVersion: 1, planVersion: 2 });
    expect(await program.violations(blog, deals)).toEqual([]);
  });
});
