import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickKeyRing } from '../../../lib/aws/click-keys.ts';
import { leanClient } from '../../../lib/aws/lean-client.ts';
import { parameters } from '../../../lib/aws/parameters.ts';
import { secretOpener } from '../../../lib/aws/sealed-secrets.ts';
import { conversionsContracts } from '../../../lib/http/contracts/conversions.ts';
import { conversionAnswer } from '../../../lib/http/conversion-answer.ts';
import { takeBatch } from '../../../lib/http/conversion-batch.ts';
import { conversionIntake } from '../../../lib/http/conversion-intake.ts';
import { CONVERSION_FIELDS } from '../../../lib/http/conversion-view.ts';
import { operation, serve } from '../../../lib/http/endpoint.ts';
import type { ApiHandler } from '../../../lib/http/event.ts';
import { missing } from '../../../lib/http/revision.ts';
import { signatureCheck } from '../../../lib/http/signed-request.ts';
import { ROUTES, type Route, type RouteId } from '../../../lib/routes.ts';
import { conversions } from '../../../lib/store/conversions.ts';
import { programs } from '../../../lib/store/programs.ts';
import {
  ADA,
  type ApiGround,
  AT,
  aProgram,
  apiGround,
  type CallOptions,
  EVE,
  eventOf,
} from '../../support/api-ground.ts';

/**
 * The reports' own function beside the same operations in the usual way: contract, zod, the SDK's document client. Every request goes to
 * both, each with a brand of its own, and must be answered alike to the byte.
 */
let api: ApiGround;
let lean: ApiHandler;
let usual: ApiHandler;
const program: Record<string, string> = {};

beforeAll(async () => {
  api = await apiGround();
  await (await import('../../../functions/ops/rotate-click-keys.ts')).handler();
  program.ADA = (await aProgram(api)).programId;
  program.EVE = (await aProgram(api, {}, EVE)).programId;
  const { handler } = await import('../../../functions/api/report-conversions.ts');
  lean = handler;
  const store = conversions(api.client, api.tables.conversions);
  const known = programs(api.client, api.tables.core);
  const take = conversionIntake({
    record: store.record,
    clickKeys: clickKeyRing(parameters(leanClient('ssm')), '/tributary/test/click-keys'),
    async programOf(brandId, programId) {
      const found = await known.get(brandId, programId);
      if (!found) throw missing('program', programId);
      return found;
    },
  });
  usual = serve(
    {
      reportConversion: operation(conversionsContracts.reportConversion, async ({ body, who, at }) => {
        const { outcome, conversion, notes } = await take(body, who, at);
        return { outcome, conversion: conversionAnswer(conversion), notes: [...notes] };
      }),
      reportConversions: operation(conversionsContracts.reportConversions, ({ body, who, at }) =>
        takeBatch(
          body.conversions,
          (report) => take(report, who, at),
          () => undefined,
        ),
      ),
    },
    {
      client: api.client,
      table: api.tables.core,
      signatures: signatureCheck(leanClient('dynamodb'), api.tables.core, secretOpener(leanClient('kms'))),
    },
  );
});
afterAll(() => api.close());

const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 5_000 } as Context;

/** The answer of both handlers; programs and keys of the two brands look alike in it. */
async function both(id: RouteId, options: CallOptions) {
  const route: Route = ROUTES.find((one) => one.id === id)!;
  const ask = async (handler: ApiHandler, as: typeof ADA, programId: string) => {
    const event = eventOf(route, { ...options, as: options.as === undefined ? as : options.as });
    if (typeof event.body === 'string') event.body = event.body.replaceAll('PROGRAM', programId);
    const answer = await handler(event, context);
    const body = String(answer.body).replaceAll(programId, 'PROGRAM').replaceAll(as.keyId, 'KEY');
    return { statusCode: answer.statusCode, headers: answer.headers, body };
  };
  const [one, other] = [await ask(lean, ADA, program.ADA!), await ask(usual, EVE, program.EVE!)];
  expect(one).toEqual(other);
  return { status: one.statusCode, body: JSON.parse(one.body) };
}

const items = [
  { sku: ' boot ', quantity: 2, unitPriceCents: 10_000, discountCents: 500 },
  { sku: 'sock', category: 'socks', quantity: 1, unitPriceCents: 700 },
];
const order = (orderId: string, more: object = {}) => ({
  ...{ programId: 'PROGRAM', orderId, currency: 'EUR', items },
  ...more,
});
const EVERYTHING = {
  ...{ occurredAt: '2026-03-29T10:30:00+02:00', cartAt: '2026-03-29T08:00:00Z', eventType: 'sale' },
  ...{ orderDiscountCents: 100, taxCents: 7, shippingCents: 490, customerId: 'c-1', customerStatus: 'new' },
  ...{
    country: 'DE',
    emailSha256: 'ab'.repeat(32),
    couponCode: 'ANA10',
    couponCodes: ['SPRING', 'ANA10'],
    clickId: 'not-ours',
  },
  ...{ sub1: 'a', sub3: 'c', test: true, currency: 'USD' },
};

describe('the function of reports answers as the usual one would', () => {
  test('what is new, what was there, and what differs', async () => {
    expect((await both('reportConversion', { body: order('A-1') })).body.outcome).toBe('recorded');
    expect((await both('reportConversion', { body: order('A-1') })).body.outcome).toBe('already-there');
    const other = order('A-1', { customerId: 'c', couponCode: 'X' });
    expect((await both('reportConversion', { body: other })).body).toMatchObject({ code: 'different-conversion' });
    const full = await both('reportConversion', { body: order('A-2', EVERYTHING) });
    expect(full.body).toMatchObject({
      outcome: 'recorded',
      conversion: { couponCodes: ['ANA10', 'SPRING'], test: true },
    });
    expect(full.body.notes).toHaveLength(3);
    expect((await both('reportConversion', { body: order('A-2', EVERYTHING) })).body.outcome).toBe('already-there');
  });

  test.each<[string, CallOptions, number]>([
    [
      'fields that are wrong',
      { body: order('B', { items: [{ sku: '', quantity: 0, price: 1 }], currency: 'eur' }) },
      400,
    ],
    ['fields and parameters that are wrong', { body: order('', { x: 1 }), query: { dry: '1', a: 'b' } }, 400],
    ['a parameter', { body: order('B'), query: { dry: '1' } }, 400],
    ['nothing', {}, 400],
    ['no object', { body: '[]' }, 400],
    ['no JSON', { body: '{"a":' }, 400],
    ['a key twice', { body: '{"orderId":"1","orderId":"2"}' }, 400],
    ['a form', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['too much', { body: JSON.stringify(order('B', { sub1: 'x'.repeat(300_000) })) }, 413],
    ['a program there is not', { body: order('B', { programId: 'prg_01kp3q8z4m7yc2hd' }) }, 404],
    ['a time to come', { body: order('B', { occurredAt: '2026-03-29T10:06:00Z' }) }, 400],
    ['a time long ago', { body: order('B', { occurredAt: '2000-01-01T00:00:00+05:00' }) }, 400],
    [
      'an Idempotency-Key of blanks',
      { body: order('B'), headers: { 'content-type': 'application/json', 'idempotency-key': ' ' } },
      400,
    ],
    [
      'a reason of two lines',
      { body: order('B'), headers: { 'content-type': 'application/json', 'x-reason': 'a%0Ab' } },
      400,
    ],
    ['no key', { body: order('B'), as: null }, 401],
    ['a key that may not', { body: order('B'), as: { ...ADA, role: 'analyst' } }, 403],
    ['a postback’s key', { body: order('B'), as: { ...ADA, role: 'postback' } }, 403],
    ['a signing key that did not sign', { body: order('B'), as: { ...ADA, signing: 'x' } }, 500],
  ])('%s', async (_, options, status) => {
    expect((await both('reportConversion', options)).status).toBe(status);
  });

  test('many at once, each by itself', async () => {
    const conversions = [
      order('C-1'),
      order('C-2', EVERYTHING),
      order('C-1'),
      order('C-1', { customerId: 'x' }),
      order('C-3', { programId: 'prg_01kp3q8z4m7yc2hd' }),
      order('C-4', { items: [] }),
      { orderId: 'C-5', price: 1 },
      null,
      7,
    ];
    const { body } = await both('reportConversions', { body: { conversions } });
    expect(body).toMatchObject({ recorded: 2, alreadyThere: 1, refused: 6 });
  });

  test.each([
    ['nothing', {}],
    ['no list', { conversions: 'all' }],
    ['an empty list', { conversions: [] }],
    ['too many', { conversions: Array(1_001).fill(1) }],
    ['another field', { conversions: [1], dryRun: true }],
  ])('a batch of %s is refused whole', async (_, body) => {
    expect((await both('reportConversions', { body })).status).toBe(400);
  });

  test('shows the fields of the contract, in its order', () => {
    expect([...CONVERSION_FIELDS]).toEqual(
      Object.keys(conversionsContracts.reportConversion.answer.shape.conversion.shape),
    );
  });

  test('what either stored is the same row', async () => {
    const rowOf = async (brandId: string, programId: string) => {
      const store = conversions(api.client, api.tables.conversions);
      const [found] = await store.load([{ brandId, programId, eventType: 'sale', orderId: 'A-2' }]);
      return JSON.stringify(found)
        .replaceAll(brandId, '')
        .replaceAll(programId, '')
        .replaceAll(ADA.keyId, '')
        .replaceAll(EVE.keyId, '');
    };
    expect(await rowOf(ADA.brandId, program.ADA!)).toBe(await rowOf(EVE.brandId, program.EVE!));
  });

  test('is told in the middle of a day as at its beginning', async () => {
    const { body } = await both('reportConversion', { body: order('D-1', { occurredAt: undefined }), at: AT });
    expect(body.conversion.occurredAt).toBe(AT);
  });
});
