import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADA, type ApiGround, AT, aProgram, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;

beforeAll(async () => {
  api = await apiGround();
  ({ programId } = await aProgram(api));
});
afterAll(() => api.close());

const LATER = '2026-03-30T10:00:00.000Z';
const AFTER = '2026-03-31T10:00:00.000Z';
let orders = 0;
const boots = (quantity = 2, unitPriceCents = 10_000) => ({ sku: 'boot', quantity, unitPriceCents, discountCents: 0 });
async function ordered(more: object = {}) {
  orders += 1;
  const body = { programId, orderId: `order-${orders}`, currency: 'EUR', items: [boots()], ...more };
  await api.ok('reportConversion', { body });
  return { body, params: { programId, eventType: 'sale', orderId: body.orderId } };
}
const read = (params: Record<string, string>) => api.ok('getConversion', { params });

describe('what a report says', () => {
  test('codes, tax, shipping, hashed address and sub ids are kept, and counted on nothing', async () => {
    const more = {
      couponCode: 'SPRING',
      couponCodes: ['VIP', 'SPRING'],
      taxCents: 3_800,
      shippingCents: 490,
      emailSha256: 'ab'.repeat(32),
      country: 'DE',
      sub1: 'banner',
      sub5: 'x',
    };
    const { params } = await ordered(more);
    expect(await read(params)).toMatchObject({
      ...more,
      couponCodes: ['SPRING', 'VIP'],
      amountCents: 20_000,
      remainingCents: 20_000,
    });
  });

  test.each([
    ['an address', { emailSha256: 'ada@shop.example' }, 'emailSha256', /never taken/],
    ['an address by its usual name', { email: 'ada@shop.example' }, 'email', /did you mean emailSha256/],
    ['a country in words', { country: 'Germany' }, 'country', /ISO 3166/],
    ['six codes', { couponCode: 'F', couponCodes: ['A', 'B', 'C', 'D', 'E'] }, 'couponCodes', /at most 5/],
  ])('%s is refused by name', async (_, more, field, message) => {
    const body = { programId, orderId: 'refused', currency: 'EUR', items: [boots()], ...more };
    const { status, body: problem } = await api.send('reportConversion', { body });
    expect(status).toBe(400);
    expect(problem.fields).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  test('a test is kept and says so; the same order not as a test is another', async () => {
    const { body, params } = await ordered({ test: true });
    expect(await read(params)).toMatchObject({ test: true });
    const again = await api.send('reportConversion', { body: { ...body, test: false } });
    expect(again).toMatchObject({ status: 409, body: { fields: [{ field: 'test' }] } });
  });
});

describe('an amendment', () => {
  test('changes the order, keeps old and new, and is told once', async () => {
    const { params } = await ordered({ customerId: 'c-1' });
    const body = { amendmentId: 'a-1', items: [boots(2, 9_000)], customerId: null, reason: 'price-corrected' };
    const first = await api.send('amendConversion', { params, body, at: LATER });
    expect(first).toMatchObject({
      status: 202,
      body: {
        outcome: 'recorded',
        conversion: { amountCents: 18_000, revision: 2, state: 'open' },
        event: {
          kind: 'amendment',
          set: { items: [boots(2, 9_000)], customerId: null },
          was: { items: [boots()], customerId: 'c-1' },
        },
      },
    });
    expect(first.body.conversion.customerId).toBeUndefined();
    const again = await api.send('amendConversion', { params, body, at: AFTER });
    expect(again).toMatchObject({ status: 202, body: { outcome: 'already-there', conversion: { revision: 2 } } });
    const other = await api.send('amendConversion', { params, body: { ...body, items: [boots()] }, at: AFTER });
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'different-amendment', fields: [{ field: 'items' }] },
    });
    expect((await read(params)).events).toHaveLength(1);
  });

  test('told late does not undo one that happened after it', async () => {
    const { params } = await ordered();
    const amendTo = (amendmentId: string, price: number, occurredAt: string) =>
      api.ok('amendConversion', { params, body: { amendmentId, items: [boots(2, price)], occurredAt }, at: AFTER });
    await amendTo('second', 8_000, LATER);
    await amendTo('first', 9_000, '2026-03-30T09:00:00.000Z');
    expect(await read(params)).toMatchObject({ amountCents: 16_000, revision: 3 });
  });

  test('to less than came back is refused and changes nothing', async () => {
    const { params } = await ordered();
    const back = { returnId: 'r', lines: [{ line: 1, quantity: 2 }] };
    await api.ok('returnItems', { params, body: back, at: LATER });
    const refused = await api.send('amendConversion', {
      params,
      body: { amendmentId: 'a', items: [boots(1)] },
      at: AFTER,
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'less-than-returned', fields: [{ field: 'items[0].quantity' }] },
    });
    expect(await read(params)).toMatchObject({ items: [boots()], revision: 2 });
  });

  test('is another brand’s nothing', async () => {
    const { params } = await ordered();
    const body = { amendmentId: 'a', customerId: 'c' };
    expect(await api.send('amendConversion', { params, body, as: EVE })).toMatchObject({ status: 404 });
  });
});

describe('a chargeback', () => {
  test('makes the order void, with its reason, once; a cancellation beside it changes nothing', async () => {
    const { params } = await ordered();
    const body = { chargebackId: 'dp_1', reason: 'not-received', amountCents: 20_000 };
    const first = await api.send('chargeBack', { params, body, at: LATER });
    expect(first).toMatchObject({
      status: 202,
      body: {
        outcome: 'recorded',
        conversion: { remainingCents: 0, cancelled: { at: LATER, reason: 'chargeback' } },
        event: { kind: 'chargeback', ...body },
      },
    });
    expect(await api.ok('chargeBack', { params, body, at: AFTER })).toMatchObject({ outcome: 'already-there' });
    const other = await api.send('chargeBack', { params, body: { ...body, amountCents: 1 }, at: AFTER });
    expect(other).toMatchObject({ status: 409, body: { fields: [{ field: 'amountCents' }] } });
    await api.ok('cancelConversion', { params, body: {}, at: AFTER });
    expect(await read(params)).toMatchObject({ cancelled: { at: LATER, reason: 'chargeback' } });
  });

  test('for a reason nobody knows is refused by name', async () => {
    const { params } = await ordered();
    const refused = await api.send('chargeBack', { params, body: { chargebackId: 'x', reason: 'mood' } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'reason' }] } });
  });
});

describe('a restatement', () => {
  test('writes what differs, one outcome each, and the same again writes nothing', async () => {
    const same = await ordered();
    const dearer = await ordered({ customerId: 'c-1' });
    const gone = { ...same.body, orderId: 'nobody-knows' };
    const body = {
      restatementId: 'week-13',
      statedAt: LATER,
      conversions: [
        same.body,
        { ...dearer.body, items: [boots(3)], customerId: undefined, country: 'AT' },
        gone,
        { orderId: 7 },
      ],
    };
    const first = await api.send('restateConversions', { body, at: AFTER });
    expect(first).toMatchObject({
      status: 202,
      body: {
        amended: 1,
        unchanged: 1,
        refused: 2,
        results: [
          { status: 202, outcome: 'unchanged' },
          { status: 202, outcome: 'amended', fields: ['items', 'customerId', 'country'] },
          { status: 404, problem: { code: 'no-such-conversion' } },
          { status: 400 },
        ],
      },
    });
    expect((await read(same.params)).events).toEqual([]);
    const amended = await read(dearer.params);
    expect(amended).toMatchObject({
      amountCents: 30_000,
      events: [{ reason: 'restated', was: { customerId: 'c-1', country: null } }],
    });
    const again = await api.ok('restateConversions', { body, at: AFTER });
    expect(again).toMatchObject({ amended: 0, unchanged: 1, alreadyThere: 1 });
    expect((await read(dearer.params)).revision).toBe(amended.revision);
  });

  test('under the same id with another state is refused for that order', async () => {
    const { body, params } = await ordered();
    const restate = (quantity: number) =>
      api.ok('restateConversions', {
        body: { restatementId: 'r', statedAt: LATER, conversions: [{ ...body, items: [boots(quantity)] }] },
        at: AFTER,
      });
    await restate(3);
    expect((await restate(4)).results[0]).toMatchObject({ status: 409, problem: { code: 'different-restatement' } });
    expect(await read(params)).toMatchObject({ amountCents: 30_000 });
  });

  test('does not undo what was amended later than it states', async () => {
    const { body, params } = await ordered();
    const amendment = { amendmentId: 'a', items: [boots(5)], occurredAt: LATER };
    await api.ok('amendConversion', { params, body: amendment, at: LATER });
    const restated = await api.ok('restateConversions', {
      body: { restatementId: 'old', statedAt: '2026-03-30T09:00:00.000Z', conversions: [body] },
      at: AFTER,
    });
    expect(restated.results).toMatchObject([{ outcome: 'unchanged' }]);
    expect(await read(params)).toMatchObject({ amountCents: 50_000, revision: 2 });
  });

  test('of a time to come is refused', async () => {
    const { body } = await ordered();
    const refused = await api.send('restateConversions', {
      body: { restatementId: 'r', statedAt: AFTER, conversions: [body] },
      at: AT,
      as: ADA,
    });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'statedAt' }] } });
  });
});

describe('a CSV file', () => {
  const csv = (...lines: string[]) =>
    ['Order ID,Created at,Currency,SKU,Qty,Unit price,Coupon,Shipping Country', ...lines].join('\n');
  const upload = (body: string, more: Record<string, string> = {}) =>
    api.send('uploadConversions', {
      query: { programId, ...more },
      body,
      headers: { 'content-type': 'text/csv' },
    });

  test('is tried without a trace, then taken, and again changes nothing', async () => {
    const body = csv(
      'C-1,2026-03-28T10:00:00Z,EUR,boot,1,129.00,SPRING,de',
      'C-2,2026-03-28T11:00:00Z,EUR,sock,2,ten,,',
      'C-1,2026-03-28T10:00:00Z,EUR,sock,3,7.00,,',
      'C-3,2027-03-28T11:00:00Z,EUR,sock,1,7.00,,',
      'C-4,2026-03-28T11:00:00Z,EUR,sock,1,7.00,,Germany',
    );
    const results = [
      { lines: [2, 4], orderId: 'C-1', outcome: 'recorded' },
      { lines: [3], orderId: 'C-2', outcome: 'refused', problem: { fields: [{ field: 'items[0].unitPriceCents' }] } },
      { lines: [5], orderId: 'C-3', outcome: 'refused', problem: { fields: [{ field: 'occurredAt' }] } },
      { lines: [6], orderId: 'C-4', outcome: 'refused', problem: { fields: [{ field: 'country' }] } },
    ];
    const tried = await upload(body, { dryRun: 'true' });
    expect(tried).toMatchObject({ status: 202, body: { dryRun: true, rows: 5, recorded: 1, refused: 3, results } });
    const params = { programId, eventType: 'sale', orderId: 'C-1' };
    expect((await api.send('getConversion', { params })).status).toBe(404);
    expect((await upload(body)).body).toMatchObject({ dryRun: false, recorded: 1, results });
    expect(await read(params)).toMatchObject({ amountCents: 15_000, couponCode: 'SPRING', country: 'DE' });
    expect((await upload(body)).body).toMatchObject({ recorded: 0, alreadyThere: 1 });
    const dearer = csv('C-1,2026-03-28T10:00:00Z,EUR,boot,1,130.00,SPRING,DE');
    const { body: other } = await upload(dearer, { dryRun: '1' });
    expect(other.results).toMatchObject([{ status: 409, problem: { fields: [{ field: 'items' }] } }]);
  });

  test.each([
    [
      'without a column for the price',
      'Order ID,Date,Currency\n1,2026-03-28T10:00:00Z,EUR',
      'columns-missing',
      /unitPrice \(/,
    ],
    ['that is no CSV', 'Order ID,Date\n"1', 'not-csv', /CSV/],
    ['with semicolons', 'Order ID;Date;Currency\n1;2026-03-28;EUR', 'not-csv', /semicolons; save it with commas/],
  ])('%s is refused whole', async (_, body, code, message) => {
    const refused = await upload(body);
    expect(refused).toMatchObject({ status: 400, body: { code, detail: expect.stringMatching(message) } });
  });

  test('of another brand’s program is refused', async () => {
    const options = { query: { programId }, body: csv(), headers: { 'content-type': 'text/csv' }, as: EVE };
    expect(await api.send('uploadConversions', options)).toMatchObject({ status: 404 });
  });
});
