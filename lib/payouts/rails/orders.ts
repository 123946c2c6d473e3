import { derive } from '../../ids.ts';
import { sha256 } from '../../ledger/canonical.ts';
import { decimal } from '../../money.ts';
import type { PayoutDetails } from '../../partners/provider-details.ts';
import type { PayoutItem } from '../run.ts';
import { type BatchRecord, PROVIDERS, type ProviderName } from './provider.ts';

type DetailsOf<Rail extends ProviderName> = Extract<PayoutDetails, { readonly rail: Rail }>;

/** One payment as a provider is told of it. */
export interface Order<Rail extends ProviderName = ProviderName> {
  readonly item: string;
  readonly partner: string;
  /** As it stands in the payment file: `12.50`. */
  readonly amount: string;
  readonly currency: string;
  readonly to: DetailsOf<Rail>;
}

/** What the providers are told to pay in a run, frozen. */
export interface OrdersFile {
  readonly text: string;
  /** SHA-256 of the text, in hex; stands in the payment file, so that approving that approves these. */
  readonly hash: string;
  readonly itemCount: number;
  readonly totalCents: number;
}

/**
 * Items a batch. PayPal takes 15,000 and Wise 1,000; a smaller batch is gone through in one call of a function, and one that a provider
 * denies holds up fewer partners.
 */
const BATCH_ITEMS: Readonly<Record<ProviderName, number>> = { paypal: 500, wise: 100 };

/** Currencies that PayPal holds balances in and pays out. */
const PAYPAL_CURRENCIES = new Set(
  'AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' '),
);
/** Of those, the ones that PayPal pays in whole units only. */
const PAYPAL_WHOLE = new Set(['HUF', 'TWD']);

/** Whether a provider can pay an amount in this currency; Wise turns any of its own into the account's. */
export const carries = (
  provider: ProviderName,
  { currency, amountCents }: Pick<PayoutItem, 'currency' | 'amountCents'>,
): boolean =>
  provider === 'wise' || (PAYPAL_CURRENCIES.has(currency) && !(PAYPAL_WHOLE.has(currency) && amountCents % 100 !== 0));

/** The orders file: a line of JSON for each item, in the order of rails and item ids. The same items give the same bytes. */
export function ordersFile(items: readonly PayoutItem[], details: ReadonlyMap<string, PayoutDetails>): OrdersFile {
  const ordered = [...items].sort((a, b) => (`${a.rail} ${a.itemId}` < `${b.rail} ${b.itemId}` ? -1 : 1));
  const lines = ordered.map(({ itemId, partnerId, rail, amountCents, currency }) => {
    const to = details.get(partnerId);
    if (to === undefined || to.rail !== rail) throw new RangeError(`no ${rail} account for ${partnerId}`);
    return JSON.stringify({ item: itemId, partner: partnerId, amount: decimal(amountCents, currency), currency, to });
  });
  const text = lines.map((line) => `${line}\n`).join('');
  const totalCents = items.reduce((sum, { amountCents }) => sum + amountCents, 0);
  return { text, hash: sha256(text), itemCount: items.length, totalCents };
}

/** Orders that a provider gets together. */
export interface Batch {
  readonly batch: number;
  readonly provider: ProviderName;
  readonly orders: readonly Order[];
}

/** The batches of an orders file. They follow from the file alone, so a batch is the same whenever it is made. */
export function batchesOf(text: string): Batch[] {
  const orders = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Order);
  const groups = PROVIDERS.flatMap((provider) => {
    const own = orders.filter(({ to }) => to.rail === provider);
    const size = BATCH_ITEMS[provider];
    return Array.from({ length: Math.ceil(own.length / size) }, (_, place) => ({
      provider,
      orders: own.slice(place * size, (place + 1) * size),
    }));
  });
  return groups.map((group, batch) => ({ ...group, batch }));
}

/** A batch of which nothing is known yet. */
export const newRecord = (
  run: Pick<BatchRecord, 'brandId' | 'programId' | 'runId'>,
  { batch, provider, orders }: Batch,
): BatchRecord => ({
  brandId: run.brandId,
  programId: run.programId,
  runId: run.runId,
  provider,
  batch,
  batchId: derive('payoutBatch', run.brandId, run.runId, batch),
  itemCount: orders.length,
  state: 'open',
});
