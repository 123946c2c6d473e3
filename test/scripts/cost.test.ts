import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { billOf, SERVICES } from '../../scripts/cost/bill.ts';
import { inventoryOf, runsPerMonth } from '../../scripts/cost/inventory.ts';
import { readLoad } from '../../scripts/cost/load.ts';
import { PRICES } from '../../scripts/cost/prices.ts';
import { table, totalsOf } from '../../scripts/cost/report.ts';
import { readUnits } from '../../scripts/cost/units.ts';
import { synthesizedStage } from '../infra/synthesized.ts';

const units = readUnits(join(import.meta.dirname, '../../docs/measured-units.json'));
const NOTHING = { clicks: 0, conversions: 0, mails: 0 };

describe.each([
  ['dev', 5],
  ['prod', 20],
] as const)('the bill of %s', async (name, most) => {
  const stage = synthesizedStage(name);
  afterAll(() => stage.remove());
  const inventory = await inventoryOf(Object.values(stage.templates) as never);

  test(`is at most $${most} a month when nothing happens`, async () => {
    const { idle, load } = totalsOf(await billOf(inventory, units, NOTHING));
    expect(load).toBe(0);
    expect(idle).toBeGreaterThan(1);
    expect(idle).toBeLessThanOrEqual(most);
  });

  test('counts what the templates hold', () => {
    expect(inventory.keys).toBe(stage.ofType('AWS::KMS::Key').length);
    expect(inventory.alarmMetrics).toBe(stage.ofType('AWS::CloudWatch::Alarm').length);
    expect(inventory.dashboards).toBe(stage.ofType('AWS::CloudWatch::Dashboard').length);
    const sources = stage.ofType('AWS::Lambda::EventSourceMapping');
    const ofQueues = sources.filter(({ properties }) => properties.StartingPosition === undefined);
    expect(inventory.queueReaders).toBe(ofQueues.length);
    expect(inventory.schedules).toHaveLength(stage.ofType('AWS::Scheduler::Schedule').length);
    expect(inventory.workflows.size).toBe(stage.ofType('AWS::StepFunctions::StateMachine').length);
    for (const { idle } of inventory.workflows.values()) expect(idle).toBeLessThanOrEqual(3);
    expect(inventory.memoryGb.get('track/click')).toBe(0.25);
  });

  test('has each service of the list and a line for the total', async () => {
    const lines = table(await billOf(inventory, units, { clicks: 1e6, conversions: 1e4, mails: 1e3 })).split('\n');
    expect(lines.map((line) => line.split(/\s{2,}/)[0])).toEqual(
      expect.arrayContaining(['service', ...SERVICES, 'total']),
    );
  });

  test('a million clicks cost what their request, write, storage, run and log line cost', async () => {
    const before = totalsOf(await billOf(inventory, units, NOTHING));
    const after = totalsOf(await billOf(inventory, units, { ...NOTHING, clicks: 1e6 }));
    const floor = 1 + 0.2 + 0.625 * units.click.wru;
    expect(after.load - before.load).toBeGreaterThan(floor);
    // 0.45 GB, at 25 cents for storing and 20 for recovering it, kept for so many months.
    const stored = 0.45 * 0.45 * (inventory.clickDays / 30);
    expect(after.load - before.load).toBeLessThan(floor + stored + 1.2);
  });

  test('grows with every kind of traffic', async () => {
    const usd = async (load: typeof NOTHING) => totalsOf(await billOf(inventory, units, load)).load;
    for (const kind of ['clicks', 'conversions', 'mails'] as const) {
      expect(await usd({ ...NOTHING, [kind]: 2e5 })).toBeGreaterThan(await usd({ ...NOTHING, [kind]: 1e5 }));
    }
  });
});

test.each([
  ['rate(5 minutes)', 8760],
  ['rate(1 hour)', 730],
  ['rate(2 days)', 730 / 48],
  ['cron(15 2 * * ? *)', 730 / 24],
  ['cron(30 3 ? * SUN *)', 730 / 168],
])('%s runs so often in a month', (expression, runs) => {
  expect(runsPerMonth(expression)).toBeCloseTo(runs, 6);
});

test('a schedule that it cannot count is refused, not taken as free', () => {
  expect(() => runsPerMonth('cron(0 8 1 * ? *)')).toThrow('cannot tell how often');
});

test('every price says where and when it was read', () => {
  for (const price of Object.values(PRICES)) {
    expect(price.usd).toBeGreaterThan(0);
    expect(price.source.length).toBeGreaterThan(5);
    expect(price.asOf).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
  }
});

describe('amounts on the command line', () => {
  test.each([
    [{}, NOTHING],
    [
      { clicks: '1e6', conversions: '10000' },
      { clicks: 1e6, conversions: 1e4, mails: 0 },
    ],
    [{ mails: '0' }, NOTHING],
  ])('%j', (given, load) => expect(readLoad(given)).toEqual(load));

  test.each(['-1', '1.5', 'many', '', '1e13', 'NaN'])('%j is refused by name', (clicks) => {
    expect(() => readLoad({ clicks })).toThrow('--clicks must be a whole number a month');
  });
});

describe('measured units', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-units-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('a file without a figure is refused by name', () => {
    const path = join(folder, 'units.json');
    writeFileSync(
      path,
      JSON.stringify({ click: { wru: 1, rru: 0, durationMs: 6 }, conversion: { wru: 7, durationMs: 9 } }),
    );
    expect(() => readUnits(path)).toThrow('conversion.rru must be a number');
  });
});
