import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PayoutRun } from '../../../lib/payouts/run.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { ADA, type ApiGround, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const settle = {
  workflow: 'settle-conversions',
  input: { mode: 'recompute', from: '2026-03-01T00:00:00+01:00', dryRun: true },
};
const finance = { ...ADA, person: 'fay@shop.example', role: 'finance' } as const;
const manager = { ...ADA, person: 'max@shop.example', role: 'manager' } as const;

const run: PayoutRun = {
  runId: 'pay_01kp3q8z4m7yc2hd',
  brandId: ADA.brandId,
  programId: 'prg_01kp3q8z4m7yc2hd',
  currency: 'EUR',
  asOf: '2026-03-29T00:00:00.000Z',
  status: 'awaiting-approval',
  madeBy: 'fay@shop.example',
  madeAt: '2026-03-29T00:00:00.000Z',
  itemCount: 1,
  totalCents: 100,
  excludedCount: 0,
};

describe('starting', () => {
  test('runs the workflow for the caller’s brand, as of the request', async () => {
    const started = await api.ok('startExecution', { body: settle });
    expect(started).toEqual({
      workflow: 'settle-conversions',
      name: expect.stringMatching(/^brd_aaaaaa-20260329T100000000-[0-9a-z]{6}$/),
      input: {
        asOf: '2026-03-29T10:00:00.000Z',
        mode: 'recompute',
        from: '2026-02-28T23:00:00.000Z',
        dryRun: true,
        brandId: ADA.brandId,
        madeBy: ADA.person,
      },
    });
    const params = { workflow: started.workflow, name: started.name };
    expect(await api.ok('getExecution', { params })).toMatchObject({ ...params, input: started.input });
    const { items } = await api.ok('listAudit', { query: { target: `${params.workflow}/${params.name}` } });
    expect(items).toMatchObject([{ action: 'startExecution', person: ADA.person, after: started.input }]);
  });

  test('never runs it for another brand', async () => {
    const body = { ...settle, input: { ...settle.input, brandId: EVE.brandId } };
    expect(await api.send('startExecution', { body })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'input.brandId' }] },
    });
  });

  test('twice under one key runs it once', async () => {
    const request = { body: { workflow: 'release-commissions' }, headers: { 'idempotency-key': 'release-1' } };
    const first = await api.ok('startExecution', request);
    expect(await api.ok('startExecution', request)).toEqual(first);
    const { items } = await api.ok('listExecutions', { query: { workflow: 'release-commissions' } });
    expect(items).toHaveLength(1);
  });

  test('a recount needs no window: it knows the days that may still move', async () => {
    const body = { workflow: 'settle-conversions', input: { mode: 'recount' } };
    expect(await api.ok('startExecution', { body })).toMatchObject({ input: { mode: 'recount' } });
  });

  test.each([
    ['a workflow that is none', { workflow: 'drop-tables' }, 'workflow'],
    ['a field of another workflow', { workflow: 'release-commissions', input: { mode: 'new' } }, 'input.mode'],
    ['recomputing without a beginning', { workflow: 'settle-conversions', input: { mode: 'recompute' } }, 'input.from'],
    [
      'a window that ends before it begins',
      { ...settle, input: { ...settle.input, to: '2026-02-01T00:00:00Z' } },
      'input.to',
    ],
    ['a draft of no program', { workflow: 'draft-payout', input: {} }, 'input.programId'],
  ])('%s is refused', async (_, body, field) => {
    expect(await api.send('startExecution', { body })).toMatchObject({ status: 400, body: { fields: [{ field }] } });
  });
});

describe('payout workflows', () => {
  const program = {
    ...{ name: 'Shop', currency: 'EUR', timeZone: 'Europe/Berlin', destinationUrl: 'https://shop.example/' },
    payoutTerms: { payoutCurrencies: ['USD'] },
    plan: { name: 'P', rules: [{ id: 'all', label: 'All', pay: { kind: 'percent', rateBps: 800 } }] },
  };
  const drafting = (programId: string, currency?: string) => ({
    workflow: 'draft-payout',
    input: { programId, ...(currency && { currency }) },
  });

  test('are started for programs of the brand and currencies that they pay in only, so that none fails later', async () => {
    const { programId } = await api.ok('createProgram', { body: program });
    const start = (body: object, as = finance) => api.send('startExecution', { as, body });
    expect(await start(drafting(programId, 'USD'))).toMatchObject({ status: 202 });
    expect(await start(drafting(programId, 'GBP'))).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'input.currency', message: 'must be EUR or USD: what the program pays in' }] },
    });
    const absent = { status: 404, body: { code: 'no-such-program' } };
    expect(await start(drafting(run.programId))).toMatchObject(absent);
    expect(await start({ workflow: 'audit-ledger', input: { programId } })).toMatchObject({ status: 202 });
    const eve = { ...EVE, role: 'finance' } as never;
    expect(await start({ workflow: 'audit-ledger', input: { programId } }, eve)).toMatchObject(absent);
  });

  test('are for finance and owners', async () => {
    const { programId } = await api.ok('createProgram', { body: program });
    const draft = drafting(programId);
    expect(await api.send('startExecution', { as: manager, body: draft })).toMatchObject({
      status: 403,
      body: { code: 'workflow-needs-finance' },
    });
    expect(await api.ok('startExecution', { as: finance, body: draft })).toMatchObject({
      input: { madeBy: finance.person },
    });
  });

  test('pay an approved run only', async () => {
    const body = { workflow: 'pay-payout', input: { runId: run.runId } };
    const start = () => api.send('startExecution', { as: finance, body });
    expect(await start()).toMatchObject({ status: 404, body: { code: 'no-such-payout-run' } });
    const runs = payoutRuns(api.client, api.tables.core);
    const stored = await runs.create(run);
    expect(await start()).toMatchObject({
      status: 422,
      body: { code: 'run-not-approved', detail: expect.stringContaining('awaiting-approval') },
    });
    await runs.change(stored, { ...run, status: 'approved', approvedBy: 'ann@shop.example' });
    expect(await start()).toMatchObject({ status: 202 });
    expect(await api.send('startExecution', { as: EVE, body })).toMatchObject({ status: 404 });
  });
});

describe('reading', () => {
  test('shows a brand its own executions, page by page, newest first; neither others’ nor scheduled ones', async () => {
    const mine = { ...EVE, brandId: 'brd_reader' };
    const names: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      names.push(
        (
          await api.ok('startExecution', {
            as: mine,
            body: { workflow: 'settle-conversions' },
            at: `2026-03-29T10:0${i}:00.000Z`,
          })
        ).name,
      );
      await api.ok('startExecution', { as: EVE, body: { workflow: 'settle-conversions' } });
    }
    const { arn } = api.ground.assembly.find('settle-conversions')!;
    api.states.start(arn, '{}', 'scheduled-1');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { workflow: 'settle-conversions', limit: '2', ...(cursor && { cursor }) };
      const page = await api.ok('listExecutions', { as: mine, query });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ name }: { name: string }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(names.reverse());
    for (const name of ['scheduled-1', names[0]!]) {
      const params = { workflow: 'settle-conversions', name };
      expect(await api.send('getExecution', { params })).toMatchObject({
        status: 404,
        body: { code: 'no-such-execution' },
      });
    }
  });

  test('refuses a cursor that somebody made up', async () => {
    const cursor = Buffer.from(JSON.stringify([[ADA.brandId, 'executions', 'settle-conversions'], 'x'])).toString(
      'base64url',
    );
    const refused = await api.send('listExecutions', { query: { workflow: 'settle-conversions', cursor } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'cursor' }] } });
  });
});
