import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Adjustment } from '../../../lib/adjustments/adjustment.ts';
import { writeOffIdOf } from '../../../lib/adjustments/adjustment.ts';
import { auditAdjustments } from '../../../lib/adjustments/audit.ts';
import type { Caller } from '../../../lib/http/caller.ts';
import { auditChain } from '../../../lib/ledger/audit.ts';
import type { Journal } from '../../../lib/ledger/journal.ts';
import type { Command } from '../../../lib/ledger/movement.ts';
import { post } from '../../../lib/ledger/post.ts';
import { adjustments } from '../../../lib/store/adjustments.ts';
import { ledger } from '../../../lib/store/ledger.ts';
import { ADA, type ApiGround, AT, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';
import { line } from '../../support/ledgers.ts';

const LATER = '2026-03-29T11:00:00.000Z';
const MIA: Caller = { ...ADA, keyId: 'key_01kmmmmmmmmmmmmm', person: 'mia@shop.example', role: 'finance' };
const OTTO: Caller = {
  ...ADA,
  keyId: 'key_01koooooooooooooo'.slice(0, 20),
  person: 'otto@shop.example',
  role: 'finance',
};
const MAX: Caller = { ...ADA, keyId: 'key_01kxxxxxxxxxxxxx', person: 'max@shop.example', role: 'manager' };

let api: ApiGround;
let account: { programId: string; partnerId: string };
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());
beforeEach(async () => {
  const { programId } = await aProgram(api);
  const { partnerId } = await aPartner(api);
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
  account = { programId, partnerId };
});

const body = { currency: 'EUR', cents: 1_250, reason: 'goodwill', note: 'A parcel went missing' };
const key = () => ({ brandId: ADA.brandId, ...account, currency: 'EUR' });
const store = () => ledger(api.client, api.tables.ledger);
const chain = () => store().journals(key(), { limit: 100 });
const balances = async () => {
  const { balances: all } = await api.ok('getLedger', { params: account });
  return Object.fromEntries(Object.entries(all as Record<string, number>).filter(([, cents]) => cents !== 0));
};
const propose = (more: object = {}, as = MIA) =>
  api.ok('proposeAdjustment', { as, params: account, body: { ...body, ...more } });
const at = ({ adjustmentId }: { adjustmentId: string }) => ({ ...account, adjustmentId });
const approve = (adjustment: { adjustmentId: string; cents: number }, as = OTTO, cents = adjustment.cents) =>
  api.send('approveAdjustment', { as, at: LATER, params: at(adjustment), body: { cents } });

/** Posts to the account as the jobs do. */
async function posted(...commands: Command[]): Promise<void> {
  for (const command of commands) {
    const journal = post(await store().head(key()), key(), command, { at: AT, recordedAt: AT, actor: 'test' })!;
    const { Put } = store().putWrite(journal);
    await api.client.send(new PutCommand(Put!));
  }
}
const owing = (cents: number) =>
  posted(
    { kind: 'accrual', today: '2026-03-29', lines: [line(1_000, { matures: '2026-03-28' })] },
    { kind: 'reserve', itemId: 'itm_1', cents: 1_000 },
    { kind: 'settle', itemId: 'itm_1', cents: 1_000 },
    {
      kind: 'accrual',
      today: '2026-03-29',
      lines: [line(-cents, { totalCents: 1_000 - cents, reason: 'returned', matures: '2026-03-28' })],
    },
  );

/** What the audit job would say of the account. */
async function laws() {
  const all = await adjustments(api.client, api.tables.core).allOfPartner(key());
  const journals: Journal[] = await chain();
  return [...auditChain(journals), ...auditAdjustments(all as Adjustment[], journals)];
}

describe('an adjustment', () => {
  test('is proposed by one, approved by another, and posted once', async () => {
    const proposed = await propose();
    expect(proposed).toMatchObject({ ...body, status: 'proposed', proposedBy: MIA.person });
    expect(await chain()).toEqual([]);
    expect((await api.ok('listAdjustments', { params: { programId: account.programId } })).items).toEqual([proposed]);

    const approved = await approve(proposed);
    expect(approved).toMatchObject({
      status: 200,
      body: { status: 'approved', approvedBy: OTTO.person, journal: { sequence: 1 } },
    });
    expect(await balances()).toEqual({ expense: -1_250, payable: 1_250 });
    const [journal] = await chain();
    expect(journal).toMatchObject({
      kind: 'adjustment',
      actor: OTTO.person,
      cause: `${proposed.adjustmentId}: goodwill: ${body.note}`,
    });
    expect(approved.body.journal.journalId).toBe(journal!.journalId);

    expect((await approve(proposed)).body).toEqual(approved.body);
    expect(await chain()).toHaveLength(1);
    expect(await api.ok('getAdjustment', { params: at(proposed) })).toEqual(approved.body);
    expect((await api.ok('listPartnerAdjustments', { params: account })).items).toEqual([approved.body]);
    expect((await api.ok('listAdjustments', { params: { programId: account.programId } })).items).toEqual([]);
    const listed = await api.ok('listAdjustments', {
      params: { programId: account.programId },
      query: { status: 'approved' },
    });
    expect(listed.items).toEqual([approved.body]);
    expect(await laws()).toEqual([]);
  });

  test('tells the audit log who did what, as it was and as it is', async () => {
    const proposed = await propose();
    await approve(proposed);
    const target = `${account.programId}/${account.partnerId}/adjustments/${proposed.adjustmentId}`;
    const { items } = await api.ok('listAudit', { query: { target } });
    expect(items).toMatchObject([
      {
        action: 'approveAdjustment',
        person: OTTO.person,
        before: { status: 'proposed' },
        after: { status: 'approved', cents: 1_250 },
      },
      { action: 'proposeAdjustment', person: MIA.person, after: body },
    ]);
  });

  test('that takes back takes what is payable, and the rest is owed', async () => {
    await approve(await propose());
    await approve(await propose({ cents: -2_000, reason: 'terms-breach' }));
    expect(await balances()).toEqual({ expense: 750, receivable: -750 });
    await approve(await propose({ cents: 1_000 }));
    expect(await balances()).toEqual({ expense: -250, payable: 250 });
    expect(await laws()).toEqual([]);
  });

  test('is never approved by its maker, whichever key and spelling', async () => {
    const proposed = await propose();
    for (const as of [MIA, { ...ADA, person: MIA.person }, { ...OTTO, person: 'MIA@shop.example' }])
      expect(await approve(proposed, as)).toMatchObject({ status: 422, body: { code: 'maker-cannot-approve' } });
    expect(await chain()).toEqual([]);
  });

  test('is approved by finance, and by no manager', async () => {
    expect(await approve(await propose(), MAX)).toMatchObject({ status: 403 });
    expect(await approve(await propose({}, MAX), OTTO)).toMatchObject({ status: 200 });
  });

  test('is approved as it was looked at', async () => {
    expect(await approve(await propose(), OTTO, 1_251)).toMatchObject({
      status: 409,
      body: { code: 'cents-differ', fields: [{ field: 'cents' }] },
    });
  });

  test('that is declined is not posted, and not approved any more', async () => {
    const proposed = await propose();
    const decline = (as: Caller) =>
      api.send('declineAdjustment', { as, params: at(proposed), body: { why: 'asked twice' } });
    expect((await decline(MIA)).body).toMatchObject({
      status: 'declined',
      declinedBy: MIA.person,
      declinedWhy: 'asked twice',
    });
    expect((await decline(MIA)).status).toBe(200);
    expect(await decline(OTTO)).toMatchObject({ status: 409, body: { code: 'adjustment-is-declined' } });
    expect(await approve(proposed)).toMatchObject({ status: 409, body: { code: 'adjustment-is-declined' } });
    expect(await chain()).toEqual([]);
    expect(await laws()).toEqual([]);
  });

  test('approved by ten at once, beside others, is posted once', async () => {
    const proposed = await propose();
    const other = await propose({ cents: 100 });
    const people = Array.from({ length: 10 }, (_, n): Caller => ({ ...OTTO, person: `p${n}@shop.example` }));
    const answers = await Promise.all([...people.map((as) => approve(proposed, as)), approve(other)]);
    // Who came second is told; who found the ledger changing under every attempt sends again.
    expect(answers.slice(0, 10).filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body: said } of answers)
      if (status !== 200) expect(['adjustment-is-approved', 'busy']).toContain(said.code);
    await approve(other);
    expect(await balances()).toEqual({ expense: -1_350, payable: 1_350 });
    expect(await laws()).toEqual([]);
  });

  test('proposed again under the same Idempotency-Key is the same', async () => {
    const headers = { 'idempotency-key': 'adj-1' };
    const send = () => api.ok('proposeAdjustment', { as: MIA, params: account, body, headers });
    expect(await send()).toEqual(await send());
    expect((await api.ok('listPartnerAdjustments', { params: account })).items).toHaveLength(1);
  });

  test('names the order it is about, to the partner too', async () => {
    const conversion = { eventType: 'sale', orderId: 'A-1' };
    const items = [{ sku: 'x', quantity: 1, unitPriceCents: 100 }];
    await api.ok('reportConversion', {
      body: { programId: account.programId, orderId: 'A-1', currency: 'EUR', items },
    });
    await approve(await propose({ conversion }));
    expect((await chain())[0]!.cause).toMatch(/: goodwill: sale A-1: A parcel went missing$/);
  });

  test('lists page by page, each once', async () => {
    for (let n = 1; n <= 5; n += 1) await propose({ cents: n });
    for (const id of ['listAdjustments', 'listPartnerAdjustments'] as const) {
      const params = id === 'listAdjustments' ? { programId: account.programId } : account;
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await api.ok(id, { params, query: { limit: '2', ...(cursor && { cursor }) } });
        seen.push(...page.items.map(({ cents }: { cents: number }) => cents));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen.sort()).toEqual([1, 2, 3, 4, 5]);
    }
  });
});

describe('a write-off', () => {
  test('forgives what is owed, and no more than is owed when it is approved', async () => {
    await owing(600);
    expect(
      await api.send('proposeAdjustment', {
        as: MIA,
        params: account,
        body: { ...body, reason: 'write-off', cents: 601 },
      }),
    ).toMatchObject({
      status: 422,
      body: { code: 'more-than-owed', fields: [{ field: 'cents' }] },
    });
    const whole = await propose({ reason: 'write-off', cents: 600 });
    const part = await propose({ reason: 'write-off', cents: 100 });
    expect(await approve(part)).toMatchObject({ status: 200 });
    expect(await approve(whole)).toMatchObject({ status: 422, body: { code: 'more-than-owed' } });
    expect(await balances()).toEqual({ expense: -500, paid: 1_000, receivable: -500 });
    expect(await laws()).toEqual([]);
  });

  test('that a job proposed is approved by one person', async () => {
    await owing(600);
    const head = (await store().head(key()))!;
    const adjustmentId = writeOffIdOf(head, head.sequence);
    await adjustments(api.client, api.tables.core).propose({
      ...key(),
      ...{ adjustmentId, cents: 600, reason: 'write-off', note: 'old', status: 'proposed' },
      ...{ proposedBy: 'system:release-commissions', proposedAt: AT },
    });
    expect(await approve({ adjustmentId, cents: 600 })).toMatchObject({ status: 200 });
    expect(await balances()).toEqual({ expense: -1_000, paid: 1_000 });
    expect(await laws()).toEqual([]);
  });
});

describe('refused with the field, and nothing stored:', () => {
  const rows = async () => (await api.client.send(new ScanCommand({ TableName: api.tables.core }))).Items!.length;
  test.each<[string, object, number, string]>([
    ['nothing', { cents: 0 }, 400, 'cents'],
    ['half a cent', { cents: 0.5 }, 400, 'cents'],
    ['more than anything', { cents: 1_000_000_000_001 }, 400, 'cents'],
    ['a reason nobody knows', { reason: 'because' }, 400, 'reason'],
    ['an empty note', { note: '  ' }, 400, 'note'],
    ['a note of two lines', { note: 'a\nb' }, 400, 'note'],
    ['another currency', { currency: 'USD' }, 422, 'currency'],
    ['a status', { status: 'approved' }, 400, 'status'],
    ['a maker', { proposedBy: 'eve@shop.example' }, 400, 'proposedBy'],
  ])('%s', async (_, over, status, field) => {
    const before = await rows();
    const refused = await api.send('proposeAdjustment', { as: MIA, params: account, body: { ...body, ...over } });
    expect(refused).toMatchObject({ status, body: { fields: [{ field }] } });
    expect(await rows()).toBe(before);
  });

  test.each<[string, object, string]>([
    ['an order there is not', { conversion: { orderId: 'nope' } }, 'no-such-conversion'],
    ['a dispute there is not', { disputeId: 'dsp_0000000000000000' }, 'no-such-dispute'],
  ])('%s', async (_, over, code) => {
    const before = await rows();
    const refused = await api.send('proposeAdjustment', { as: MIA, params: account, body: { ...body, ...over } });
    expect(refused).toMatchObject({ status: 404, body: { code } });
    expect(await rows()).toBe(before);
  });

  test('a partner who is not in the program', async () => {
    const { partnerId } = await aPartner(api);
    const params = { ...account, partnerId };
    expect(await api.send('proposeAdjustment', { as: MIA, params, body })).toMatchObject({ status: 404 });
    const proposed = await propose();
    expect(await api.send('getAdjustment', { params: { ...at(proposed), partnerId } })).toMatchObject({ status: 404 });
  });
});
