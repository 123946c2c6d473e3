import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { armOf } from '../../../lib/experiments/assignment.ts';
import { CONTRACTS } from '../../../lib/http/contracts/all.ts';
import { type ApiGround, aProgram, apiGround, type CallOptions } from '../../support/api-ground.ts';

const REGISTERED = '2026-04-12T09:00:00.000Z';
const RUNNING = '2026-05-10T09:00:00.000Z';
const REPORTING = '2026-05-30T09:00:00.000Z';
const CLOSED = '2026-06-10T09:00:00.000Z';
const plan = CONTRACTS.registerExperiment.examples?.body as Record<string, unknown>;

let api: ApiGround;
let programId: string;
beforeAll(async () => {
  api = await apiGround();
  ({ programId } = await aProgram(api, { timeZone: 'Europe/Berlin' }));
});
afterAll(() => api.close());

const register = (over: object = {}, more: CallOptions = {}) =>
  api.send('registerExperiment', { params: { programId }, body: { ...plan, ...over }, at: REGISTERED, ...more });
async function registered(over: object = {}) {
  const { status, body } = await register(over);
  expect(status, JSON.stringify(body)).toBe(201);
  return { ...body, params: { programId, experimentId: body.experimentId as string } };
}
const arms = (exposed: object, holdout: object) => ({ exposed: { sees: exposed }, holdout: { sees: holdout } });

describe('registering', () => {
  test('keeps the plan, the power check and the instants of its days', async () => {
    const { experimentId, ...body } = await registered();
    expect(body).toMatchObject({
      phase: 'registered',
      startsAt: '2026-04-30T22:00:00.000Z',
      endsAt: '2026-05-28T22:00:00.000Z',
      closesAt: '2026-06-04T22:00:00.000Z',
      minimumSample: 100_000,
      power: { of: 'units', enough: true, required: 106_421 },
      registeredBy: 'ada@shop.example',
      revision: 1,
    });
    const { items } = await api.ok('listAudit', { query: { target: `${programId}/experiments/${experimentId}` } });
    expect(items).toMatchObject([{ action: 'registerExperiment', after: { hypothesis: plan.hypothesis } }]);
    const list = await api.ok('listExperiments', { params: { programId }, at: REGISTERED });
    expect(list.items.map((one: { experimentId: string }) => one.experimentId)).toContain(experimentId);
  });

  test.each([
    ['both arms see the same', { arms: arms({}, {}) }, 422, 'arms-see-the-same', 'arms.holdout.sees.couponBox'],
    [
      'only credit is withheld',
      { arms: { exposed: { sees: {} }, holdout: { sees: {}, credit: 'withheld' } } },
      422,
      'arms-see-the-same',
      'arms.holdout.sees.couponBox',
    ],
    [
      'a second difference',
      { arms: arms({}, { couponBox: 'off', links: 'off' }) },
      422,
      'arms-differ-otherwise',
      'arms.holdout.sees.links',
    ],
    ['too small', { expectedUnits: 20_000 }, 422, 'underpowered', 'minimumEffectBps'],
    ['the first day has begun', { startsOn: '2026-04-12' }, 422, 'starts-too-early', 'startsOn'],
    ['no baseline', { baseline: {} }, 400, 'invalid-fields', 'baseline.rateBps'],
    [
      'a baseline of another metric',
      { baseline: { rateBps: 1, sdCents: 5 } },
      400,
      'invalid-fields',
      'baseline.sdCents',
    ],
    ['the end before the start', { endsOn: '2026-04-30' }, 400, 'invalid-fields', 'endsOn'],
  ])('refuses: %s', async (_, over, status, code, field) => {
    const refused = await register(over);
    expect({ status: refused.status, code: refused.body.code }, JSON.stringify(refused.body)).toEqual({ status, code });
    expect(refused.body.fields.map((one: { field: string }) => one.field)).toContain(field);
  });

  test('runs an experiment that is too small when told so, and says so', async () => {
    const { power } = await registered({ expectedUnits: 20_000, acceptUnderpowered: true });
    expect(power).toMatchObject({ enough: false, required: 106_421 });
    expect(power.sentence).toContain('Too few');
  });

  test('is done once under an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'experiment-1' };
    const [first, again] = [await register({}, { headers }), await register({}, { headers })];
    expect(again.body.experimentId).toBe(first.body.experimentId);
  });

  test('can be tried without registering anything', async () => {
    const before = await api.ok('listExperiments', { params: { programId } });
    const checked = await api.ok('checkExperiment', {
      params: { programId },
      body: {
        ...plan,
        design: { kind: 'time-switch-off', surface: 'links', blockDays: 7 },
        baseline: { relativeSdBps: 500 },
        arms: arms({}, { links: 'off' }),
        endsOn: '2026-07-23',
      },
    });
    expect(checked.power).toMatchObject({ of: 'pairs', expected: 6 });
    expect(await api.ok('listExperiments', { params: { programId } })).toEqual(before);
  });
});

describe('a registered experiment', () => {
  test('may be planned anew before its start, whole', async () => {
    const { params } = await registered();
    const shorter = { ...plan, hypothesis: 'Another', minimumSample: undefined };
    const changed = await api.ok('updateExperiment', { params, body: shorter, at: REGISTERED });
    expect(changed).toMatchObject({ hypothesis: 'Another', minimumSample: 106_421, revision: 2 });
    const stale = await api.send('updateExperiment', {
      params,
      body: plan,
      at: REGISTERED,
      headers: { 'if-match': '1' },
    });
    expect(stale.status).toBe(412);
  });

  test('stays as it is from its start on', async () => {
    const { params } = await registered();
    const refused = await api.send('updateExperiment', {
      params,
      body: { ...plan, name: 'Other' },
      at: '2026-04-30T22:00:00.000Z',
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'experiment-started' } });
    expect(await api.ok('getExperiment', { params, at: RUNNING })).toMatchObject({ name: plan.name, revision: 1 });
  });

  test('called off before its start never ran', async () => {
    const { params } = await registered();
    const stopped = await api.ok('stopExperiment', { params, body: { reason: 'No budget' }, at: REGISTERED });
    expect(stopped.phase).toBe('called-off');
    expect(await api.send('getExperimentResult', { params, at: CLOSED })).toMatchObject({
      status: 409,
      body: { code: 'called-off' },
    });
  });
});

describe('an assignment', () => {
  test('is what the pure function says, and takes effect while the experiment runs', async () => {
    const experiment = await registered();
    const { params } = experiment;
    const unit = Array.from({ length: 20 }, (_, i) => `customer-${i}`).find(
      (one) => armOf(experiment, one) === 'holdout',
    )!;
    const ask = (at: string) => api.ok('getAssignment', { params: { ...params, unit }, at });
    expect(await ask(RUNNING)).toEqual({
      unit,
      arm: 'holdout',
      active: true,
      sees: { couponBox: 'off', links: 'on', extension: 'on' },
    });
    for (const at of [REGISTERED, REPORTING])
      expect(await ask(at)).toEqual({
        unit,
        arm: 'holdout',
        active: false,
        sees: { couponBox: 'on', links: 'on', extension: 'on' },
      });
  });

  test('is refused to what is no unit of it', async () => {
    const { params } = await registered();
    expect(await api.send('getAssignment', { params: { ...params, unit: 'short' }, at: RUNNING })).toMatchObject({
      status: 422,
      body: { code: 'not-a-unit', fields: [{ field: 'unit' }] },
    });
  });
});

describe('outcomes', () => {
  const outcome = (unit: string, over: object = {}) => ({ unit, saw: false, converted: false, ...over });

  test('count once, however often they are told; the first telling stands', async () => {
    const { params } = await registered();
    const report = (units: unknown[], at = RUNNING) => api.send('reportOutcomes', { params, body: { units }, at });
    const units = Array.from({ length: 250 }, (_, i) => outcome(`customer-${i}`));
    expect((await report(units)).body).toMatchObject({ recorded: 250, alreadyThere: 0 });
    expect((await report([...units, outcome('customer-250'), outcome('customer-250')])).body).toMatchObject({
      recorded: 1,
      alreadyThere: 251,
    });
    const refused = await report([outcome('customer-7', { converted: true }), outcome('customer-251')]);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'different-outcome', fields: [{ field: 'units[0]' }] },
    });
    const { progress } = await api.ok('getExperiment', { params, at: RUNNING });
    expect(progress.units.exposed + progress.units.holdout).toBe(252);
  });

  test('told by two servers at the same time count once', async () => {
    const { params } = await registered();
    const units = Array.from({ length: 300 }, (_, i) => outcome(`customer-${i}`));
    const send = async (list: unknown[]) => {
      for (;;) {
        const { status, body } = await api.send('reportOutcomes', { params, body: { units: list }, at: RUNNING });
        if (status === 200) return;
        expect(status, JSON.stringify(body)).toBe(503);
      }
    };
    await Promise.all([send(units), send([...units].reverse()), send(units)]);
    const { progress } = await api.ok('getExperiment', { params, at: RUNNING });
    expect(progress.units.exposed + progress.units.holdout).toBe(300);
  });

  test.each([
    ['before the start', REGISTERED, 'not-started'],
    ['when the result stands', CLOSED, 'experiment-closed'],
  ])('are refused %s', async (_, at, code) => {
    const { params } = await registered();
    expect(await api.send('reportOutcomes', { params, body: { units: [outcome('customer-1')] }, at })).toMatchObject({
      status: 409,
      body: { code },
    });
  });

  test.each([
    ['blocks for customers', { blocks: [{ day: '2026-05-02', units: 5, saw: 1, conversions: 1 }] }, 'blocks'],
    ['neither', {}, 'units'],
    ['revenue without a conversion', { units: [outcome('customer-1', { revenueCents: 5 })] }, 'units[0].revenueCents'],
    ['an address for a hash', { units: [outcome('ada@shop.example')] }, 'units[0].unit'],
  ])('are refused: %s', async (_, body, field) => {
    const { params } = await registered();
    const refused = await api.send('reportOutcomes', { params, body, at: RUNNING });
    expect(refused.status, JSON.stringify(refused.body)).toBe(400);
    expect(refused.body.fields[0].field).toBe(field);
  });
});

describe('a result', () => {
  /** Every n-th customer of an arm converts. */
  async function ran(every: { exposed: number; holdout: number }, { sawHoldout = false } = {}) {
    const experiment = await registered({ reportingDays: 7, minimumSample: 1_500 });
    const seen = { exposed: 0, holdout: 0 };
    for (let from = 0; from < 2_000; from += 1_000) {
      const units = Array.from({ length: 1_000 }, (_, i) => {
        const unit = `customer-${from + i}`;
        const arm = armOf(experiment, unit)!;
        seen[arm] += 1;
        const converted = seen[arm] % every[arm] === 0;
        return { unit, saw: arm === 'exposed' || sawHoldout, converted, revenueCents: converted ? 5_000 : 0 };
      });
      await api.ok('reportOutcomes', { params: experiment.params, body: { units }, at: REPORTING });
    }
    return experiment;
  }
  const resultAt = (params: Record<string, string>, at: string) => api.send('getExperimentResult', { params, at });

  test('is hidden until it stands; before, there are counts only', async () => {
    const { params } = await ran({ exposed: 5, holdout: 10 });
    for (const at of [RUNNING, REPORTING]) {
      expect(await resultAt(params, at)).toMatchObject({ status: 409, body: { code: 'no-result-yet' } });
      const read = await api.ok('getExperiment', { params, at });
      expect(read.result).toBeUndefined();
      expect(Object.keys(read.progress)).toEqual(['told', 'units', 'saw']);
    }
    const { body } = await resultAt(params, CLOSED);
    expect(body).toMatchObject({ verdict: 'shown', stoppedEarly: false, underpowered: false });
    expect(body.comparison.interval.low).toBeGreaterThan(0);
    expect(body.sentences[0]).toContain('Shown: the coupon box brought more');
    expect((await api.ok('getExperiment', { params, at: CLOSED })).result).toEqual(body);
  });

  test('is “not shown” when the interval spans zero', async () => {
    const { params } = await ran({ exposed: 10, holdout: 10 });
    const { body } = await resultAt(params, CLOSED);
    expect(body.verdict).toBe('not-shown');
    expect(body.sentences[0]).toBe('Not shown: the interval spans zero, so what was seen may be chance.');
    expect(body.comparison.interval.low).toBeLessThan(0);
  });

  test('is not valid when both arms saw the same after all', async () => {
    const { params } = await ran({ exposed: 5, holdout: 10 }, { sawHoldout: true });
    const { body } = await resultAt(params, CLOSED);
    expect(body.verdict).toBe('not-valid');
    expect(body.comparison).toBeUndefined();
    expect(body.sentences[0]).toContain('both arms saw much the same');
  });

  test('of an experiment stopped early says so and why', async () => {
    const { params } = await registered();
    const stop = (reason: string) => api.send('stopExperiment', { params, body: { reason }, at: RUNNING });
    expect(await stop('The checkout was down')).toMatchObject({ status: 200, body: { phase: 'reporting' } });
    expect((await stop('The checkout was down')).status).toBe(200);
    expect(await stop('Another reason')).toMatchObject({ status: 409, body: { code: 'experiment-over' } });
    const { body } = await resultAt(params, '2026-05-17T09:00:00.000Z');
    expect(body).toMatchObject({ verdict: 'not-valid', stoppedEarly: true, underpowered: true });
    expect(body.sentences).toContain('Stopped early, on 2026-05-10: The checkout was down');
  });

  test('of regions is told in days', async () => {
    const geos = Array.from({ length: 8 }, (_, i) => `R${i}`);
    const experiment = await registered({
      design: { kind: 'geo-switch-off', surface: 'links', geos, holdoutGeos: 4, beforeDays: 7 },
      arms: arms({}, { links: 'off' }),
      baseline: { relativeSdBps: 300 },
      expectedUnits: undefined,
      minimumSample: undefined,
      endsOn: '2026-05-07',
    });
    const { params } = experiment;
    const blocks = geos.flatMap((geo, place) =>
      Array.from({ length: 14 }, (_, day) => {
        const exposed = armOf(experiment, geo) === 'exposed';
        const on = day < 7 || exposed;
        const date = new Date(Date.UTC(2026, 3, 24 + day)).toISOString().slice(0, 10);
        return {
          geo,
          day: date,
          units: 1_000,
          saw: on ? 500 : 0,
          conversions: (on ? 60 : 45) + place + (day % 3) + (day < 7 ? 0 : place % 2),
        };
      }),
    );
    await api.ok('reportOutcomes', { params, body: { blocks }, at: RUNNING });
    expect((await api.ok('reportOutcomes', { params, body: { blocks }, at: RUNNING })).alreadyThere).toBe(112);
    const wrong = await api.send('reportOutcomes', {
      params,
      body: { blocks: [{ ...blocks[0], geo: 'R9' }] },
      at: RUNNING,
    });
    expect(wrong.body.fields[0].field).toBe('blocks[0].geo');
    const { body } = await resultAt(params, CLOSED);
    expect(body).toMatchObject({ verdict: 'shown', sample: { of: 'regions', exposed: 4, holdout: 4 } });
    expect(body.comparison.difference).toBeCloseTo(0.015, 2);
  });
});
