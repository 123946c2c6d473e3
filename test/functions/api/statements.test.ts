import type { Context } from 'aws-lambda';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiHandler } from '../../../lib/http/event.ts';
import { derive } from '../../../lib/ids.ts';
import { ROUTES, type RouteId } from '../../../lib/routes.ts';
import { days } from '../../../lib/store/days.ts';
import { type CallOptions, eventOf } from '../../support/api-ground.ts';
import { FRESH, type JobsGround, jobsGround, type Step, untilDone } from '../../support/jobs-ground.ts';
import { busyAccount, writeJournals } from '../../support/partner-account.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let handler: ApiHandler;
let program: GivenProgram;
let ann: string;
let bob: string;
beforeAll(async () => {
  ground = await jobsGround();
  handler = (await import('../../../functions/api/statements.ts')).handler;
  program = await givenProgram(ground, 'Trail Notes', { timeZone: 'Europe/Berlin' });
  ann = await program.partner('Ann');
  bob = await program.partner('Bob');
  await writeJournals(program.stores.ledger, ground.engine.client, busyAccount(program.key(ann)).journals);
  const write = (await import('../../../functions/jobs/write-statements.ts')).handler as Step;
  const { brandId, programId } = program;
  await untilDone(
    write,
    { brandId, programId, runId: derive('payoutRun', 'march'), asOf: '2026-04-03T00:00:00.000Z' },
    FRESH,
  );
});
afterAll(() => ground.stop());

async function call(
  id: RouteId,
  { params, brandId = program.brandId, ...options }: CallOptions & { brandId?: string } = {},
) {
  const route = ROUTES.find((one) => one.id === id)!;
  const as = { brandId, keyId: 'key_01kaaaaaaaaaaaaa', person: 'ada@shop.example', role: 'analyst' } as const;
  const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 5_000 } as Context;
  const account = { programId: program.programId, ...(route.path.includes('{partnerId}') && { partnerId: ann }) };
  const given = { params: { ...account, ...params }, as, ...options };
  const { statusCode = 0, headers = {}, body = '' } = await handler(eventOf(route, given), context);
  const json = String(headers['content-type']).includes('json');
  return { status: statusCode, headers: headers as Record<string, string>, body: json ? JSON.parse(body) : body };
}

describe('the ledger of a partner', () => {
  test('has balances, what is pending by day, and journals whose lines explain themselves', async () => {
    const { status, body } = await call('getLedger');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      currency: 'USD',
      unpaidCents: 7_706,
      balances: { pending: 7_706, paid: 4_816, payable: 0 },
    });
    expect(body.schedule.reduce((sum: number, { cents }: { cents: number }) => sum + cents, 0)).toBe(7_706);
    expect(body.items).toHaveLength(11);
    expect(body.items[5].lines[0].explanation).toContain('Shoes, spring uplift: 12 % of 258.00 USD is 30.96 USD.');
  });

  test('comes in pages, without a gap', async () => {
    const sequences: number[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await call('getLedger', { query: { limit: '4', ...(cursor && { cursor }) } });
      sequences.push(...body.items.map(({ sequence }: { sequence: number }) => sequence));
      cursor = body.nextCursor;
    } while (cursor);
    expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('is in the program’s currency; one that the program never paid in has none', async () => {
    const { body } = await call('getLedger', { query: { currency: 'USD', limit: '1' } });
    expect(body).toMatchObject({ currency: 'USD', unpaidCents: 7_706 });
    expect(await call('getLedger', { query: { currency: 'EUR' } })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'currency', message: expect.stringContaining('must be USD') }] },
    });
    // A page is gone on with in the ledger that it is of.
    const { programId, brandId } = program;
    const to = (stored: object) => ({ ...stored, formerPayoutCurrencies: ['EUR'] }) as never;
    const told = { brandId, at: '2026-04-03T00:00:00.000Z', person: 'a', keyId: 'key_0', action: 'updateProgram' };
    const entry = () => ({ ...told, auditId: derive('audit', 'currencies'), target: programId });
    await program.stores.programs.update(brandId, programId, to, entry);
    expect((await call('getLedger', { query: { currency: 'EUR' } })).body).toMatchObject({
      currency: 'EUR',
      items: [],
    });
    const cursor = body.nextCursor;
    expect(await call('getLedger', { query: { currency: 'EUR', cursor } })).toMatchObject({ status: 400 });
  });

  test('of a partner who never earned is empty', async () => {
    const { body } = await call('getLedger', { params: { partnerId: bob } });
    expect(body).toMatchObject({ unpaidCents: 0, items: [], schedule: [], balances: { pending: 0, expense: 0 } });
  });
});

describe('statements', () => {
  test('are listed with what they came to', async () => {
    const { body } = await call('listStatements');
    expect(body.items).toEqual([
      expect.objectContaining({
        number: 1,
        earnedCents: 12_522,
        paidCents: 4_816,
        closingCents: 7_706,
        journals: { first: 1, last: 11 },
      }),
    ]);
  });

  const one = { params: { number: '1' } };
  test.each<[string, CallOptions, string]>([
    ['nothing asked', {}, 'application/json'],
    ['a browser', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }, 'text/html; charset=utf-8'],
    ['Accept: text/csv', { headers: { accept: 'text/csv' } }, 'text/csv; charset=utf-8; header=present'],
    ['Accept: application/pdf', { headers: { accept: 'application/pdf' } }, 'application/pdf'],
    ['weights', { headers: { accept: 'text/html;q=0.2, text/csv;q=0.9' } }, 'text/csv; charset=utf-8; header=present'],
    ['a weight of nothing', { headers: { accept: 'text/html;q=0, application/json' } }, 'application/json'],
    ['anything', { headers: { accept: '*/*' } }, 'application/json'],
    [
      '?format=html before Accept',
      { headers: { accept: 'text/csv' }, query: { format: 'html' } },
      'text/html; charset=utf-8',
    ],
  ])('come in the form that is wanted: %s', async (_, options, type) => {
    const { status, headers } = await call('getStatement', { ...one, ...options });
    expect([status, headers['content-type']]).toEqual([200, type]);
  });

  test('are the documents that were issued', async () => {
    const key = (format: string) => `statements/${program.brandId}/${program.programId}/${ann}/1.${format}`;
    const html = await call('getStatement', { ...one, query: { format: 'html' } });
    expect(html.body).toBe(ground.document(key('html')));
    expect(html.headers['content-security-policy']).toContain("default-src 'none'");
    const pdf = await call('getStatement', { ...one, query: { format: 'pdf' } });
    expect(pdf.headers['content-disposition']).toBe('inline; filename="statement-1.pdf"');
    expect(Buffer.from(pdf.body, 'base64').toString('utf8')).toBe(ground.document(key('pdf')));
    expect(Buffer.from(pdf.body, 'base64').toString('latin1', 0, 5)).toBe('%PDF-');
    const csv = await call('getStatement', { ...one, query: { format: 'csv' } });
    expect(parse(csv.body, { columns: true })).toHaveLength(12);
    expect(csv.headers['content-disposition']).toBe('attachment; filename="statement-1.csv"');
    const { body } = await call('getStatement', one);
    expect(body).toEqual(JSON.parse(ground.document(key('json'))!));
  });

  test('are made from the journals while their documents are not written yet', async () => {
    const issued = (await call('getStatement', { ...one, query: { format: 'html' } })).body;
    const key = `statements/${program.brandId}/${program.programId}/${ann}/1.html`;
    ground.ground.refused.add(`operator s3:GetObject arn:aws:s3:::documents/${key}`);
    const made = await call('getStatement', { ...one, query: { format: 'html' } });
    ground.ground.refused.clear();
    expect(made.body).toBe(issued);
  });
});

describe('days', () => {
  beforeAll(async () => {
    const store = days(ground.engine.client, ground.tables.core);
    const { brandId, programId } = program;
    for (const day of ['2026-03-27', '2026-03-28', '2026-03-29']) {
      for (const partnerId of [ann, '-']) {
        const by = { clicks: 3, conversions: 1, creditBps: 10_000, revenueCents: 900 };
        await store.count({ brandId, programId, day, partnerId }, 's', [{ sequence: '1', at: 1_774_778_400, by }]);
      }
    }
  });

  test('are the last seven unless said, today included', async () => {
    const { body } = await call('listDays', { at: '2026-03-29T10:00:00.000Z' });
    expect(body).toMatchObject({ currency: 'USD', timeZone: 'Europe/Berlin' });
    expect(body.items).toHaveLength(6);
    expect(body.items[0]).toMatchObject({ day: '2026-03-27', partnerId: '-', clicks: 3, commissionCents: 0 });
  });

  test('are a partner’s, or a window’s, page by page', async () => {
    const window = { from: '2026-03-28', to: '2026-03-29' };
    const of = await call('listDays', { query: { ...window, partnerId: ann } });
    expect(of.body.items.map(({ day }: { day: string }) => day)).toEqual(['2026-03-28', '2026-03-29']);
    const first = await call('listDays', { query: { ...window, limit: '3' } });
    const second = await call('listDays', {
      query: { ...window, limit: '3', cursor: first.body.nextCursor },
    });
    expect([first.body.items.length, second.body.items.length, second.body.nextCursor]).toEqual([3, 1, undefined]);
  });

  test.each([
    ['ends before it begins', { from: '2026-03-29', to: '2026-03-28' }, 'to'],
    ['is too long', { from: '2026-01-01', to: '2026-04-03' }, 'from'],
    ['is no day', { from: '2026-02-30' }, 'from'],
  ])('of a window that %s are refused by field', async (_, query, field) => {
    const { status, body } = await call('listDays', { query });
    expect(status).toBe(400);
    expect(body.fields[0].field).toBe(field);
  });
});

describe('another brand sees nothing', () => {
  test.each<[RouteId, Record<string, string>]>([
    ['getLedger', {}],
    ['listStatements', {}],
    ['getStatement', { number: '1' }],
    ['listDays', {}],
  ])('%s', async (id, params) => {
    const { status } = await call(id, { params, brandId: 'brd_eeeeee' });
    expect(status).toBe(404);
  });
});

test.each(['0', '-1', '1.5', 'x', '1e3x', '9'.repeat(20)])(
  'statement number %s is refused or not there',
  async (number) => {
    const { status } = await call('getStatement', { params: { number } });
    expect([400, 404]).toContain(status);
  },
);
