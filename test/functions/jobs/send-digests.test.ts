import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readEvent } from '../../../events/catalog/catalog.ts';
import { CommissionPlan } from '../../../lib/commission/plan.ts';
import { mailsFor } from '../../../lib/messages/mail-order.ts';
import { changesDue } from '../../../lib/messages/plan-notices.ts';
import { Env } from '../../../lib/names.ts';
import { days } from '../../../lib/store/days.ts';
import { disputes } from '../../../lib/store/disputes.ts';
import { type EventsGround, eventsGround } from '../../support/events-ground.ts';
import { FRESH, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

const byPartner = (a: { partnerId: string }, b: { partnerId: string }) => (a.partnerId < b.partnerId ? -1 : 1);
const busSample = (type: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../events/samples/bus/${type}.json`), 'utf8')).detail;

let ground: EventsGround;
let sendDigests: Step;
let auckland: GivenProgram;
let honolulu: GivenProgram;
let partners: { ann: string; bob: string; cat: string };
beforeAll(async () => {
  ground = await eventsGround();
  process.env[Env.mailQueue] = ground.urlOf('mail');
  sendDigests = (await import('../../../functions/jobs/send-digests.ts')).handler as Step;
  auckland = await givenProgram(ground as never, 'Auckland', { timeZone: 'Pacific/Auckland' });
  honolulu = await givenProgram(ground as never, 'Honolulu', { timeZone: 'Pacific/Honolulu' });
  partners = {
    ann: await auckland.partner('Ann'),
    bob: await auckland.partner('Bob'),
    cat: await honolulu.partner('Cat'),
  };
});
afterAll(() => ground.stop());

let seen = 0;
beforeEach(() => {
  seen = ground.waiting('mail').length;
});
const ordered = () =>
  ground
    .waiting('mail')
    .slice(seen)
    .map((message) => {
      const read = readEvent(message);
      if ('problem' in read || read.event.type !== 'commission.digest-due') throw new Error(JSON.stringify(read));
      return { mail: mailsFor(read.event)[0]!.messageId, ...read.event.data };
    });

let sequence = 0;
async function counted({ brandId, programId }: GivenProgram, partnerId: string, day: string, by: object) {
  sequence += 1;
  const store = days(ground.engine.client, ground.tables.core);
  await store.count({ brandId, programId, day, partnerId }, `s${sequence}`, [{ sequence: '1', at: 1_774_778_400, by }]);
}

// 09:00 on the 29th in Auckland, 10:00 on the 28th in Honolulu.
const AS_OF = '2026-03-28T20:00:00.000Z';

test('each program’s own last full day is reported, to partners for whom something moved', async () => {
  await counted(auckland, partners.ann, '2026-03-28', {
    clicks: 5,
    conversions: 2,
    revenueCents: 900,
    commissionCents: 90,
  });
  await counted(auckland, partners.ann, '2026-03-29', { conversions: 7, commissionCents: 700 });
  await counted(auckland, partners.bob, '2026-03-28', { clicks: 50 });
  await counted(auckland, '-', '2026-03-28', { conversions: 4, revenueCents: 100 });
  await counted(honolulu, partners.cat, '2026-03-27', { commissionCents: -30 });
  await counted(honolulu, partners.cat, '2026-03-28', { commissionCents: 1 });

  expect(await sendDigests({ asOf: AS_OF }, FRESH)).toMatchObject({ asOf: AS_OF, tally: { programs: 2, mails: 2 } });
  expect(ordered()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        partnerId: partners.ann,
        day: '2026-03-28',
        clicks: 5,
        conversions: 2,
        commissionCents: 90,
        currency: 'USD',
      }),
      expect.objectContaining({ partnerId: partners.cat, day: '2026-03-27', commissionCents: -30 }),
    ]),
  );
});

test('a rerun, for one program too, orders the same mails', async () => {
  await sendDigests({ asOf: AS_OF }, FRESH);
  const { brandId, programId } = auckland;
  await sendDigests({ asOf: '2026-03-28T23:00:00.000Z', brandId, programId }, FRESH);
  const mails = ordered()
    .filter(({ partnerId }) => partnerId === partners.ann)
    .map(({ mail }) => mail);
  expect(mails).toHaveLength(2);
  expect(new Set(mails).size).toBe(1);
});

test('more partners than one request takes all get theirs', async () => {
  const { brandId, programId } = honolulu;
  for (let n = 0; n < 23; n += 1) {
    await counted(honolulu, `ptr_${String(n).padStart(16, '0')}`, '2026-05-01', { conversions: 1 });
  }
  await sendDigests({ asOf: '2026-05-02T20:00:00.000Z', brandId, programId }, FRESH);
  expect(new Set(ordered().map(({ partnerId }) => partnerId)).size).toBe(23);
});

test.each([
  ['a program that is not there', { brandId: 'brd_000000', programId: 'prg_0000000000000000' }],
  ['a brand id that is none', { brandId: 'x' }],
])('%s is an error, and no silent nothing', async (_, input) => {
  await expect(sendDigests(input, FRESH)).rejects.toThrow();
});

test('partners are told three days and one day before a plan changes, in the program’s days, however often the job runs', async () => {
  const program = await givenProgram(ground as never, 'Changing', { timeZone: 'Pacific/Auckland' });
  const dana = await program.partner('Dana');
  const eli = await program.partner('Eli');
  await program.changeEnrolment(eli, { status: 'ended' }, '2026-03-01T00:00:00.000Z');
  const rule = { id: 'base', label: 'Everything', when: {}, pay: { kind: 'percent', rateBps: 500 } };
  // 2026-05-10 begins in Auckland at 12:00 UTC of the 9th.
  await program.plan([rule], '2026-05-09T12:00:00.000Z');

  const told: [asOf: string, notices: string[]][] = [
    ['2026-05-06T11:59:00.000Z', []],
    ['2026-05-06T12:00:00.000Z', ['3-days']],
    ['2026-05-07T20:00:00.000Z', ['3-days']],
    ['2026-05-08T20:00:00.000Z', ['1-day']],
    ['2026-05-09T20:00:00.000Z', []],
  ];
  const mailIds = new Set<string>();
  for (const [asOf, notices] of told) {
    const before = ground.waiting('mail').length;
    const run = await sendDigests({ brandId: program.brandId, asOf }, FRESH);
    expect(run).toMatchObject({ tally: { notices: notices.length } });
    const events = ground
      .waiting('mail')
      .slice(before)
      .map((message) => {
        const read = readEvent(message);
        if ('problem' in read) throw new Error(read.problem);
        mailIds.add(mailsFor(read.event)[0]!.messageId);
        return read.event.data;
      });
    expect(events).toMatchObject(
      notices.map((notice) => ({
        ...{ partnerId: dana, notice, version: 2, day: '2026-05-10', moreRules: 0 },
        rules: [{ label: 'Everything', pays: '5 % of the price after discounts, for everything' }],
      })),
    );
  }
  expect(mailIds.size, 'the notice of three days is one mail, made up for when a day was missed').toBe(2);
});

test('a plan at short notice is told at once, by the bus, and once more the day before where that is later', async () => {
  const program = await givenProgram(ground as never, 'Hasty', { timeZone: 'Europe/Berlin' });
  const dana = await program.partner('Dana');
  const eli = await program.partner('Eli');
  const finn = await program.partner('Finn');
  await program.changeEnrolment(eli, { status: 'paused' }, '2026-03-01T00:00:00.000Z');
  await program.changeEnrolment(finn, { status: 'ended' }, '2026-03-01T00:00:00.000Z');
  const rule = { id: 'base', label: 'Everything', when: {}, pay: { kind: 'percent', rateBps: 500 } };
  const { brandId, programId } = program;
  const told = async (input: object) => {
    const before = ground.waiting('mail').length;
    const { tally } = (await sendDigests(input, FRESH)) as { tally: { notices: number } };
    const events = ground.waiting('mail').slice(before).map(readEvent);
    expect(events.length).toBe(tally.notices);
    return events.map((read) => {
      if ('problem' in read || read.event.type !== 'commission.plan-change-due') throw new Error(JSON.stringify(read));
      return { mail: mailsFor(read.event)[0]!.messageId, ...read.event.data };
    });
  };

  // Two days before it begins, so it is too late for the notice of three days.
  const shortNotice = 'Shoes are sold out.';
  await program.plan([rule], '2026-05-09T22:00:00.000Z', { shortNotice, at: '2026-05-08T12:00:00.000Z' });
  const event = (version: number, at: string) => ({
    'detail-type': 'plan.added',
    detail: {
      ...{ id: 'evt_0000000000000001', type: 'plan.added', brandId, at },
      data: { programId, version, effectiveFrom: '2026-05-09T22:00:00.000Z', shortNotice },
    },
  });
  const atOnce = await told(event(2, '2026-05-08T12:00:00.000Z'));
  const same = { version: 2, day: '2026-05-10', notice: 'at-once', shortNotice };
  expect(atOnce).toMatchObject([dana, eli].map((partnerId) => ({ partnerId, ...same })).sort(byPartner));
  expect(atOnce[0]).not.toHaveProperty('retroactive');

  // The next run makes up for a call that failed, with the very same mails, and tells what is due the day before.
  const next = await told({ brandId, asOf: '2026-05-09T08:00:00.000Z' });
  const again = next.filter(({ notice }) => notice === 'at-once');
  expect(again.map(({ mail }) => mail)).toEqual(atOnce.map(({ mail }) => mail));
  expect(next.filter(({ notice }) => notice === '1-day')).toHaveLength(2);
  expect(await told({ brandId, asOf: '2026-05-10T08:00:00.000Z' })).toEqual([]);

  // Back to the old rates from the same day on, after partners were told: they hear that it no longer counts.
  await program.plan([{ ...rule, pay: { kind: 'percent', rateBps: 1_000 } }], '2026-05-09T22:00:00.000Z', {
    ...{ shortNotice: 'They are back.', at: '2026-05-09T12:00:00.000Z' },
  });
  const [back] = await told(event(3, '2026-05-09T12:00:00.000Z'));
  expect(back).toMatchObject({ version: 3, notice: 'at-once', replaces: 2, shortNotice: 'They are back.' });

  // A correction of the past, until version 3 begins.
  await program.plan([rule], '2026-05-01T13:30:00.000Z', {
    ...{ shortNotice: 'Entered wrong.', at: '2026-05-11T12:00:00.000Z' },
  });
  const past = await told(event(4, '2026-05-11T12:00:00.000Z'));
  expect(past).toHaveLength(2);
  expect(past[0]).toMatchObject({
    version: 4,
    day: '2026-05-01',
    time: '15:30',
    until: '2026-05-10',
    retroactive: true,
  });
});

test.each([
  ['an event that is none', { 'detail-type': 'plan.added', detail: { type: 'plan.added' } }],
  ['another event', { 'detail-type': 'cap.reached', detail: busSample('cap.reached') }],
])('%s is refused aloud', async (_, input) => {
  await expect(sendDigests(input, FRESH)).rejects.toThrow(/event refused/);
});

test('the notice of a plan change tells every part that decides what a partner earns', () => {
  const base = { label: 'Base', pay: { kind: 'percent', rateBps: 500 }, cap: { perOrderCents: 1_000 } };
  const plan = CommissionPlan.parse({
    name: 'P',
    exclusions: [{ id: 'gifts', label: 'Gifts', when: { skus: ['GIFT'] } }],
    rules: [{ id: 'base', ...base }],
    bonuses: [{ id: 'week', label: 'Week', pay: { kind: 'percent', rateBps: 100 }, stacks: false }],
    overrides: [{ id: 'recruiter', label: 'Recruiter', level: 1, of: 'sales', rateBps: 50 }],
  });
  const versions = [1, 2].map((version) => ({ version, effectiveFrom: `2026-05-0${version}T00:00:00.000Z`, plan }));
  const terms = { timeZone: 'UTC', currency: 'EUR' };
  const [change] = changesDue(versions, terms, '2026-05-01T08:00:00.000Z');
  expect(change?.rules).toEqual([
    { label: 'Gifts', pays: 'nothing, for items with SKU GIFT' },
    { label: 'Base', pays: '5 % of the price after discounts, for everything; at most 10.00 EUR an order' },
    {
      label: 'Week',
      pays: 'on top: 1 % of the price after discounts, for everything; not together with a bonus above it',
    },
    { label: 'Recruiter', pays: 'Who recruited a partner earns 0.5 % of the partner’s share of what a rule prices' },
  ]);
});

test('the owner is reminded of overdue disputes, once a day, in the program’s days, and of no others', async () => {
  const program = await givenProgram(ground as never, 'Disputed', { timeZone: 'Pacific/Auckland' });
  const dana = await program.partner('Dana');
  const store = disputes(ground.engine.client, ground.tables.core);
  const { brandId, programId } = program;
  const raise = async (orderId: string, dueOn: string) => {
    const at = '2026-03-30T10:00:00.000Z';
    const raised = await store.raise(
      {
        ...{ brandId, programId, partnerId: dana, kind: 'declined', eventType: 'sale', orderId, currency: 'USD' },
        ...{ evidence: 'mail', status: 'open', raisedAt: at, raisedBy: 'dana@partners.example', dueOn },
      },
      (made) => ({
        ...{ auditId: made.disputeId.replace('dsp', 'aud'), brandId, at, person: 'dana', keyId: 'key_0' },
        ...{ action: 'raiseDispute', target: made.disputeId },
      }),
    );
    if (raised.outcome === 'exhausted') throw new Error('too often');
    return raised.dispute;
  };
  for (let n = 0; n < 21; n += 1) await raise(`A-${n}`, '2026-04-06');
  await raise('later', '2026-04-08');

  const mailed = async (asOf: string) => {
    const before = ground.waiting('mail').length;
    const run = (await sendDigests({ brandId, asOf }, FRESH)) as { tally: { reminders: number } };
    const events = ground.waiting('mail').slice(before).map(readEvent);
    expect(events.length).toBe(run.tally.reminders);
    return events.map((read) => {
      if ('problem' in read || read.event.type !== 'dispute.overdue') throw new Error(JSON.stringify(read));
      return { mail: mailsFor(read.event), ...read.event.data };
    });
  };
  // April 7th begins in Auckland at 12:00 UTC of the 6th.
  expect(await mailed('2026-04-06T11:59:00.000Z')).toEqual([]);
  const [first] = await mailed('2026-04-06T12:00:00.000Z');
  expect(first).toMatchObject({ programId, day: '2026-04-07', more: 1, mail: [{ to: 'owner' }] });
  expect(first?.disputes).toHaveLength(20);
  const [again] = await mailed('2026-04-06T20:00:00.000Z');
  expect(again?.mail[0]?.messageId).toBe(first?.mail[0]?.messageId);
  const [next] = await mailed('2026-04-07T20:00:00.000Z');
  expect(next?.mail[0]?.messageId).not.toBe(first?.mail[0]?.messageId);
});
