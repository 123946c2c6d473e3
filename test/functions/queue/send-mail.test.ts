import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TributaryEvent } from '../../../events/catalog/catalog.ts';
import { EVENT_SOURCE } from '../../../events/catalog/envelope.ts';
import { REPLAYED } from '../../../lib/aws/failures.ts';
import { derive } from '../../../lib/ids.ts';
import { digestDue, disputesOverdueDue, mailsFor } from '../../../lib/messages/mail-order.ts';
import { Env } from '../../../lib/names.ts';
import { mailLog } from '../../../lib/store/mail-log.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { type EventsGround, eventsGround, SENDER, sqsRecord } from '../../support/events-ground.ts';
import { FRESH, type Step, untilDone } from '../../support/jobs-ground.ts';
import { busyAccount, writeJournals } from '../../support/partner-account.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: EventsGround;
let sendMail: (event: SQSEvent) => Promise<SQSBatchResponse>;
let program: GivenProgram;
beforeAll(async () => {
  ground = await eventsGround();
  process.env[Env.failureQueue] = ground.urlOf('mail-failures');
  sendMail = (await import('../../../functions/queue/send-mail.ts')).handler;
  program = await givenProgram(ground as never, 'Trail Notes', {
    timeZone: 'Europe/Berlin',
    payoutTerms: { minimumCents: 5_000 },
  });
});
afterAll(() => ground.stop());
afterEach(() => vi.useRealTimers());

const DAY = {
  day: '2026-03-29',
  currency: 'USD',
  clicks: 40,
  conversions: 2,
  revenueCents: 18_000,
  commissionCents: 1_800,
  returns: 0,
};
const digestFor = (partnerId: string, day = DAY.day) =>
  digestDue(program.brandId, '2026-03-30T06:00:00.000Z', { ...DAY, day, programId: program.programId, partnerId });

function enrolled(partnerId: string): TributaryEvent {
  const { brandId, programId } = program;
  const id = derive('event', 'partner.enrolled', brandId, programId, partnerId);
  const data = { programId, partnerId, group: 'default', status: 'active' as const };
  return { id, type: 'partner.enrolled', brandId, at: '2026-03-01T09:00:00.000Z', data };
}

/** An event as a bus rule puts it into the queue. */
const fromBus = (event: TributaryEvent) => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': event.type,
  source: EVENT_SOURCE,
  account: '111122223333',
  time: '2026-03-01T09:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail: event,
});
let sent = 0;
const record = (body: unknown, attributes?: SQSRecord['messageAttributes']) => {
  sent += 1;
  return sqsRecord(`m${sent}`, body, attributes);
};
const deliver = (...Records: SQSRecord[]) => sendMail({ Records });
const failed = async (...Records: SQSRecord[]) => (await deliver(...Records)).batchItemFailures.length;
const mails = (person: string) => ground.mail.to(`${person.toLowerCase()}@${program.programId.slice(4)}.example`);
const aside = () => ground.waiting('mail-failures').length;
const headerOf = (mail: Awaited<ReturnType<typeof mails>>[number] | undefined, name: string) =>
  mail?.headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);

describe('a mail', () => {
  test('welcomes a partner, from the brand, in text and HTML', async () => {
    const ann = await program.partner('Ann', { taxFormOnFile: false });
    expect(await failed(record(fromBus(enrolled(ann))))).toBe(0);
    const [mail, ...more] = await mails('Ann');
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ from: SENDER, subject: 'Welcome to Trail Notes', attachments: [] });
    expect(headerOf(mail, 'from')).toEqual([`Trail Notes <${SENDER}>`]);
    expect(mail?.text).toMatch(/Paid out from: +50\.00 USD/);
    expect(mail?.text).toContain('Before your first payment we need: a tax form.');
    expect(mail?.html).toContain('50.00 USD');
  });

  test('tells the owner and the partner of a cap that is reached, each once', async () => {
    const cid = await program.partner('Cid');
    const { brandId, programId } = program;
    const event: TributaryEvent = {
      id: derive('event', 'cap.reached', cid),
      type: 'cap.reached',
      brandId,
      at: '2026-03-10T09:00:00.000Z',
      data: {
        programId,
        capId: derive('cap', cid),
        measure: 'payout',
        scope: 'partner',
        partnerId: cid,
        window: '2026-03',
        limit: 50_000,
        used: 45_000,
        threshold: 90,
        hard: true,
      },
    };
    for (let time = 0; time < 2; time += 1) expect(await failed(record(fromBus(event)))).toBe(0);
    const subject = '90 % of a cap is used in Trail Notes: payout, 2026-03';
    expect(await mails('Cid')).toMatchObject([{ subject, text: expect.stringMatching(/Of: +you\n/) }]);
    const toOwner = (await ground.mail.to('owner@example.com')).filter((mail) => mail.subject === subject);
    expect(toOwner).toMatchObject([{ text: expect.stringMatching(/Used: +450\.00 USD\n/) }]);
    expect(toOwner[0]?.text).toContain(`partner ${cid}`);
  });

  test('tells the owner, and nobody else, of disputes that are overdue, once', async () => {
    const dee = await program.partner('Ora');
    const { brandId, programId } = program;
    const dispute = { partnerId: dee, disputeId: derive('dispute', dee), kind: 'untracked', orderId: 'A-7' } as const;
    const event = disputesOverdueDue(brandId, '2026-04-07T08:00:00.000Z', {
      ...{ programId, day: '2026-04-07', more: 0 },
      disputes: [{ ...dispute, dueOn: '2026-04-06' }],
    });
    for (let time = 0; time < 2; time += 1) expect(await failed(record(event))).toBe(0);
    const subject = 'A dispute waits for an answer in Trail Notes';
    const toOwner = (await ground.mail.to('owner@example.com')).filter((mail) => mail.subject === subject);
    expect(toOwner).toMatchObject([{ text: expect.stringContaining('untracked, order A-7: was due on 2026-04-06') }]);
    expect(await mails('Ora')).toEqual([]);
  });

  test('tells a partner of an answer and of money by hand', async () => {
    const ned = await program.partner('Ned');
    const { brandId, programId } = program;
    const about = { brandId, at: '2026-04-07T08:00:00.000Z' };
    const dispute = { programId, partnerId: ned, disputeId: derive('dispute', ned), eventType: 'sale', orderId: 'A-7' };
    const events: TributaryEvent[] = [
      {
        ...{ ...about, id: derive('event', 'answer', ned), type: 'dispute.answered' },
        data: { ...dispute, kind: 'untracked', dueOn: '2026-04-06', outcome: 'upheld', note: 'It was yours' },
      },
      {
        ...{ ...about, id: derive('event', 'adjusted', ned), type: 'commission.adjusted' },
        data: {
          ...{ programId, partnerId: ned, currency: 'USD', journalId: derive('journal', ned), sequence: 1 },
          ...{
            adjustmentId: derive('adjustment', ned),
            cents: 792,
            reason: 'untracked-order',
            note: 'sale A-7: found',
          },
        },
      },
    ];
    for (const event of events) expect(await failed(record(fromBus(event)))).toBe(0);
    expect((await mails('Ned')).map(({ subject }) => subject).sort()).toEqual([
      '7.92 USD added in Trail Notes',
      'You are right: sale A-7 in Trail Notes',
    ]);
  });

  test('tells what a day brought', async () => {
    const bob = await program.partner('Bob');
    await deliver(record(digestFor(bob)));
    const [mail] = await mails('Bob');
    expect(mail?.subject).toBe('You earned 18.00 USD with Trail Notes');
    expect(mail?.text).toMatch(/Orders: +2\n/);
  });

  test('brings a statement with its page, its CSV file and its PDF', async () => {
    const cat = await program.partner('Cat');
    await writeJournals(program.stores.ledger, ground.engine.client, busyAccount(program.key(cat)).journals);
    const write = (await import('../../../functions/jobs/write-statements.ts')).handler as Step;
    const { brandId, programId } = program;
    const runId = derive('payoutRun', 'cat');
    const reasons = [{ code: 'deferred', words: 'The partner asked not to be paid before 2026-05-01.' }] as const;
    await payoutRuns(ground.engine.client, ground.tables.core).exclude(brandId, {
      ...{ runId, partnerId: cat, payableCents: 7_706, reasons },
    });
    await ground.records('core');
    await untilDone(write, { brandId, programId, runId, asOf: '2026-04-03T00:00:00.000Z' }, FRESH);
    const { eventsOf } = await import('../../../lib/store/outbox.ts');
    const { changeOf } = await import('../../../lib/store/changes.ts');
    const [event] = (await ground.records('core')).flatMap((row) => eventsOf(changeOf(row), 'core'));
    expect(event?.type).toBe('statement.issued');
    await deliver(record(fromBus(event!)));
    const [mail] = await mails('Cat');
    expect(mail?.text).toMatch(/Balance after it: +77\.06 USD/);
    expect(mail?.text).toContain(`You were not paid this time. ${reasons[0].words}`);
    expect(mail?.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['statement-1.html', 'text/html'],
      ['statement-1.csv', 'text/csv'],
      ['statement-1.pdf', 'application/pdf'],
    ]);
    const stored = ground.document(`statements/${brandId}/${programId}/${cat}/1.html`);
    expect(mail?.attachments[0]?.content.toString('utf8')).toBe(stored);
  });

  test('of a managed partner goes to the manager, as a draft, and to nobody else', async () => {
    const dan = await program.partner('Dan', { manager: 'mia@brand.example' });
    await deliver(record(digestFor(dan)));
    expect(await mails('Dan')).toEqual([]);
    const [draft] = await ground.mail.to('mia@brand.example');
    expect(draft?.subject).toBe('Draft for Dan: You earned 18.00 USD with Trail Notes');
    expect(draft?.text).toMatch(/^Draft\. You look after Dan \(dan@/);
    expect(draft?.html).toContain('so nothing was sent to them');
  });

  test('with news is not sent to who has left', async () => {
    const eve = await program.partner('Eve');
    await program.changeEnrolment(eve, { status: 'ended' }, '2026-03-29T00:00:00.000Z');
    expect(await failed(record(digestFor(eve)))).toBe(0);
    expect(await mails('Eve')).toEqual([]);
  });
});

describe('an event delivered several times', () => {
  test('is one mail, in whatever order and however often', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 3 })), {
          minLength: 3,
          maxLength: 9,
        }),
        async (deliveries) => {
          round += 1;
          const people = ['X', 'Y', 'Z'].map((letter) => `${letter}${round}`);
          const partners = await Promise.all(people.map((person) => program.partner(person)));
          for (const [who, size] of deliveries) {
            await deliver(...Array.from({ length: size }, (_, n) => record(digestFor(partners[(who + n) % 3]!))));
          }
          const delivered = new Set(
            deliveries.flatMap(([who, size]) => Array.from({ length: size }, (_, n) => (who + n) % 3)),
          );
          for (const [place, person] of people.entries()) {
            expect(await mails(person)).toHaveLength(delivered.has(place) ? 1 : 0);
          }
        },
      ),
      { numRuns: 5 },
    );
  });

  test('at the same time is one mail; the other call leaves its message in the queue', async () => {
    const partner = await program.partner('Fay');
    const outcomes = await Promise.all([1, 2, 3].map(() => failed(record(digestFor(partner)))));
    expect(await mails('Fay')).toHaveLength(1);
    expect(outcomes.filter((count) => count === 0).length).toBeGreaterThan(0);
  });
});

describe('when SES', () => {
  test('is busy, the message stays in the queue and goes out the next time', async () => {
    const partner = await program.partner('Gus');
    ground.mail.failNext(1, 'throttle');
    const order = record(digestFor(partner));
    expect(await failed(order)).toBe(1);
    expect(await failed(order)).toBe(0);
    expect(await mails('Gus')).toHaveLength(1);
  });

  test('refuses a mail for good, it is set aside with the reason and not tried again, until somebody replays it', async () => {
    const partner = await program.partner('Hal');
    const before = aside();
    ground.mail.failNext(1, 'reject');
    const body = digestFor(partner);
    expect(await failed(record(body))).toBe(0);
    expect(ground.waiting('mail-failures').slice(before)).toMatchObject([
      {
        setAside: { worker: 'queue/send-mail', reason: expect.stringMatching(/^MessageRejected/) },
        record: JSON.stringify(body),
      },
    ]);
    expect(await failed(record(body))).toBe(0);
    expect(await mails('Hal')).toHaveLength(0);
    const attribute = { dataType: 'String', stringValue: 'x', stringListValues: [], binaryListValues: [] } as const;
    expect(await failed(record(body, { [REPLAYED]: attribute as never }))).toBe(0);
    expect(await mails('Hal')).toHaveLength(1);
  });

  test('took a mail but its answer was lost, the mail goes out twice: the one window that stays open', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-03-30T06:00:00.000Z') });
    const partner = await program.partner('Ivy');
    const order = record(digestFor(partner));
    ground.mail.failNext(1, 'lose-answer');
    expect(await failed(order)).toBe(1);
    expect(await failed(order), 'its claim still runs').toBe(1);
    expect(await mails('Ivy')).toHaveLength(1);
    vi.setSystemTime(Date.parse('2026-03-30T06:06:00.000Z'));
    expect(await failed(order)).toBe(0);
    const both = await mails('Ivy');
    expect(both).toHaveLength(2);
    expect(
      new Set(both.map((mail) => headerOf(mail, 'x-tributary-message')?.[0])).size,
      'both name the same mail',
    ).toBe(1);
    expect(await failed(order)).toBe(0);
    expect(await mails('Ivy')).toHaveLength(2);
  });

  test('took a mail, the log says so', async () => {
    const partner = await program.partner('Jim');
    const event = digestFor(partner);
    await deliver(record(event));
    const log = mailLog(ground.engine.client, ground.tables.core);
    const { messageId } = mailsFor(event)[0]!;
    expect(await log.get({ brandId: program.brandId, messageId })).toMatchObject({
      state: 'sent',
      kind: 'commission.digest-due',
      to: 'partner',
      attempt: 1,
      sesMessageId: expect.stringMatching(/./),
    });
  });
});

describe('a webhook that was switched off', () => {
  const off = (partnerId?: string): TributaryEvent => ({
    id: derive('event', 'webhook.disabled', partnerId ?? 'brand'),
    type: 'webhook.disabled',
    brandId: program.brandId,
    at: '2026-03-30T06:00:00.000Z',
    data: {
      webhookId: derive('webhook', 'w'),
      ...(partnerId !== undefined && { partnerId }),
      host: 'hooks.shop.example',
      why: 'failing',
    },
  });

  test('is told to its partner, or to who looks after them, once', async () => {
    const kim = await program.partner('Kim');
    expect(await failed(record(off(kim)), record(off(kim)))).toBe(0);
    const [mail, ...more] = await mails('Kim');
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('Your postback at hooks.shop.example was switched off');
    expect(mail?.text).toContain(`/v1/partners/${kim}/postbacks/`);
    const lee = await program.partner('Lee', { manager: 'mo@agency.example' });
    await deliver(record(off(lee)));
    expect(await mails('Lee')).toEqual([]);
    expect(await ground.mail.to('mo@agency.example')).toHaveLength(1);
  });

  test('of a partner or a brand who is not there is set aside', async () => {
    const before = aside();
    await deliver(record(off('ptr_0000000000000000')));
    expect(ground.waiting('mail-failures').slice(before)).toMatchObject([
      { setAside: { reason: expect.stringMatching(/there is no (partner|brand)/) } },
    ]);
  });
});

describe('a message nobody can send is set aside at once, and its neighbours go out', () => {
  test.each([
    ['no JSON', 'hello', /not JSON/],
    ['no event', { hello: 1 }, /not an event/],
    ['an event of another system', { type: 'order.placed' }, /no event type of ours/],
    [
      'an event without its data',
      { ...digestDue('brd_000000', '2026-03-30T06:00:00.000Z', { ...DAY, programId: '', partnerId: '' }) },
      /commission.digest-due/,
    ],
    ['a partner who is not there', () => digestFor('ptr_0000000000000000'), /not enrolled/],
  ])('%s', async (name, body, reason) => {
    const neighbour = await program.partner(`N${name.replace(/\W/g, '')}`);
    const before = aside();
    const bad = typeof body === 'function' ? body() : body;
    expect(await failed(record(bad), record(digestFor(neighbour)))).toBe(0);
    const [message] = ground.waiting('mail-failures').slice(before) as [{ setAside: { reason: string } }];
    expect(message.setAside.reason).toMatch(reason);
    expect(await mails(`N${name.replace(/\W/g, '')}`)).toHaveLength(1);
  });
});
