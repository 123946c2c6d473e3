import { NachaOrigination } from '../../lib/payouts/nacha-origination.ts';
import type { PayoutItem, PayoutRun } from '../../lib/payouts/run.ts';
import { ANN, BRAND, PROGRAM } from './orders.ts';

export const run = (over: Partial<PayoutRun> = {}): PayoutRun => ({
  runId: 'pay_0000000000000001',
  brandId: BRAND,
  programId: PROGRAM,
  currency: 'USD',
  asOf: '2026-04-15T08:00:00.000Z',
  status: 'drafting',
  madeBy: 'mia@example.com',
  madeAt: '2026-04-15T08:00:00.000Z',
  itemCount: 0,
  totalCents: 0,
  excludedCount: 0,
  ...over,
});

export const payoutItem = (over: Partial<PayoutItem> = {}): PayoutItem => ({
  itemId: 'itm_0000000000000001',
  runId: 'pay_0000000000000001',
  partnerId: ANN,
  amountCents: 1000,
  currency: 'USD',
  rail: 'external',
  status: 'reserved',
  updatedAt: '2026-04-15T08:00:00.000Z',
  ...over,
});

/** Who sends ACH credits in tests. */
export const origination = NachaOrigination.parse({
  immediateDestination: '091000019',
  immediateDestinationName: 'FIRST BANK',
  immediateOrigin: '123456789',
  immediateOriginName: 'FJORD & TRAIL',
  odfi: '091000019',
  companyName: 'FJORD TRAIL',
  companyId: '1123456789',
});
