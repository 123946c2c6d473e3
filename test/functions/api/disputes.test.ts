import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/http/caller.ts';
import { conversions } from '../../../lib/store/conversions.ts';
import { writeTogether } from '../../../lib/store/transaction.ts';
import { ADA, type ApiGround, AT, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';

// AT is a Sunday: five banking days after the Monday that follows are over on April 6th.
const DUE = '2026-04-06';
const LATER = '2026-03-29T11:00:00.000Z';
const OTTO: Caller = { ...ADA, keyId: 'key_01kppppppppppppp', person: 'otto@shop.example', role: 'finance' };
const ANALYST: Caller = { ...ADA, role: 'analyst' };

let api: ApiGround;
let programId: string;
let ana: { readonly params: { programId: string; partnerId: string }; readonly as: Caller };
let bob: typeof ana;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());
beforeEach(async () => {
  ({ programId } = await aProgram(api));
  const enrolled = async (person: string) => {
    const { partnerId } = await aPartner(api);
    await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
    const as: Caller = { ...ADA, keyId: 'key_01kqqqqqqqqqqqqq', person, role: 'partner', partnerId };
    return { params: { programId, partnerId }, as };
  };
  ana = await enrolled('ana@partners.example');
  bob = await enrolled('bob@partners.example');
});

const untracked = {
  kind: 'untracked',
  orderId: 'A-1',
  orderDay: '2026-03-20',
  amountCents: 9_900,
  evidence: 'Mail 77',
};
const raise = (more: object = {}, who = ana, at = AT) =>
  api.send('raiseDispute', { ...who, body: { ...untracked, ...more }, at });
const raised = async (more: object = {}, who = ana) => (await raise(more, who)).body.dispute;
const one = ({ disputeId }: { disputeId: string }, { params } = ana) => ({ ...params, disputeId });
const answer = (dispute: { disputeId: string }, body: object, as = OTTO) =>
  api.send('answerDispute', { as, at: LATER, params: one(dispute), body: { note: 'We looked', ...body } });

/** An order of the program that is credited to the partner, or to nobody. */
async function order(orderId: string, partnerId?: string, posted: object = {}): Promise<void> {
  const items = [{ sku: 'x', quantity: 1, unitPriceCents: 100 }];
  await api.ok('reportConversion', { body: { programId, orderId, currency: 'EUR', items } });
  if (partnerId === undefined) return;
  const store = conversions(api.client, api.tables.conversions);
  const { conversion } = (await store.get(ADA.brandId, programId, 'sale', orderId))!;
  const credits = [{ partnerId, creditBps: 10_000, position: 1, touchAt: AT }];
  const settlement = { credits, posted, policyVersion: 1, settled: { at: AT } };
  await writeTogether(api.client, [store.settleWrite(conversion, settlement as never)]);
}

describe('a dispute', () => {
  test('is raised by the partner, with a due day, and seen by the brand', async () => {
    const { status, body } = await raise();
    expect({ status, outcome: body.outcome }).toEqual({ status: 200, outcome: 'raised' });
    expect(body.dispute).toMatchObject({
      ...{ ...untracked, eventType: 'sale', currency: 'EUR', status: 'open', round: 1 },
      ...{ raisedBy: ana.as.person, raisedAt: AT, dueOn: DUE, overdue: false },
    });
    expect((await api.ok('listDisputes', { params: { programId }, as: ANALYST })).items).toEqual([body.dispute]);
    expect((await api.ok('listPartnerDisputes', { ...ana })).items).toEqual([body.dispute]);
    expect(await api.ok('getDispute', { ...ana, params: one(body.dispute) })).toEqual(body.dispute);
  });

  test('is recorded by the brand on behalf of a partner, in its own name', async () => {
    const { body } = await raise({}, { params: ana.params, as: OTTO });
    expect(body.dispute).toMatchObject({ raisedBy: OTTO.person, partnerId: ana.params.partnerId });
  });

  test('is due by the banking days of the program', async () => {
    await api.ok('updateProgram', { params: { programId }, body: { disputeDays: 1 } });
    expect((await raised()).dueOn).toBe('2026-03-31');
  });

  test('said again while it is open is the open one, from ten at once too', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => raise()));
    expect(new Set(answers.map(({ body }) => body.dispute.disputeId)).size).toBe(1);
    expect(answers.filter(({ body }) => body.outcome === 'raised')).toHaveLength(1);
    expect((await raise({ evidence: 'another mail' })).body).toMatchObject({
      outcome: 'already-open',
      dispute: { evidence: 'Mail 77' },
    });
    expect((await api.ok('listPartnerDisputes', { ...ana })).items).toHaveLength(1);
  });

  test('of another order, another kind or another partner is another', async () => {
    const ids = [
      await raised(),
      await raised({ orderId: 'A-2' }),
      await raised({ kind: 'declined' }),
      await raised({ eventType: 'lead' }),
      await raised({}, bob),
    ];
    expect(new Set(ids.map(({ disputeId }) => disputeId)).size).toBe(5);
  });

  test('said again after an answer is a new one, five times in all', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const dispute = await raised();
      expect(dispute.round).toBe(round);
      await answer(dispute, { outcome: 'refused', refusal: 'order-unknown' });
    }
    expect(await raise()).toMatchObject({ status: 422, body: { code: 'said-too-often' } });
  });

  test('is answered once, for the partner to read', async () => {
    const dispute = await raised();
    const refused = { outcome: 'refused', refusal: 'another-partner-credited' };
    const { status, body } = await answer(dispute, refused);
    expect({ status, ...body }).toMatchObject({
      status: 'answered',
      answer: { ...refused, note: 'We looked' },
      closedBy: OTTO.person,
    });
    expect((await answer(dispute, refused)).body).toEqual(body);
    expect(await answer(dispute, { outcome: 'upheld' })).toMatchObject({
      status: 409,
      body: { code: 'dispute-is-answered' },
    });
    expect(await api.ok('getDispute', { ...ana, params: one(dispute) })).toEqual(body);
    expect((await api.ok('listDisputes', { params: { programId } })).items).toEqual([]);
    expect((await api.ok('listDisputes', { params: { programId }, query: { status: 'answered' } })).items).toEqual([
      body,
    ]);
    expect(await api.send('withdrawDispute', { ...ana, params: one(dispute) })).toMatchObject({ status: 409 });
  });

  test('is withdrawn by the partner, and not answered after that', async () => {
    const dispute = await raised();
    const withdraw = () => api.ok('withdrawDispute', { ...ana, params: one(dispute) });
    const withdrawn = await withdraw();
    expect(withdrawn).toMatchObject({ status: 'withdrawn', closedBy: ana.as.person });
    expect(await withdraw()).toEqual(withdrawn);
    expect(await answer(dispute, { outcome: 'upheld' })).toMatchObject({
      status: 409,
      body: { code: 'dispute-is-withdrawn' },
    });
  });

  test('that is upheld may point to an adjustment that answers it, or to an order', async () => {
    await order('A-1');
    const dispute = await raised();
    const money = { currency: 'EUR', cents: 792, reason: 'untracked-order', note: 'Found it' };
    const propose = (who = ana) => api.ok('proposeAdjustment', { as: OTTO, params: who.params, body: money });
    const { adjustmentId } = await api.ok('proposeAdjustment', {
      as: OTTO,
      params: ana.params,
      body: { ...money, disputeId: dispute.disputeId },
    });
    const others = await propose(bob);
    const declined = await propose();
    await api.ok('declineAdjustment', {
      as: OTTO,
      params: { ...ana.params, adjustmentId: declined.adjustmentId },
      body: { why: 'twice' },
    });
    expect(await answer(dispute, { outcome: 'upheld', adjustmentId: others.adjustmentId })).toMatchObject({
      status: 404,
      body: { code: 'no-such-adjustment' },
    });
    expect(await answer(dispute, { outcome: 'upheld', adjustmentId: declined.adjustmentId })).toMatchObject({
      status: 409,
      body: { code: 'adjustment-is-declined' },
    });
    expect(await answer(dispute, { outcome: 'upheld', conversion: { orderId: 'nope' } })).toMatchObject({
      status: 404,
      body: { code: 'no-such-conversion' },
    });
    const conversion = { eventType: 'sale', orderId: 'A-1' };
    const { body } = await answer(dispute, { outcome: 'partly-upheld', adjustmentId, conversion });
    expect(body.answer).toEqual({ outcome: 'partly-upheld', note: 'We looked', adjustmentId, conversion });
  });

  test('tells the audit log every step', async () => {
    const dispute = await raised();
    await answer(dispute, { outcome: 'upheld' });
    const target = `${programId}/${ana.params.partnerId}/disputes/${dispute.disputeId}`;
    const { items } = await api.ok('listAudit', { query: { target } });
    expect(items).toMatchObject([
      { action: 'answerDispute', person: OTTO.person, before: { status: 'open' }, after: { status: 'answered' } },
      { action: 'raiseDispute', person: ana.as.person, after: { orderId: 'A-1' } },
    ]);
  });
});

describe('overdue disputes', () => {
  const list = (at: string, query: Record<string, string> = { overdue: 'true' }) =>
    api.ok('listDisputes', { params: { programId }, at, query });
  test('are those whose day is over in the program’s zone, the earliest first', async () => {
    const early = await raised({ orderId: 'early' });
    const later = (await raise({ orderId: 'later' }, ana, '2026-03-31T10:00:00.000Z')).body.dispute;
    const done = await raised({ orderId: 'done' });
    await answer(done, { outcome: 'upheld' });
    const ids = async (at: string) => (await list(at)).items.map(({ disputeId }: { disputeId: string }) => disputeId);
    expect(later.dueOn).toBe('2026-04-07');
    expect(await ids('2026-04-06T23:59:59.000Z')).toEqual([]);
    expect(await ids('2026-04-07T00:00:00.000Z')).toEqual([early.disputeId]);
    expect(await ids('2026-04-08T00:00:00.000Z')).toEqual([early.disputeId, later.disputeId]);
    const all = (await list('2026-04-07T00:00:00.000Z', {})).items;
    expect(all.map(({ overdue }: { overdue: boolean }) => overdue)).toEqual([true, false]);
  });

  test('are listed page by page, each once', async () => {
    for (let n = 0; n < 5; n += 1) await raised({ orderId: `A-${n}` }, n % 2 ? ana : bob);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list('2026-05-01T00:00:00.000Z', { overdue: 'true', limit: '2', ...(cursor && { cursor }) });
      seen.push(...page.items.map(({ orderId }: { orderId: string }) => orderId));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen.sort()).toEqual(['A-0', 'A-1', 'A-2', 'A-3', 'A-4']);
  });

  test('are open ones only', async () => {
    const refused = await api.send('listDisputes', {
      params: { programId },
      query: { overdue: 'true', status: 'answered' },
    });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'overdue' }] } });
  });
});

describe('what the credits of the order say', () => {
  test('an order credited to the partner is not untracked, and may be incorrect', async () => {
    await order('A-1', ana.params.partnerId);
    expect(await raise()).toMatchObject({
      status: 422,
      body: { code: 'already-credited', fields: [{ field: 'kind' }] },
    });
    expect(await raise({ kind: 'incorrect', expectedCents: 800 })).toMatchObject({
      status: 200,
      body: { outcome: 'raised' },
    });
  });

  test('who recruited the credited partner may say that their own part is incorrect', async () => {
    const part = { cents: 80, matures: '2026-04-20', returnedUnits: 0 };
    await order('A-1', bob.params.partnerId, { [ana.params.partnerId]: part });
    expect(await raise({ kind: 'incorrect', expectedCents: 800 })).toMatchObject({
      status: 200,
      body: { outcome: 'raised' },
    });
    expect(await raise()).toMatchObject({ status: 422, body: { code: 'already-credited' } });
  });

  test('another partner’s order looks like one there is not', async () => {
    await order('A-1', bob.params.partnerId);
    expect((await raise()).body.outcome).toBe('raised');
    const incorrect = (orderId: string) => raise({ kind: 'incorrect', expectedCents: 800, orderId });
    const strip = ({ body: { detail: _, instance: __, ...rest } }: Awaited<ReturnType<typeof raise>>) => rest;
    expect(strip(await incorrect('A-1'))).toEqual(strip(await incorrect('A-9')));
    expect(await incorrect('A-1')).toMatchObject({ status: 422, body: { code: 'not-credited' } });
  });
});

describe('a partner’s key', () => {
  test('reaches nothing of another partner', async () => {
    const dispute = await raised();
    const reach = { as: bob.as, params: one(dispute) };
    const refused = { status: 404, body: { code: 'no-such-partner' } };
    expect(await api.send('getDispute', reach)).toMatchObject(refused);
    expect(await api.send('withdrawDispute', reach)).toMatchObject(refused);
    expect(await api.send('listPartnerDisputes', { as: bob.as, params: ana.params })).toMatchObject(refused);
    expect(await raise({ orderId: 'B' }, { as: bob.as, params: ana.params })).toMatchObject(refused);
    expect(
      await api.send('getDispute', { as: bob.as, params: { ...bob.params, disputeId: dispute.disputeId } }),
    ).toMatchObject({ status: 404 });
    expect((await api.ok('listPartnerDisputes', { ...bob })).items).toEqual([]);
  });

  test('answers no dispute, and sees no list of the program', async () => {
    const dispute = await raised();
    expect(await answer(dispute, { outcome: 'upheld' }, ana.as)).toMatchObject({ status: 403 });
    expect(await api.send('listDisputes', { as: ana.as, params: { programId } })).toMatchObject({ status: 403 });
    expect(await api.send('getLedger', { as: ana.as, params: ana.params })).toMatchObject({ status: 403 });
  });

  test('that names no partner reaches nothing', async () => {
    const { partnerId: _, ...as } = ana.as;
    expect(await raise({}, { ...ana, as })).toMatchObject({ status: 404 });
  });

  test('is made for one partner of the brand', async () => {
    const make = (more: object) =>
      api.send('createApiKey', { body: { name: 'portal', person: 'ana@partners.example', role: 'partner', ...more } });
    expect(await make({})).toMatchObject({ status: 400, body: { fields: [{ field: 'partnerId' }] } });
    expect(await make({ partnerId: 'ptr_0000000000000000' })).toMatchObject({
      status: 404,
      body: { code: 'no-such-partner' },
    });
    expect(await make({ role: 'manager', partnerId: ana.params.partnerId })).toMatchObject({ status: 400 });
    const { status, body } = await make({ partnerId: ana.params.partnerId });
    expect({ status, ...body.apiKey }).toMatchObject({ status: 201, role: 'partner', partnerId: ana.params.partnerId });
    const { handler } = await import('../../../functions/api/authorize.ts');
    const event = {
      headers: { authorization: `Bearer ${body.secret}` },
      requestContext: { timeEpoch: Date.parse(AT) },
    };
    expect(await handler(event as never)).toMatchObject({
      isAuthorized: true,
      context: { role: 'partner', partnerId: ana.params.partnerId },
    });
  });
});

describe('refused with the field:', () => {
  test.each<[string, object, string]>([
    ['a kind nobody knows', { kind: 'unfair' }, 'kind'],
    ['no day of an untracked order', { orderDay: undefined }, 'orderDay'],
    ['no amount of an untracked order', { amountCents: undefined }, 'amountCents'],
    ['no expectation of an incorrect one', { kind: 'incorrect' }, 'expectedCents'],
    ['a day that is none', { orderDay: '2026-02-30' }, 'orderDay'],
    ['a day that is still to come', { orderDay: '2199-01-01' }, 'orderDay'],
    ['an amount below nothing', { amountCents: -1 }, 'amountCents'],
    ['an order id with a separator', { orderId: 'A#1' }, 'orderId'],
    ['no evidence', { evidence: '' }, 'evidence'],
    ['evidence that turns the text around', { evidence: 'a\u202eb' }, 'evidence'],
    ['a due day', { dueOn: '2030-01-01' }, 'dueOn'],
  ])('%s', async (_, over, field) => {
    expect(await raise(over)).toMatchObject({ status: 400, body: { fields: [{ field }] } });
    expect((await api.ok('listPartnerDisputes', { ...ana })).items).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a refusal without why', { outcome: 'refused' }, 'refusal'],
    ['a reason of what is upheld', { outcome: 'upheld', refusal: 'other' }, 'refusal'],
    [
      'a refusal that pays',
      { outcome: 'refused', refusal: 'other', adjustmentId: 'adj_0000000000000000' },
      'adjustmentId',
    ],
    ['no note', { outcome: 'upheld', note: '' }, 'note'],
  ])('an answer: %s', async (_, said, field) =>
    expect(await answer(await raised(), said)).toMatchObject({ status: 400, body: { fields: [{ field }] } }),
  );
});
