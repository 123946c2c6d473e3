import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Env } from '../../../lib/names.ts';
import { ROUTES } from '../../../lib/routes.ts';
import { OPEN_SHARDS } from '../../../lib/store/conversions.ts';
import { epochMs } from '../../../lib/time.ts';
import { ADA, type ApiGround, AT, aPartner, aProgram, apiGround, EVE, eventOf } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;
let otherProgramId: string;
let partnerId: string;
let link: string;

beforeAll(async () => {
  api = await apiGround();
  process.env[Env.clickRetentionDays] = '90';
  process.env[Env.assumedCountry] = 'US';
  process.env[Env.lateClicksQueue] = 'http://127.0.0.1:9/111122223333/late-clicks';
  await (await import('../../../functions/ops/rotate-click-keys.ts')).handler();
  ({ programId } = await aProgram(api, { timeZone: 'Europe/Berlin' }));
  ({ programId: otherProgramId } = await aProgram(api));
  ({ partnerId } = await aPartner(api));
  const early = { at: '2026-01-01T00:00:00.000Z' };
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId }, ...early });
  ({ link } = await api.ok('createLink', { body: { programId, partnerId }, ...early }));
});
afterAll(() => api.close());

/** A shopper follows the partner's link; the click id the shop finds. */
async function clickAt(at: string): Promise<string> {
  const { handler } = await import('../../../functions/track/click.ts');
  const answer = await handler({
    pathParameters: { link },
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' },
    requestContext: { http: { method: 'GET' }, timeEpoch: epochMs(at) },
  } as unknown as APIGatewayProxyEventV2);
  return new URL(answer.headers.location!).searchParams.get('trb_click')!;
}

async function settle(asOf: string) {
  const { handler } = await import('../../../functions/jobs/settle-shard.ts');
  const shards = Array.from({ length: OPEN_SHARDS }, (_, shard) => shard);
  await handler({ mode: 'new', brandId: ADA.brandId, shards, asOf }, {
    getRemainingTimeInMillis: () => 60_000,
  } as never);
}

let orders = 0;
const report = (more: object = {}) => {
  orders += 1;
  return {
    programId,
    orderId: `order-${orders}`,
    currency: 'EUR',
    items: [
      { sku: 'boot', category: 'shoes', quantity: 2, unitPriceCents: 10_000 },
      { sku: 'sock', quantity: 3, unitPriceCents: 500 },
    ],
    ...more,
  };
};
const path = ({ orderId, eventType = 'sale' }: { orderId: string; eventType?: string }, id = programId) => ({
  params: { programId: id, eventType, orderId },
});

describe('reporting a conversion', () => {
  test('answers what is stored', async () => {
    const body = report();
    const answer = await api.send('reportConversion', { body });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        outcome: 'recorded',
        notes: [],
        conversion: {
          ...body,
          eventType: 'sale',
          occurredAt: AT,
          receivedAt: AT,
          amountCents: 21_500,
          remainingCents: 21_500,
          reportedBy: ADA.keyId,
          state: 'open',
          returned: [],
        },
      },
    });
  });

  test('again answers the same, whether or not an Idempotency-Key comes with it', async () => {
    const body = report();
    const first = await api.ok('reportConversion', { body });
    const keyed: Record<string, string> = { 'idempotency-key': 'k1' };
    for (const headers of [{}, keyed, keyed]) {
      const again = await api.send('reportConversion', { body, headers, at: '2026-03-29T11:00:00.000Z' });
      expect(again).toMatchObject({ status: 202, body: { ...first, outcome: 'already-there' } });
    }
  });

  test('in another currency is taken, and says what it waits for', async () => {
    const body = report({ currency: 'USD' });
    const { notes } = await api.ok('reportConversion', { body });
    expect(notes).toEqual(['in USD: it is settled in EUR once there are exchange rates for its day.']);
    await settle('2026-03-29T12:00:00.000Z');
    const found = await api.ok('getConversion', path(body));
    expect(found).toMatchObject({ currency: 'USD', unattributed: expect.stringMatching(/^no-fx-rate: /) });
  });

  test('with other facts under the same key is a conflict that names them', async () => {
    const body = report();
    await api.ok('reportConversion', { body });
    const { status, body: problem } = await api.send('reportConversion', {
      body: { ...body, orderDiscountCents: 100, couponCode: 'X' },
    });
    expect(status).toBe(409);
    expect(problem).toMatchObject({
      code: 'different-conversion',
      fields: [
        { field: 'orderDiscountCents', message: 'differs from what was recorded' },
        { field: 'couponCode', message: 'differs from what was recorded' },
      ],
    });
  });

  test.each([
    ['dated six minutes ahead', { occurredAt: '2026-03-29T10:06:00Z' }, 400, 'invalid-fields', 'occurredAt'],
    ['of another century', { occurredAt: '0001-01-01T00:00:00+23:59' }, 400, 'invalid-fields', 'occurredAt'],
    ['without items', { items: [] }, 400, 'invalid-fields', 'items'],
    ['with a misspelt field', { orderDiscountCent: 1 }, 400, 'invalid-fields', 'orderDiscountCent'],
    ['with a separator in its id', { orderId: 'a#b' }, 400, 'invalid-fields', 'orderId'],
  ])('%s is refused, naming the field', async (_, more, status, code, field) => {
    const answer = await api.send('reportConversion', { body: report(more) });
    expect(answer).toMatchObject({ status, body: { code, fields: [{ field }] } });
  });

  test('dated four minutes ahead is taken: clocks differ', async () => {
    const { conversion } = await api.ok('reportConversion', { body: report({ occurredAt: '2026-03-29T10:04:00Z' }) });
    expect(conversion.occurredAt).toBe('2026-03-29T10:04:00.000Z');
  });

  test('of a program that is not there, or is another brand’s, is not found', async () => {
    const nowhere = report({ programId: 'prg_00000000000000zz' });
    expect(await api.send('reportConversion', { body: nowhere })).toMatchObject({
      status: 404,
      body: { code: 'no-such-program' },
    });
    expect(await api.send('reportConversion', { body: report(), as: EVE })).toMatchObject({
      status: 404,
      body: { code: 'no-such-program' },
    });
  });
});

describe('a click id', () => {
  test('of ours is taken without a word', async () => {
    const clickId = await clickAt('2026-03-29T09:00:00.000Z');
    const { notes, conversion } = await api.ok('reportConversion', { body: report({ clickId }) });
    expect(notes).toEqual([]);
    expect(conversion).not.toHaveProperty('clickIdRefused');
  });

  test.each([
    ['that is none', () => 'abc', 'malformed'],
    [
      'changed in one character',
      (id: string) => `${id.slice(0, 40)}${id[40] === 'A' ? 'B' : 'A'}${id.slice(41)}`,
      'forged',
    ],
    ['signed with a key that never was', (id: string) => `_w${id.slice(2)}`, 'unknown-key'],
  ] as const)('%s is recorded with the reason and credits nobody', async (_, change, refusal) => {
    const clickId = change(await clickAt('2026-03-29T09:00:00.000Z'));
    const body = report({ clickId });
    const first = await api.ok('reportConversion', { body });
    expect(first).toMatchObject({
      outcome: 'recorded',
      notes: [expect.stringContaining('credits nobody')],
      conversion: { clickId, clickIdRefused: refusal, unattributed: `click-id-${refusal}` },
    });
    await settle('2026-03-29T12:00:00.000Z');
    expect(await api.ok('getConversion', path(body))).toMatchObject({
      state: 'settled',
      unattributed: `click-id-${refusal}`,
      credits: [],
      lines: [],
    });
  });

  test('of another program is as good as made up', async () => {
    const clickId = await clickAt('2026-03-29T09:00:00.000Z');
    const { conversion } = await api.ok('reportConversion', { body: report({ programId: otherProgramId, clickId }) });
    expect(conversion.clickIdRefused).toBe('forged');
  });
});

describe('a batch', () => {
  test('takes each by itself and answers in order', async () => {
    const [good, twice] = [report(), report()];
    const before = report();
    await api.ok('reportConversion', { body: before });
    const conversions = [
      good,
      report({ currency: 'XXQ' }),
      before,
      { ...report(), items: 'many' },
      twice,
      { ...twice, customerId: 'other' },
      twice,
      null,
      report({ clickId: 'abc' }),
    ];
    const { status, body } = await api.send('reportConversions', { body: { conversions } });
    expect(status).toBe(202);
    expect(body).toMatchObject({ recorded: 3, alreadyThere: 2, refused: 4 });
    expect(body.results).toMatchObject([
      { status: 202, outcome: 'recorded', orderId: good.orderId },
      { status: 400, outcome: 'refused', problem: { code: 'invalid-fields', fields: [{ field: 'currency' }] } },
      { status: 202, outcome: 'already-there', orderId: before.orderId },
      { status: 400, outcome: 'refused', problem: { code: 'invalid-fields', fields: [{ field: 'items' }] } },
      { status: 202, outcome: 'recorded', orderId: twice.orderId },
      { status: 409, outcome: 'refused', problem: { code: 'different-conversion', fields: [{ field: 'customerId' }] } },
      { status: 202, outcome: 'already-there', orderId: twice.orderId },
      { status: 400, outcome: 'refused', problem: { code: 'invalid-fields' } },
      { status: 202, outcome: 'recorded', notes: [expect.stringContaining('not a click id')] },
    ]);
  });

  test('of a thousand is taken, and sent again changes nothing', async () => {
    const conversions = Array.from({ length: 1_000 }, () =>
      report({ items: [{ sku: 'a', quantity: 1, unitPriceCents: 100 }] }),
    );
    const { handler } = await import('../../../functions/api/report-conversions.ts');
    const route = ROUTES.find(({ id }) => id === 'reportConversions')!;
    const context = { getRemainingTimeInMillis: () => 29_000 } as Context;
    const send = async () => JSON.parse((await handler(eventOf(route, { body: { conversions } }), context)).body ?? '');
    expect(await send()).toMatchObject({ recorded: 1_000, refused: 0 });
    expect(await send()).toMatchObject({ recorded: 0, alreadyThere: 1_000 });
  });

  test.each([
    ['nothing', { conversions: [] }],
    ['too much', { conversions: Array(1_001).fill(null) }],
    ['something else', { conversions: 'all' }],
  ])('of %s is refused as a whole', async (_, body) => {
    const answer = await api.send('reportConversions', { body });
    expect(answer).toMatchObject({ status: 400, body: { fields: [{ field: 'conversions' }] } });
  });
});

describe('from the click to the explained line, and back again', () => {
  test('a settled order shows who is credited and why, and a return takes its part back', async () => {
    await clickAt('2026-03-20T08:00:00.000Z');
    const clickId = await clickAt('2026-03-29T09:00:00.000Z');
    const body = report({ clickId, orderDiscountCents: 1_500 });
    await api.ok('reportConversion', { body });

    const open = await api.ok('getConversion', path(body));
    expect(open).toMatchObject({
      state: 'open',
      journey: [{ partnerId, link, at: '2026-03-29T09:00:00.000Z', counts: true }],
      credits: [],
      lines: [],
    });

    await settle('2026-03-29T12:00:00.000Z');
    const settled = await api.ok('getConversion', path(body));
    expect(settled).toMatchObject({
      state: 'settled',
      settled: { at: '2026-03-29T12:00:00.000Z', policyVersion: 1, planVersion: 1 },
      credits: [{ partnerId, creditBps: 10_000, position: 1, touches: 1, postedCents: 1_600 }],
      lines: [{ partnerId, reason: 'earned', cents: 1_600, totalCents: 1_600 }],
    });
    expect(settled.lines[0].explanation).toContain('8 %');

    const back = await api.send('returnItems', {
      ...path(body),
      body: { returnId: 'r-1', lines: [{ line: 1, quantity: 1 }] },
      at: '2026-04-02T08:00:00.000Z',
    });
    expect(back).toMatchObject({
      status: 202,
      body: {
        outcome: 'recorded',
        conversion: { state: 'open', returned: [{ line: 1, quantity: 1 }] },
        event: { kind: 'return', returnId: 'r-1', reason: 'returned', occurredAt: '2026-04-02T08:00:00.000Z' },
      },
    });
    await settle('2026-04-02T09:00:00.000Z');
    const after = await api.ok('getConversion', path(body));
    expect(after.lines).toHaveLength(2);
    expect(after.lines[1]).toMatchObject({ reason: 'returned', totalCents: after.credits[0].postedCents });
    expect(after.lines[0].cents + after.lines[1].cents).toBe(after.credits[0].postedCents);
    expect(after.events).toMatchObject([{ kind: 'return', returnId: 'r-1', reportedBy: ADA.keyId }]);

    await api.ok('cancelConversion', { ...path(body), body: {}, at: '2026-04-03T08:00:00.000Z' });
    await settle('2026-04-03T09:00:00.000Z');
    const cancelled = await api.ok('getConversion', path(body));
    expect(cancelled).toMatchObject({ remainingCents: 0, cancelled: { reason: 'order-error' } });
    expect(cancelled.credits[0].postedCents).toBe(0);
    expect(cancelled.lines.reduce((sum: number, { cents }: { cents: number }) => sum + cents, 0)).toBe(0);
    expect(cancelled.events.map(({ kind }: { kind: string }) => kind)).toEqual(['return', 'cancellation']);
  });

  test('who changed it is in the audit log', async () => {
    const body = report();
    await api.ok('reportConversion', { body });
    await api.ok('returnItems', { ...path(body), body: { returnId: 'r-9', lines: [{ line: 2, quantity: 1 }] } });
    const { items } = await api.ok('listAudit', {
      query: { target: `${programId}/conversions/sale/${body.orderId}/returns/r-9` },
    });
    expect(items).toMatchObject([{ action: 'returnItems', person: ADA.person, keyId: ADA.keyId }]);
  });
});

describe('returns and cancellations', () => {
  const returning = (more: object = {}) => ({ returnId: 'r-1', lines: [{ line: 1, quantity: 1 }], ...more });
  async function given() {
    const body = report();
    await api.ok('reportConversion', { body });
    return path(body);
  }

  test('the same return again is found, another under its id is a conflict', async () => {
    const order = await given();
    await api.ok('returnItems', { ...order, body: returning() });
    expect(await api.send('returnItems', { ...order, body: returning() })).toMatchObject({
      status: 202,
      body: { outcome: 'already-there' },
    });
    expect(await api.send('returnItems', { ...order, body: returning({ reason: 'fraud' }) })).toMatchObject({
      status: 409,
      body: { code: 'different-return', fields: [{ field: 'reason' }] },
    });
  });

  test('more than was bought changes nothing', async () => {
    const order = await given();
    const body = returning({
      lines: [
        { line: 1, quantity: 1 },
        { line: 2, quantity: 4 },
      ],
    });
    expect(await api.send('returnItems', { ...order, body })).toMatchObject({
      status: 422,
      body: { code: 'more-returned-than-bought', fields: [{ field: 'lines[1].quantity' }] },
    });
    expect(await api.ok('getConversion', order)).toMatchObject({ returned: [], events: [], revision: 1 });
  });

  test('a line that is not there is named', async () => {
    const answer = await api.send('returnItems', {
      ...(await given()),
      body: returning({ lines: [{ line: 3, quantity: 1 }] }),
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'no-such-line', fields: [{ field: 'lines[0].line' }] } });
  });

  test('nothing comes back of what was cancelled', async () => {
    const order = await given();
    await api.ok('cancelConversion', { ...order, body: { reason: 'fraud' } });
    expect(await api.send('returnItems', { ...order, body: returning() })).toMatchObject({
      status: 409,
      body: { code: 'conversion-cancelled' },
    });
    expect(await api.send('cancelConversion', { ...order, body: { reason: 'other' } })).toMatchObject({
      status: 409,
      body: { code: 'different-cancellation', fields: [{ field: 'reason' }] },
    });
  });

  test.each(['returnItems', 'cancelConversion'] as const)(
    '%s of what was never reported says to report it first',
    async (id) => {
      const body = id === 'returnItems' ? returning() : {};
      expect(await api.send(id, { ...path({ orderId: 'never' }), body })).toMatchObject({
        status: 404,
        body: { code: 'no-such-conversion', detail: expect.stringContaining('POST /v1/conversions first') },
      });
    },
  );

  test('dated ahead is refused', async () => {
    const answer = await api.send('returnItems', {
      ...(await given()),
      body: returning({ occurredAt: '2026-03-29T10:06:00Z' }),
    });
    expect(answer).toMatchObject({ status: 400, body: { fields: [{ field: 'occurredAt' }] } });
  });

  test('another brand sees none of it', async () => {
    const order = await given();
    for (const [id, body] of [['getConversion'], ['returnItems', returning()], ['cancelConversion', {}]] as const)
      expect(await api.send(id, { ...order, body, as: EVE })).toMatchObject({
        status: 404,
        body: { code: 'no-such-program' },
      });
    expect(await api.send('listConversions', { params: { programId }, as: EVE })).toMatchObject({ status: 404 });
  });
});

describe('a day’s conversions', () => {
  test('are listed by order time in the program’s day, page by page', async () => {
    const times = [
      '2025-06-30T21:59:59Z',
      '2025-06-30T22:00:00Z',
      '2025-07-01T12:00:00Z',
      '2025-07-01T21:59:59Z',
      '2025-07-01T22:00:00Z',
    ];
    for (const [place, occurredAt] of times.entries())
      await api.ok('reportConversion', {
        body: report({ orderId: `ünï 注文 ${'😀'.repeat(110)} ${place}`, occurredAt }),
      });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { day: '2025-07-01', limit: '2', ...(cursor && { cursor }) };
      const page = await api.ok('listConversions', { params: { programId }, query });
      found.push(...page.items.map(({ occurredAt }: { occurredAt: string }) => occurredAt));
      cursor = page.nextCursor;
    } while (cursor);
    expect(found).toEqual(['2025-06-30T22:00:00.000Z', '2025-07-01T12:00:00.000Z', '2025-07-01T21:59:59.000Z']);
  });

  test('are today’s when no day is given', async () => {
    const body = report({ occurredAt: '2027-01-01T10:00:00Z' });
    const at = '2027-01-01T12:00:00.000Z';
    await api.ok('reportConversion', { body, at });
    const { items } = await api.ok('listConversions', { params: { programId }, at });
    expect(items.map(({ orderId }: { orderId: string }) => orderId)).toEqual([body.orderId]);
  });

  test('of a day that ends past the last year that can be written are refused', async () => {
    const refused = await api.send('listConversions', { params: { programId }, query: { day: '9999-12-31' } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'day' }] } });
  });
});

describe('flags of an order', () => {
  const day = '2026-01-12';
  const ids = { first: 'flag-1', twice: 'flag-2', late: 'flag-3', plain: 'flag-4' };
  const send = (orderId: string, minute: number, more: object = {}, at = `${day}T12:00:00.000Z`) =>
    api.ok('reportConversion', {
      body: report({ orderId, occurredAt: `${day}T10:${String(minute).padStart(2, '0')}:00Z`, ...more }),
      at,
    });
  const flagged = async (query: Record<string, string>) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.ok('listConversions', {
        params: { programId },
        query: { day, ...query, ...(cursor && { cursor }) },
      });
      found.push(...page.items.map(({ orderId }: { orderId: string }) => orderId));
      cursor = page.nextCursor;
    } while (cursor);
    return found;
  };

  beforeAll(async () => {
    const customer = { customerId: 'flag-customer' };
    await send(ids.twice, 9, customer);
    await send(ids.first, 1, customer);
    await send(ids.late, 20, {}, '2026-01-20T12:00:00.000Z');
    await send(ids.plain, 30);
  });

  test('are none before it is settled', async () => {
    const { conversion } = await send(ids.plain, 30);
    expect(conversion.flags).toEqual([]);
    expect(await flagged({ flag: 'late' })).toEqual([]);
  });

  test('stand with reason and figures in what one order and what a day answers', async () => {
    await settle('2026-01-20T13:00:00.000Z');
    const one = await api.ok('getConversion', path({ orderId: ids.twice }));
    expect(one.flags).toEqual([
      {
        flag: 'duplicate-suspect',
        reason: expect.stringContaining('It looks like flag-1 of 2026-01-12 10:01 UTC'),
        data: { orderId: ids.first, occurredAt: `${day}T10:01:00.000Z`, withinMinutes: 10 },
      },
    ]);
    for (const hidden of ['mark', 'findings']) expect(one).not.toHaveProperty(hidden);
    const { items } = await api.ok('listConversions', { params: { programId }, query: { day } });
    expect(
      items.map(({ orderId, flags }: { orderId: string; flags: { flag: string }[] }) => [
        orderId,
        flags.map(({ flag }) => flag),
      ]),
    ).toEqual([
      [ids.first, []],
      [ids.twice, ['duplicate-suspect']],
      [ids.late, ['late']],
      [ids.plain, []],
    ]);
  });

  test.each(['1', '2', '100'])('are asked for, %s orders looked at a time', async (limit) => {
    await settle('2026-01-20T13:00:00.000Z');
    expect(await flagged({ flag: 'late', limit })).toEqual([ids.late]);
    expect(await flagged({ flag: 'duplicate-suspect', limit })).toEqual([ids.twice]);
    expect(await flagged({ flag: 'over-cap', limit })).toEqual([]);
    expect(await flagged({ limit })).toEqual([ids.first, ids.twice, ids.late, ids.plain]);
  });

  test('that there are not are refused by name', async () => {
    const refused = await api.send('listConversions', { params: { programId }, query: { day, flag: 'odd' } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'flag' }] } });
  });

  test('begin when the program says', async () => {
    const params = { programId: otherProgramId };
    await api.ok('updateProgram', { params, body: { tracking: { lateAfterDays: 1, duplicateMinutes: 0 } } });
    const { tracking } = await api.ok('getProgram', { params });
    expect(tracking).toMatchObject({ lateAfterDays: 1, duplicateMinutes: 0, mode: 'moderate' });
    for (const [field, value] of [
      ['lateAfterDays', 0],
      ['lateAfterDays', 1.5],
      ['duplicateMinutes', 61],
      ['duplicateMinutes', -1],
    ] as const)
      expect(await api.send('updateProgram', { params, body: { tracking: { [field]: value } } })).toMatchObject({
        status: 400,
        body: { fields: [{ field: `tracking.${field}` }] },
      });
  });
});

test('sub-ids of the credited click stand with its credit and its line', async () => {
  const { handler } = await import('../../../functions/track/click.ts');
  const answer = await handler({
    pathParameters: { link },
    rawQueryString: 'sub1=spring&sharedid=abc',
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' },
    requestContext: { http: { method: 'GET' }, timeEpoch: epochMs('2026-03-29T09:40:00.000Z') },
  } as unknown as APIGatewayProxyEventV2);
  const body = report({ clickId: new URL(answer.headers.location!).searchParams.get('trb_click') });
  await api.ok('reportConversion', { body });
  await settle('2026-03-29T12:00:00.000Z');
  const subs = { sub1: 'spring', sharedid: 'abc' };
  expect(await api.ok('getConversion', path(body))).toMatchObject({ credits: [{ subs }], lines: [{ subs }] });
  const ledger = await api.ok('getLedger', { params: { programId, partnerId } });
  const lines = ledger.items.flatMap((journal: { lines: { orderId: string }[] }) => journal.lines);
  expect(lines.find(({ orderId }: { orderId: string }) => orderId === body.orderId)).toMatchObject({ subs });
});
