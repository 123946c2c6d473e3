import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Credit } from '../../lib/attribution/journey.ts';
import { addDays, dayIn } from '../../lib/calendar.ts';
import { accrue } from '../../lib/commission/accrue.ts';
import { difference } from '../../lib/commission/difference.ts';
import { derive } from '../../lib/ids.ts';
import type { Journal, LedgerKey } from '../../lib/ledger/journal.ts';
import type { Command } from '../../lib/ledger/movement.ts';
import { post } from '../../lib/ledger/post.ts';
import type { LedgerStore } from '../../lib/store/ledger.ts';
import type { Conversion, LineItem } from '../../lib/tracking/conversion.ts';
import { ANN, BOB, BRAND, CAT, item, order, PROGRAM, plan, policy, traits } from './orders.ts';

/** A partner's account told order by order through the real money rules; gives the journals a store would hold. */
export const KEY: LedgerKey = { brandId: BRAND, programId: PROGRAM, partnerId: ANN, currency: 'USD' };
export const TIME_ZONE = 'Europe/Berlin';
export const ITEM = derive('payoutItem', 'run', ANN);

const PLAN = plan([
  {
    id: 'shoes-spring',
    label: 'Shoes, spring uplift',
    when: { categories: ['shoes'], from: '2026-03-20', to: '2026-04-05' },
    pay: { kind: 'percent', rateBps: 1_200 },
  },
  { id: 'shoes', label: 'Shoes', when: { categories: ['shoes'] }, pay: { kind: 'percent', rateBps: 800 } },
  {
    id: 'membership',
    label: 'Club membership',
    when: { categories: ['club'] },
    pay: { kind: 'flat', amountCents: 450 },
  },
  { id: 'base', label: 'Everything else', when: {}, pay: { kind: 'percent', rateBps: 500 } },
]);

export class PartnerAccount {
  readonly journals: Journal[] = [];
  readonly key: LedgerKey;
  private readonly conversions = new Map<string, Conversion>();

  constructor(key: LedgerKey = KEY) {
    this.key = key;
  }

  /** An order that credits the partner with a share; the rest is another partner's. */
  order(orderId: string, occurredAt: string, items: readonly LineItem[], share = 10_000): this {
    this.conversions.set(orderId, order(items, { ...this.names(), orderId, occurredAt }));
    return this.settle(orderId, occurredAt, share);
  }

  /** Units of an order that came back, by line. */
  returned(orderId: string, at: string, units: Record<string, number>, share = 10_000): this {
    this.conversions.set(orderId, { ...this.conversions.get(orderId)!, returned: units });
    return this.settle(orderId, at, share);
  }

  release(at: string, through: string): this {
    return this.post(at, { kind: 'release', through });
  }

  /** Pays what is payable; the payment arrives two days later. */
  pay(at: string, itemId = ITEM): this {
    const cents = this.journals.at(-1)!.after.balances.payable;
    this.post(at, { kind: 'reserve', itemId, cents });
    return this.post(`${addDays(at.slice(0, 10), 2)}T09:00:00.000Z`, { kind: 'settle', itemId, cents });
  }

  post(at: string, command: Command): this {
    const journal = post(this.journals.at(-1), this.key, command, { at, recordedAt: at, actor: 'test' });
    if (journal) this.journals.push(journal);
    return this;
  }

  private settle(orderId: string, at: string, share: number): this {
    const conversion = this.conversions.get(orderId)!;
    const { partnerId } = this.key;
    const touch = (position: number, before: number) => ({
      position,
      touches: 3,
      touchAt: new Date(Date.parse(conversion.occurredAt) - before * 3_600_000).toISOString(),
    });
    const credits: Credit[] =
      share === 10_000
        ? [{ partnerId, creditBps: share, ...touch(1, 2), touches: 1 }]
        : [
            { partnerId, creditBps: share, ...touch(1, 100) },
            { partnerId: partnerId === BOB ? CAT : BOB, creditBps: 10_000 - share, ...touch(3, 1) },
          ];
    const terms = policy(share === 10_000 ? 'last-touch' : 'position-based');
    const desired = accrue({
      conversion,
      credits,
      plan: PLAN,
      policy: terms,
      partners: traits(...credits.map((credit) => [credit.partnerId] as const)),
      terms: { holdDays: 14 },
      timeZone: TIME_ZONE,
    });
    const { lines, posted } = difference(conversion, desired, {
      model: terms.policy.model,
      policyVersion: 1,
      planVersion: 1,
    });
    this.conversions.set(orderId, { ...conversion, posted, credits, revision: conversion.revision + 1 });
    return this.post(at, { kind: 'accrual', lines: [...lines.values()].slice(0, 1), today: dayIn(at, TIME_ZONE) });
  }

  private names() {
    const { brandId, programId, currency } = this.key;
    return { brandId, programId, currency };
  }
}

/** Two months of an account: splits, a seasonal rate, a flat rate, a return after payment, a release and a payment. */
export function busyAccount(key?: LedgerKey): PartnerAccount {
  return new PartnerAccount(key)
    .order('1001', '2026-03-02T09:12:00.000Z', [item(12_900, { sku: 'runner-9', category: 'shoes' })])
    .order('1017', '2026-03-04T18:40:00.000Z', [item(4_500, { sku: 'hat', quantity: 2 }), item(1_999)], 4_000)
    .order('1033', '2026-03-09T07:05:00.000Z', [item(5_900, { sku: 'club-year', category: 'club', quantity: 3 })])
    .order('1041', '2026-03-11T12:00:00.000Z', [item(24_000, { sku: 'boots', category: 'shoes', quantity: 2 })], 6_000)
    .returned('1017', '2026-03-16T08:30:00.000Z', { '1': 1 }, 4_000)
    .order('1088', '2026-03-21T21:59:00.000Z', [
      item(12_900, { category: 'shoes', quantity: 2 }),
      item(2_450, { quantity: 4 }),
    ])
    .release('2026-03-28T02:15:00.000Z', '2026-03-28')
    .pay('2026-03-29T09:00:00.000Z')
    .order('<script>alert(1)</script>', '2026-04-01T10:00:00.000Z', [item(8_000)])
    .order('1102', '2026-04-02T10:00:00.000Z', [item(31_000, { category: 'shoes' })]);
}

/** Writes an account's journals from one on into a ledger table, as the jobs that post them would. */
export async function writeJournals(store: LedgerStore, client: DynamoDBDocumentClient, journals: readonly Journal[]) {
  for (const journal of journals)
    await client.send(new TransactWriteCommand({ TransactItems: [store.putWrite(journal)] }));
}
