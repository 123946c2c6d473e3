import { describe, expect, test } from 'vitest';
import { compose } from '../../../lib/messages/compose.ts';
import { isWorthAMail } from '../../../lib/messages/digest.ts';
import { asDraft, letter } from '../../../lib/messages/letter.ts';
import { digestDue, mailsFor, planChangeDue } from '../../../lib/messages/mail-order.ts';
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
