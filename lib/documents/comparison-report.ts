import { stringify } from 'csv-stringify/sync';
import * as z from 'zod';
import type { Comparison } from '../attribution/compare/compare.ts';
import { NO_PARTNER } from '../measures/day.ts';
import { decimal, WHOLE_BPS } from '../money.ts';
import type { OrderCounts, Paid } from '../settlement/compared-orders.ts';
import { COMPARISON_MODELS, type ComparisonModel, type ComparisonOrder } from '../settlement/comparison-order.ts';

const conversions = z.string().meta({ description: 'A decimal: parts of conversions' });
const cents = z.int().meta({ description: 'Minor units' });

const Share = z.object({
  conversions,
  valueCents: cents,
  removalEffect: z
    .number()
    .optional()
    .meta({ description: '`markov`: share of conversions that would be lost without the partner' }),
  standardError: z
    .number()
    .optional()
    .meta({ description: '`shapley` above 12 partners: of the conversions, because they were drawn' }),
});

/** What a comparison looked at, and what there was to share: small enough for an execution's output. */
export const ComparisonSummary = z.object({
  programId: z.string(),
  currency: z.string(),
  from: z.string(),
  to: z.string(),
  asOf: z.string(),
  models: z.array(z.enum(COMPARISON_MODELS)),
  journeys: z.object({
    converted: z.int().meta({ description: 'Settled orders' }),
    notConverted: z.int().meta({ description: 'Journeys of clicks that led to no order' }),
    withdrawn: z.int().meta({ description: 'Orders cancelled or returned whole, taken as not converted' }),
  }),
  leftOut: z.object({
    notSettled: z.int().meta({ description: 'Orders that are new or changed; what they earn is not known yet' }),
    doubtfulClicks: z
      .int()
      .meta({ description: 'Clicks that reports leave out as well: of bots, from elsewhere, on paused links' }),
  }),
  totals: z.object({ conversions, valueCents: cents, commissionCents: cents }),
});
export type ComparisonSummary = z.infer<typeof ComparisonSummary>;

/** The whole report: partners too, who was credited most first. */
export const ComparisonReport = ComparisonSummary.extend({
  partners: z.array(
    z.object({
      partnerId: z.string().meta({ description: '`-`: orders that nobody is credited for' }),
      name: z.string(),
      paid: z
        .object({ conversions, valueCents: cents, commissionCents: cents })
        .meta({ description: 'What really happened: credited conversions, their value, posted commission' }),
      models: z.partialRecord(z.enum(COMPARISON_MODELS), Share),
    }),
  ),
});
export type ComparisonReport = z.infer<typeof ComparisonReport>;

const NOTHING: Paid = { creditBps: 0, valueCents: 0, commissionCents: 0 };

export function comparisonReport(
  { programId, from, to, asOf, models }: Pick<ComparisonOrder, 'programId' | 'from' | 'to' | 'asOf' | 'models'>,
  currency: string,
  seen: {
    readonly orders: OrderCounts;
    readonly notConverted: number;
    readonly doubtfulClicks: number;
    readonly paid: ReadonlyMap<string, Paid>;
    readonly comparisons: ReadonlyMap<ComparisonModel, Comparison>;
  },
  names: ReadonlyMap<string, string>,
): ComparisonReport {
  const shares = new Map<string, ComparisonReport['partners'][number]['models']>();
  for (const [model, { rows }] of seen.comparisons) {
    for (const { partner, conversions, value, removalEffect, standardError } of rows) {
      const partnerId = partner === '' ? NO_PARTNER : partner;
      const known = shares.get(partnerId) ?? {};
      shares.set(partnerId, known);
      known[model] = {
        conversions,
        valueCents: Number(value),
        ...(removalEffect !== undefined && { removalEffect }),
        ...(standardError !== undefined && { standardError }),
      };
    }
  }
  const partners = [...new Set([...seen.paid.keys(), ...shares.keys()])].map((partnerId) => {
    const { creditBps, valueCents, commissionCents } = seen.paid.get(partnerId) ?? NOTHING;
    return {
      partnerId,
      name: partnerId === NO_PARTNER ? 'nobody' : (names.get(partnerId) ?? partnerId),
      paid: { conversions: (creditBps / WHOLE_BPS).toFixed(4), valueCents, commissionCents },
      models: shares.get(partnerId) ?? {},
    };
  });
  const sum = (field: keyof Paid) => [...seen.paid.values()].reduce((total, one) => total + one[field], 0);
  const { converted, withdrawn, notSettled } = seen.orders;
  return {
    ...{ programId, currency, from, to, asOf, models },
    journeys: { converted, notConverted: seen.notConverted, withdrawn },
    leftOut: { notSettled, doubtfulClicks: seen.doubtfulClicks },
    totals: {
      conversions: (sum('creditBps') / WHOLE_BPS).toFixed(4),
      valueCents: sum('valueCents'),
      commissionCents: sum('commissionCents'),
    },
    partners: partners.sort(
      (a, b) =>
        Number(b.paid.conversions) - Number(a.paid.conversions) ||
        b.paid.valueCents - a.paid.valueCents ||
        (a.partnerId < b.partnerId ? -1 : 1),
    ),
  };
}

export const comparisonSummaryOf = ({ partners, ...summary }: ComparisonReport): ComparisonSummary => summary;

/** The partners for a spreadsheet: amounts as plain decimals of the currency; a name that would run as a formula starts with an apostrophe. */
export function comparisonCsv({ currency, models, partners }: ComparisonReport): string {
  const figures = models.flatMap((model) => [
    `${model}_conversions`,
    `${model}_value`,
    ...(model === 'markov' ? ['markov_removal_effect'] : []),
    ...(model === 'shapley' ? ['shapley_standard_error'] : []),
  ]);
  const columns = ['partner', 'name', 'currency', 'paid_conversions', 'paid_value', 'paid_commission', ...figures];
  const plain = (text: string) => ({ value: text, escape_formulas: false });
  const rows = partners.map(({ partnerId, name, paid, models: shares }) => [
    plain(partnerId),
    name,
    currency,
    plain(paid.conversions),
    plain(decimal(paid.valueCents, currency)),
    plain(decimal(paid.commissionCents, currency)),
    ...models.flatMap((model) => {
      const share = shares[model];
      return [
        plain(share?.conversions ?? '0.000000'),
        plain(decimal(share?.valueCents ?? 0, currency)),
        ...(model === 'markov' ? [plain((share?.removalEffect ?? 0).toFixed(12))] : []),
        ...(model === 'shapley' ? [plain(share?.standardError?.toFixed(6) ?? '')] : []),
      ];
    }),
  ]);
  return stringify([columns, ...rows], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    cast: { object: (cell) => cell as unknown as string },
  });
}
