import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../../lib/commission/explain.ts';
import { derive } from '../../../lib/ids.ts';
import { fxRates } from '../../../lib/store/fx-rates.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { type SettlementGround, settlementGround } from '../../support/settlement.ts';

let ground: SettlementGround;
beforeAll(async () => {
  ground = await settlementGround();
});
afterAll(() => ground.stop());

const CLICKED = '2026-03-10T09:00:00.000Z';
const ORDERED = '2026-03-10T10:00:00.000Z';
const settle = (program: GivenProgram, input: object = {}, asOf = '2026-03-10T12:00:00.000Z') =>
  ground.settle(program, { asOf, ...input });
const recompute = (program: GivenProgram, asOf: string) =>
  settle(program, { mode: 'recompute', from: '2026-03-09T00:00:00.000Z', to: '2026-03-12T00:00:00.000Z' }, asOf);
let told = 0;
const send = (program: GivenProgram, rates: Record<string, string>, base = 'USD') =>
  fxRates(ground.engine.client, ground.tables.core).put(program.brandId, '2026-03-10', { base, rates }, () => {
    told += 1;
    return {
      ...{ auditId: derive('audit', 'fx', told), brandId: program.brandId, at: ORDERED, person: 'x', keyId: 'k' },
      ...{ action: 'putFxRates', target: 'fx' },
    };
  });

describe('an order in another currency than its program’s', () => {
  test('waits for the rate with its reason, is settled by it once it is there, corrected by a later version', async () => {
    const program = await givenProgram(ground, 'exchange');
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await program.order('1', ORDERED, { clickId, currency: 'EUR' });
    await settle(program);
    expect(await program.conversion('1')).toMatchObject({
      unattributed: expect.stringMatching(/^no-fx-rate: no rate from EUR to USD on 2026-03-10; /),
      posted: {},
    });
    expect(await program.balances(ann)).toEqual({});

    expect(await send(program, { EUR: '0.8' })).toMatchObject({ outcome: 'stored', table: { version: 1 } });
    expect(await send(program, { EUR: '0.8' })).toMatchObject({ outcome: 'already-there', table: { version: 1 } });
    await recompute(program, '2026-03-10T13:00:00.000Z');
    // 100.00 EUR / 0.8 = 125.00 USD, of which 10 %.
    expect(await program.balances(ann)).toEqual({ expense: -1_250, pending: 1_250 });
    const settled = await program.conversion('1');
    expect(settled.unattributed).toBeUndefined();
    expect(settled).toMatchObject({
      currency: 'EUR',
      items: [{ unitPriceCents: 10_000 }],
      exchange: {
        from: 'EUR',
        fromCents: 10_000,
        to: 'USD',
        toCents: 12_500,
        rateId: '2026-03-10/1',
        rate: '1 USD is 0.8 EUR',
      },
    });
    const [journal] = await program.chain(ann);
    expect(explain(journal!.lines[0]!, 'USD')).toContain(
      'It was made in EUR: 100.00 EUR are 125.00 USD by the rates of 2026-03-10, version 1 (1 USD is 0.8 EUR).',
    );

    await recompute(program, '2026-03-10T14:00:00.000Z');
    expect(await program.chain(ann)).toHaveLength(1);
    await send(program, { EUR: '0.5' });
    await recompute(program, '2026-03-10T15:00:00.000Z');
    expect(await program.balances(ann)).toEqual({ expense: -2_000, pending: 2_000 });
    expect((await program.conversion('1')).exchange?.rateId).toBe('2026-03-10/2');
    expect(await program.violations(ann)).toEqual([]);
  });

  test('gives back by the same rate what comes back', async () => {
    const program = await givenProgram(ground, 'exchange and return');
    const ann = await program.partner('Ann');
    const clickId = await program.click(ann, 'v1', CLICKED);
    await send(program, { EUR: '0.8' });
    const items = [{ sku: 'boot', quantity: 2, unitPriceCents: 5_000, discountCents: 0 }];
    await program.order('1', ORDERED, { clickId, currency: 'EUR', items });
    await settle(program);
    await program.returned('1', '2026-03-11T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle(program, {}, '2026-03-11T12:00:00.000Z');
    expect(await program.balances(ann)).toEqual({ expense: -625, pending: 625 });
    expect((await program.conversion('1')).exchange).toMatchObject({ fromCents: 5_000, toCents: 6_250 });
  });

  test('another brand’s rates are none', async () => {
    const program = await givenProgram(ground, 'no rates of its own');
    const ann = await program.partner('Ann');
    await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED), currency: 'EUR' });
    await settle(program);
    expect((await program.conversion('1')).unattributed).toMatch(/^no-fx-rate/);
  });
});

test('a trial credits nobody, and says so', async () => {
  const program = await givenProgram(ground, 'trial');
  const ann = await program.partner('Ann');
  await program.order('1', ORDERED, { clickId: await program.click(ann, 'v1', CLICKED), test: true });
  await settle(program);
  expect(await program.conversion('1')).toMatchObject({ test: true, unattributed: 'test', posted: {} });
  expect(await program.balances(ann)).toEqual({});
});
