import { describe, expect, test } from 'vitest';
import type { Journal, LedgerKey } from '../../../lib/ledger/journal.ts';
import { auditConversion } from '../../../lib/store/conversion-audit.ts';
import { line } from '../../support/ledgers.ts';
import { ANN, BOB, item, order } from '../../support/orders.ts';

test('an order in another currency is looked for in the chain of its program’s currency', async () => {
  const conversion = {
    ...order([item(10_000)]),
    currency: 'USD',
    exchange: { to: 'EUR' },
    posted: { [ANN]: { cents: 923, matures: '2026-04-14', returnedUnits: 0 } },
    journals: { [ANN]: [4] },
  } as never;
  const found = line(923, { eventType: 'sale', orderId: order([item(1)]).orderId });
  const journal = async ({ currency }: LedgerKey) =>
    currency === 'EUR' ? ({ lines: [found] } as unknown as Journal) : undefined;
  expect(await auditConversion({ journal }, conversion)).toEqual([]);
  expect(await auditConversion({ journal: async () => undefined }, conversion)).toHaveLength(1);
});

describe('given an order of 100.01 that two partners share', () => {
  const half = (baseCents: number, position: number) =>
    line(500, { creditBps: 5_000, position, commissionableCents: 10_001, parts: [{ ...PART, baseCents, cents: 500 }] });
  const PART = { rule: 'base', label: 'Base', rateBps: 1_000 };
  const shared = (recorded: readonly [string, string], bases: readonly [number, number]) => {
    const conversion = {
      ...order([item(10_001)], { orderId: '1001' }),
      credits: [ANN, BOB].map((partnerId, place) => ({ partnerId, creditBps: 5_000, position: place + 1, touches: 2 })),
      settled: { at: '2026-03-16T00:00:00.000Z', policyVersion: 1, planVersion: 1 },
      posted: Object.fromEntries([ANN, BOB].map((id) => [id, { cents: 500, matures: '2026-04-14', returnedUnits: 0 }])),
      journals: { [ANN]: [1], [BOB]: [1] },
    } as never;
    const journal = async ({ partnerId }: LedgerKey) => {
      const place = partnerId === ANN ? 0 : 1;
      return { lines: [half(bases[place]!, place + 1)], recordedAt: recorded[place] } as unknown as Journal;
    };
    return auditConversion({ journal }, conversion);
  };
  const once = ['2026-03-16T00:00:00.000Z', '2026-03-16T00:00:00.000Z'] as const;

  test('when their parts are all of it, then the law holds', async () =>
    expect(await shared(once, [5_001, 5_000])).toEqual([]));
  test('when a cent is lost between them, then it is broken', async () =>
    expect(await shared(once, [5_000, 5_000])).toEqual([
      { law: 'credits-are-whole', where: 'sale 1001', found: 'its partners share 10000 of 10001 cents' },
    ]));
  test('when the lines are of two settlements, then nothing is said: the other partner earned the same in both', async () =>
    expect(await shared([once[0], '2026-03-17T00:00:00.000Z'], [5_000, 5_000])).toEqual([]));
});
