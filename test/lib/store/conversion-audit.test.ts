import { expect, test } from 'vitest';
import type { Journal, LedgerKey } from '../../../lib/ledger/journal.ts';
import { auditConversion } from '../../../lib/store/conversion-audit.ts';
import { line } from '../../support/ledgers.ts';
import { ANN, item, order } from '../../support/orders.ts';

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
