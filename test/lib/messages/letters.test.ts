import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../events/catalog/catalog.ts';
import { compose, composeForOwner } from '../../../lib/messages/compose.ts';
import { isWorthAMail } from '../../../lib/messages/digest.ts';
import { asDraft, letter } from '../../../lib/messages/letter.ts';
import {
  digestDue,
  disputesOverdueDue,
  type MailedEvent,
  mailsFor,
  planChangeDue,
} from '../../../lib/messages/mail-order.ts';
import { welcome } from '../../../lib/messages/welcome.ts';
import type { Enrolment, Partner } from '../../../lib/partners/partner.ts';
import { PayoutTerms, type Program } from '../../../lib/programs/program.ts';

const program = {
  name: 'Trail & Co',
  currency: 'USD',
  timeZone: 'UTC',
  payoutTerms: PayoutTerms.parse({ holdDays: 14, minimumCents: 2_500 }),
} as Program;
const partner = { name: 'Ann', email: 'ann@example.org', taxFormOnFile: false } as Partner;
const enrolment = { status: 'active', group: 'default' } as Enrolment;
const day = (commissionCents: number, over: object = {}) =>
  digestDue('brd_000001', '2026-03-30T06:00:00.000Z', {
    programId: 'prg_0000000000000001',
    partnerId: 'ptr_0000000000000001',
    day: '2026-03-29',
    currency: 'USD',
    clicks: 10,
    conversions: 1,
    revenueCents: 5_000,
    commissionCents,
    returns: 0,
    ...over,
  });
const about = { brandName: 'Brand', program, partner, enrolment, attached: true };

describe('the welcome says what is missing for the first payment', () => {
  test.each([
    [
      'both',
      { taxFormOnFile: false },
      undefined,
      'version 1 of the program’s agreement, accepted by you and a tax form',
    ],
    ['the tax form', { taxFormOnFile: false }, '1', 'we need: a tax form'],
    [
      'the agreement, when an older one was accepted',
      { taxFormOnFile: true },
      '0',
      'we need: version 1 of the program’s agreement',
    ],
    ['nothing', { taxFormOnFile: true }, '1', 'Nothing is missing'],
  ])('%s', (_, traits, acceptedVersion, words) => {
    const { text, html } = welcome({
      brandName: 'Brand',
      program,
      group: 'default',
      partner: { ...partner, ...traits },
      acceptedVersion,
    });
    expect(text).toContain(words);
    expect(html).toContain(words);
    expect(text).toMatch(/Commission can be paid: +14 days after the order/);
  });
});

describe('the digest’s subject', () => {
  test.each([
    ['earned', 1_800, 'You earned 18.00 USD with Trail & Co'],
    ['taken back', -250, '2.50 USD of commission taken back in Trail & Co'],
    ['orders, nothing booked yet', 0, 'Your 2026-03-29 with Trail & Co'],
  ])('%s', (_, cents, subject) => {
    expect(compose(day(cents), about)?.letter.subject).toBe(subject);
  });
});

test.each([
  ['an order', { conversions: 1, returns: 0, commissionCents: 0 }, true],
  ['a return', { conversions: 0, returns: 1, commissionCents: 0 }, true],
  ['a correction', { conversions: 0, returns: 0, commissionCents: -1 }, true],
  ['clicks alone', { conversions: 0, returns: 0, commissionCents: 0 }, false],
])('a day with %s is worth a mail: %#', (_, row, worth) => expect(isWorthAMail(row)).toBe(worth));

test('what others typed is text in a letter, and never markup', () => {
  const made = letter({
    subject: 's',
    greeting: 'Hello <script>alert(1)</script>,',
    blocks: ['<img src=x onerror=alert(1)>', [['<b>name</b>', '"><script>']]],
    signature: '& Co',
    footer: '</p><script>',
  });
  expect(made.html.match(/<script|<img|<b>/g)).toBeNull();
  expect(made.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(made.text).toContain('Hello <script>alert(1)</script>,');
});

test('a draft carries the letter as it is under a note, in both forms', () => {
  const made = letter({ subject: 'Hi', greeting: 'Hello,', blocks: ['$& and $1'], signature: 'B', footer: 'f' });
  const draft = asDraft(made, { name: 'Ann <a>', email: 'ann@example.org' });
  expect(draft.subject).toBe('Draft for Ann <a>: Hi');
  expect(draft.text.endsWith(made.text)).toBe(true);
  expect(draft.html).toContain('Ann &lt;a&gt;');
  expect(draft.html.replace(/<p style="[^"]*background:#fff3d6[^>]*>.*?<\/p>/s, '').replace(/\n/g, '')).toBe(
    made.html.replace(/\n/g, ''),
  );
});

test('the notice of a plan change says from when on, what it pays, and what stays', () => {
  const change = planChangeDue('brd_000001', '2026-05-07T08:00:00.000Z', {
    ...{ programId: 'prg_0000000000000001', partnerId: 'ptr_0000000000000001', version: 2, day: '2026-05-10' },
    ...{
      notice: '3-days',
      rules: [{ label: 'Shoes', pays: '5 % of the price after discounts, for everything' }],
      moreRules: 3,
    },
  });
  const { letter: made } = compose(change, about)!;
  expect(made.subject).toBe('New commission rates in Trail & Co from 2026-05-10 on');
  expect(made.text).toContain('Shoes: 5 % of the price after discounts, for everything');
  expect(made.text).toContain('And 3 more');
  expect(made.text).toContain('keep the rates of their time');
});

describe('the notice of a plan at short notice', () => {
  const change = (over: object) =>
    planChangeDue('brd_000001', '2026-05-09T12:00:00.000Z', {
      ...{ programId: 'prg_0000000000000001', partnerId: 'ptr_0000000000000001', version: 3, day: '2026-05-10' },
      ...{ notice: 'at-once', shortNotice: 'Shoes are sold out.', rules: [], moreRules: 0 },
      ...over,
    });
  const textOf = (over: object) => compose(change(over), about)!.letter.text;

  test('says why, and that it comes at once', () => {
    const text = textOf({});
    expect(text).toContain('Why we tell of it at once: Shoes are sold out.');
    // Of a change for which there was time, too, and in what is told three days before it.
    expect(text).not.toMatch(/short notice|sooner/);
    expect(textOf({ notice: '3-days' })).toContain('Why we told of it at once: Shoes are sold out.');
    expect(text).toContain('it comes at once');
    expect(text).toContain('counts for new orders.');
    expect(text).toContain('Orders made before that day keep the rates of their time');
    expect(text).not.toContain('It takes the place');
  });

  test('takes back what partners were told before', () => {
    expect(textOf({ replaces: 2 })).toContain(
      'It takes the place of version 2, which was to begin then. If you had a mail about that, it no longer counts.',
    );
  });

  test('says from which hour, and until when', () => {
    const text = textOf({ time: '15:30', until: '2026-06-01' });
    expect(text).toContain('from 2026-05-10, 15:30 (UTC) on');
    expect(text).toContain('until 2026-06-01, when a later version begins');
    expect(text).toContain('Orders made before that keep');
  });

  test('of the past says that orders made since are counted again, and that nothing paid changes', () => {
    const text = textOf({ retroactive: true });
    expect(text).toContain('counts for orders made since then');
    expect(text).toContain('nothing that was paid changes');
    expect(text).not.toContain('new orders');
  });

  test('goes to who is paused, not to who left, and to a managed partner’s manager as a draft', () => {
    const as = (status: Enrolment['status'], over: object = {}) =>
      compose(change({}), { ...about, enrolment: { ...enrolment, status }, partner: { ...partner, ...over } });
    expect(as('paused')?.to).toBe('partner');
    expect(as('ended')).toBeUndefined();
    expect(as('active', { manager: 'mia@brand.example' })).toMatchObject({
      to: 'manager',
      address: { email: 'mia@brand.example' },
    });
  });
});

const told = (type: string, data: object): MailedEvent => {
  const ids = { programId: 'prg_0000000000000001', partnerId: 'ptr_0000000000000001' };
  const event = { id: 'evt_0000000000000001', brandId: 'brd_000001', at: '2026-03-30T06:00:00.000Z', type };
  const read = readEvent({ ...event, data: { ...ids, ...data } });
  if ('problem' in read) throw new Error(read.problem);
  return read.event as MailedEvent;
};
const ended = { ...about, enrolment: { ...enrolment, status: 'ended' as const } };

describe('what was changed by hand is told, also to who left', () => {
  const journal = { currency: 'USD', journalId: 'jrn_0000000000000001', sequence: 3 };
  const adjusted = (cents: number, reason: string) =>
    told('commission.adjusted', { ...journal, adjustmentId: 'adj_0000000000000001', cents, reason, note: 'as agreed' });
  test.each([
    ['added', 1_250, 'goodwill', '12.50 USD added in Trail & Co', '12.50 USD was added to your account'],
    ['taken back', -300, 'duplicate', '3.00 USD taken back in Trail & Co', '3.00 USD was taken back from your account'],
    ['written off', 300, 'write-off', '3.00 USD written off in Trail & Co', 'you no longer owe 3.00 USD'],
  ])('%s', (_, cents, reason, subject, words) => {
    const made = compose(adjusted(cents, reason), ended)!.letter;
    expect(made.subject).toBe(subject);
    expect(made.text).toContain(words);
    expect(made.text).toContain('as agreed');
  });
});

describe('a run that waits for approval', () => {
  test('is told to the owner alone: what it comes to, who may not approve it, and where to look', () => {
    const event = told('payout.drafted', {
      ...{ runId: 'pay_0000000000000001', itemCount: 1, totalCents: 2_000, madeBy: 'fatima@brand.example' },
      ...{ currency: 'USD', fileHash: 'ab'.repeat(32) },
    }) as unknown as Parameters<typeof composeForOwner>[0];
    expect(mailsFor(event)).toMatchObject([{ to: 'owner' }]);
    const { letter, address } = composeForOwner(event, { brandName: 'Brand', program, ownerEmail: 'o@brand.example' })!;
    expect(address).toEqual({ email: 'o@brand.example' });
    expect(letter.subject).toBe('To approve: 20.00 USD to 1 partner of Trail & Co');
    expect(letter.text).toContain('but fatima@brand.example, who made it');
    expect(letter.text).toContain('/payouts/pay_0000000000000001 of your API');
  });
});

describe('a dispute', () => {
  const dispute = {
    ...{
      disputeId: 'dsp_0000000000000001',
      kind: 'untracked',
      eventType: 'sale',
      orderId: 'A<1>',
      dueOn: '2026-04-03',
    },
  };
  test('is acknowledged with its day', () => {
    const made = compose(told('dispute.raised', dispute), ended)!.letter;
    expect(made.text).toContain('sale A<1> was not tracked. Somebody at Brand looks at it and answers by 2026-04-03.');
    expect(made.html).toContain('A&lt;1&gt;');
  });
  test.each([
    ['refused', { refusal: 'order-unknown' }, 'It stays as it is', 'There is no such order.'],
    ['upheld', { adjustmentId: 'adj_0000000000000001' }, 'You are right', 'adj_0000000000000001'],
    ['partly-upheld', {}, 'You are right in part', 'it was half'],
  ])('%s is told with why', (outcome, more, subject, words) => {
    const made = compose(
      told('dispute.answered', { ...dispute, outcome, note: 'it was half', ...more }),
      ended,
    )!.letter;
    expect(made.subject).toBe(`${subject}: sale A<1> in Trail & Co`);
    expect(made.text).toContain(words);
    expect(made.text).toContain('it was half');
  });
  test('that is overdue is told to the owner, once a day', () => {
    const overdue = (day: string) =>
      disputesOverdueDue('brd_000001', '2026-04-06T06:00:00.000Z', {
        ...{ programId: 'prg_0000000000000001', day, more: 1 },
        disputes: [
          {
            ...{ partnerId: 'ptr_0000000000000001', disputeId: 'dsp_0000000000000001' },
            kind: 'declined',
            orderId: 'A',
            dueOn: '2026-04-03',
          },
        ],
      });
    const orders = mailsFor(overdue('2026-04-06'));
    expect(orders).toMatchObject([{ to: 'owner' }]);
    expect(mailsFor(overdue('2026-04-06'))[0]!.messageId).toBe(orders[0]!.messageId);
    expect(mailsFor(overdue('2026-04-07'))[0]!.messageId).not.toBe(orders[0]!.messageId);
    const composed = composeForOwner(overdue('2026-04-06'), {
      brandName: 'Brand',
      program,
      ownerEmail: 'o@brand.example',
    })!;
    expect(composed).toMatchObject({ to: 'owner', address: { email: 'o@brand.example' } });
    expect(composed.letter.subject).toBe('1 and more disputes wait for an answer in Trail & Co');
    expect(composed.letter.text).toContain('declined, order A: was due on 2026-04-03');
    expect(composed.letter.text).toContain('there are more');
  });
});

describe('who gets it', () => {
  test('a managed partner’s manager, as a draft', () => {
    const composed = compose(day(100), { ...about, partner: { ...partner, manager: 'mia@brand.example' } });
    expect(composed).toMatchObject({ to: 'manager', address: { email: 'mia@brand.example' } });
  });
  test('nobody, when the partner has left and it is news', () => {
    expect(compose(day(100), { ...about, enrolment: { ...enrolment, status: 'ended' } })).toBeUndefined();
  });
});

test('the same partner, program and day is the same mail; another day is another', () => {
  const id = (event: ReturnType<typeof day>) => mailsFor(event)[0]?.messageId;
  expect(id(day(100))).toBe(id({ ...day(999), at: '2026-03-31T00:00:00.000Z' }));
  expect(id(day(100))).not.toBe(id(day(100, { day: '2026-03-30' })));
});
