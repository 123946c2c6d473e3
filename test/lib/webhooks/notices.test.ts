import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES, readEvent, type TributaryEvent } from '../../../events/catalog/catalog.ts';
import { bodyOf, commissionNotices, noticeIn, noticesOf, withOrder } from '../../../lib/webhooks/notices.ts';
import { type Webhook, wants, whyNotUrl } from '../../../lib/webhooks/webhook.ts';

const FOLDER = join(import.meta.dirname, '../../../events/samples/bus');
const sample = (type: string): TributaryEvent => {
  const read = readEvent(JSON.parse(readFileSync(join(FOLDER, `${type}.json`), 'utf8')).detail);
  if ('problem' in read) throw new Error(read.problem);
  return read.event;
};
const all = globSync('*.json', { cwd: FOLDER }).map((file) => sample(file.replace('.json', '')));

/** A line as a journal has it. */
const line = (orderId: string, cents: number, totalCents: number, reason: 'earned' | 'returned' | 'recomputed') => ({
  eventType: 'sale',
  orderId,
  cents,
  totalCents,
  reason,
});
const posted = sample('commission.posted') as Extract<TributaryEvent, { type: 'commission.posted' }>;

describe('what subscribers are told', () => {
  test.each([
    ['conversion.received', 'conversion.recorded'],
    ['conversion.returned', 'conversion.returned'],
    ['conversion.cancelled', 'conversion.cancelled'],
    ['conversion.amended', 'conversion.amended'],
    ['commission.released', 'commission.payable'],
    ['payout.item-exchanged', 'payout.exchanged'],
    ['payout.item-reserved', 'payout.reserved'],
    ['payout.item-requested', 'payout.requested'],
    ['payout.item-paid', 'payout.paid'],
    ['payout.item-unreserved', 'payout.failed'],
    ['payout.item-returned', 'payout.failed'],
    ['payout.drafted', 'payout-run.drafted'],
    ['payout.paid', 'payout-run.paid'],
    ['statement.issued', 'statement.ready'],
    ['partner.enrolled', 'partner.enrolled'],
    ['partner.enrolment-changed', 'partner.enrolment-changed'],
    ['cap.reached', 'cap.reached'],
    ['commission.adjusted', 'commission.adjusted'],
    ['adjustment.proposed', 'adjustment.proposed'],
    ['adjustment.declined', 'adjustment.declined'],
    ['dispute.raised', 'dispute.raised'],
    ['dispute.answered', 'dispute.answered'],
    ['dispute.withdrawn', 'dispute.withdrawn'],
  ])('of %s: %s', (event, notice) => {
    const from = sample(event);
    expect(noticesOf(from)).toMatchObject([{ id: from.id, type: notice, at: from.at }]);
  });

  test.each([
    ['a first commission is earned', line('A', 800, 800, 'earned'), { type: 'commission.earned' }],
    [
      'a return changes it',
      line('A', -300, 500, 'returned'),
      {
        type: 'commission.changed',
        data: { previous: { commissionCents: 800 }, commissionCents: 500, changeCents: -300 },
      },
    ],
    [
      'a reversal takes it whole',
      line('A', -800, 0, 'returned'),
      {
        type: 'commission.changed',
        data: { previous: { commissionCents: 800 }, commissionCents: 0, reason: 'returned' },
      },
    ],
    ['more of an order than before is a change', line('A', 100, 900, 'earned'), { type: 'commission.changed' }],
    ['what another got first is a change', line('A', 400, 400, 'recomputed'), { type: 'commission.changed' }],
  ])('%s', (_, one, expected) => expect(commissionNotices(posted, [one])).toMatchObject([expected]));

  test('a journal of several orders is a notice each, with ids of their own that stay', () => {
    const lines = [line('A', 1, 1, 'earned'), line('A', -1, 0, 'returned'), line('B', 1, 1, 'earned')];
    const ids = commissionNotices(posted, lines).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(commissionNotices(posted, lines).map(({ id }) => id)).toEqual(ids);
    expect(ids).not.toContain(posted.id);
  });

  test('every event type is thought of', () => {
    for (const type of EVENT_TYPES.filter(
      (one) =>
        !['commission.digest-due', 'commission.plan-change-due', 'dispute.overdue', 'webhook.disabled'].includes(one),
    ))
      expect(noticesOf(sample(type)).length, type).toBeGreaterThan(0);
  });

  test('the text that is stored says it all', () => {
    for (const notice of all.flatMap(noticesOf)) {
      const { partnerId: _, toPartner: __, ...rest } = notice;
      expect(noticeIn(bodyOf(notice), notice.brandId)).toEqual(rest);
    }
  });
});

describe('what a partner hears', () => {
  const hook = (more: Partial<Webhook>) =>
    ({ status: 'active', kind: 'signed-json', secrets: [], ...more }) as unknown as Webhook;
  const notices = all.flatMap(noticesOf);
  const partners = [...new Set(notices.flatMap(({ partnerId }) => partnerId ?? []))];

  test('is their own alone: no other partner stands in it, and nothing that is the brand’s', () => {
    expect(partners.length).toBeGreaterThan(1);
    for (const partnerId of partners) {
      const heard = notices.filter((notice) => wants(hook({ partnerId }), notice));
      expect(heard.length).toBeGreaterThan(0);
      for (const other of partners.filter((one) => one !== partnerId))
        expect(JSON.stringify(heard)).not.toContain(other);
      const brands = heard.filter(
        ({ type }) => /^(conversion|payout-run)\.|^payout\.requested$/.test(type) && type !== 'conversion.flagged',
      );
      expect(brands).toEqual([]);
    }
  });

  test('flags: the brand hears of all of them once, a partner of their own, in words for them', () => {
    const read = readEvent({
      ...{ id: posted.id, type: 'conversion.flagged', brandId: posted.brandId, at: posted.at },
      data: {
        ...{ programId: posted.data.programId, eventType: 'sale', orderId: 'A', occurredAt: posted.at },
        flags: [{ flag: 'duplicate-suspect', reason: 'It looks like B.' }],
        previous: { flags: [] },
        partners: [
          { partnerId: partners[0], flags: [{ flag: 'duplicate-suspect', reason: 'It may have been told twice.' }] },
          { partnerId: partners[1], flags: [{ flag: 'duplicate-suspect', reason: 'It may have been told twice.' }] },
        ],
      },
    });
    if ('problem' in read) throw new Error(read.problem);
    const told = noticesOf(read.event);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
    const heard = (more: Partial<Webhook>) => told.filter((one) => wants(hook(more), one)).map(({ data }) => data);
    expect(heard({})).toMatchObject([{ flags: [{ reason: 'It looks like B.' }], previous: { flags: [] } }]);
    expect(JSON.stringify(heard({}))).not.toContain('partners');
    const [mine, ...others] = heard({ partnerId: partners[0]! });
    expect(others).toEqual([]);
    expect(mine).toMatchObject({ partnerId: partners[0], flags: [{ reason: 'It may have been told twice.' }] });
    expect(JSON.stringify(mine)).not.toMatch(new RegExp(`looks like|${partners[1]}`));
  });

  test('the brand hears everything, a switched-off webhook nothing, a choosy one what it chose', () => {
    const heard = (more: Partial<Webhook>) =>
      notices.filter((notice) => wants(hook(more), notice)).map(({ type }) => type);
    expect(heard({})).toHaveLength(notices.filter(({ toPartner }) => !toPartner).length);
    expect(heard({ status: 'disabled' })).toEqual([]);
    expect(new Set(heard({ events: ['payout.paid'] }))).toEqual(new Set(['payout.paid']));
  });

  const [notice] = commissionNotices(posted, [line('A', 800, 800, 'earned')]);
  const conversion = {
    items: [{ sku: 'x', quantity: 2, unitPriceCents: 500, discountCents: 100 }],
    orderDiscountCents: 50,
    customerId: 'cus_secret',
    returned: { 1: 1 },
  };
  /** A click id of a partner; its MAC is not looked at, since it was verified when the order was recorded. */
  const clickOfPartner = (partnerId: string) => {
    const digits = '0123456789abcdefghjkmnpqrstvwxyz';
    let value = 0n;
    for (const character of partnerId.slice(4)) value = (value << 5n) | BigInt(digits.indexOf(character));
    const bytes = Buffer.alloc(48);
    Buffer.from(value.toString(16).padStart(20, '0'), 'hex').copy(bytes, 10);
    return bytes.toString('base64url');
  };

  test('of an order: its worth when it was made and the click, if it was theirs; never the customer', () => {
    const clickId = clickOfPartner(notice!.partnerId!);
    const told = withOrder(notice!, { ...conversion, clickId } as never, { sub1: 'a', sub2: 'b' });
    expect(told.data).toMatchObject({ saleCents: 850, clickId, sub1: 'a', sub2: 'b' });
    expect(JSON.stringify(told)).not.toContain('cus_secret');
  });

  test('of an order that somebody else’s click brought: not whose', () => {
    const clickId = clickOfPartner('ptr_zzzzzzzzzzzzzzzz');
    const told = withOrder(notice!, { ...conversion, clickId } as never, { sub1: 'a' });
    expect(told.data).not.toHaveProperty('clickId');
    expect(told.data).not.toHaveProperty('sub1');
  });
});

describe('an address', () => {
  test.each([
    ['a macro in signed JSON', 'signed-json', 'https://h.example/?a={payout}', /only templates/],
    ['an unknown macro', 'template', 'https://h.example/?a={x}', /macros are/],
    ['a fragment', 'signed-json', 'https://h.example/#a', /fragment/],
    ['what is none', 'signed-json', 'https://', /https/],
    ['a private one behind a macro', 'template', 'https://10.0.0.1/?a={payout}', /private/],
  ] as const)('with %s is refused', (_, kind, url, reason) => expect(whyNotUrl(kind, url, [])).toMatch(reason));

  test('of either kind is taken', () => {
    expect(whyNotUrl('template', 'https://t.example/p?cid={click_id}&a={payout}', [])).toBeUndefined();
    expect(whyNotUrl('signed-json', 'https://h.example/hooks', [])).toBeUndefined();
  });
});
