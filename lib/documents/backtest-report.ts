import { stringify } from 'csv-stringify/sync';
import * as z from 'zod';
import { decimal } from '../money.ts';
import { addSides, type BacktestTable, byType, NO_SIDES, type Outcome, type Sides } from '../settlement/backtest.ts';
import type { BacktestOrder } from '../settlement/backtest-order.ts';

const cents = z.int().meta({ description: 'Minor units' });
const Moved = z.object({
  conversions: z.int(),
  standsCents: cents.meta({ description: 'What is posted for these conversions' }),
  wouldCents: cents.meta({ description: 'What the proposed policy would have posted, by the plan of the time' }),
  gainCents: cents.meta({ description: 'The difference; below 0 is a loss' }),
});
const sides = {
  inHold: Moved.meta({ description: 'Conversions that a recomputation under the policy would credit again' }),
  locked: Moved.meta({
    description: 'Conversions whose hold is over: what would have been. They are never credited again',
  }),
};

/** What a back-test found, in short: small enough for an execution's output. */
export const BacktestSummary = z.object({
  programId: z.string(),
  currency: z.string(),
  from: z.string(),
  to: z.string(),
  asOf: z.string(),
  conversions: z.object({
    inHold: z.int(),
    locked: z.int(),
    notSettled: z.int().meta({ description: 'New or changed, with nothing posted yet to compare with' }),
    setAside: z.int().meta({ description: 'The rules cannot compute them, as they stand' }),
  }),
  totals: z.object(sides),
  partnerTypes: z.array(z.object({ type: z.string(), ...sides })),
});
export type BacktestSummary = z.infer<typeof BacktestSummary>;

/** The whole report: the partners too, whoever would have lost or gained most first. */
export const BacktestReport = BacktestSummary.extend({
  partners: z.array(z.object({ partnerId: z.string(), name: z.string(), type: z.string(), ...sides })),
});
export type BacktestReport = z.infer<typeof BacktestReport>;

const moved = (outcome: Outcome) => ({ ...outcome, gainCents: outcome.wouldCents - outcome.standsCents });
const bothMoved = ({ inHold, locked }: Sides) => ({ inHold: moved(inHold), locked: moved(locked) });

export function backtestReport(
  { programId, from, to, asOf }: Pick<BacktestOrder, 'programId' | 'from' | 'to' | 'asOf'>,
  currency: string,
  table: BacktestTable,
  names: ReadonlyMap<string, string>,
): BacktestReport {
  const partners = Object.entries(table.partners).map(([partnerId, { type, ...both }]) => ({
    partnerId,
    name: names.get(partnerId) ?? partnerId,
    type: type ?? 'unknown',
    ...bothMoved(both),
  }));
  const size = ({ inHold, locked }: (typeof partners)[number]) =>
    Math.abs(inHold.gainCents) + Math.abs(locked.gainCents);
  return {
    ...{ programId, currency, from, to, asOf },
    conversions: table.conversions,
    totals: bothMoved(Object.values(table.partners).reduce<Sides>(addSides, NO_SIDES)),
    partnerTypes: byType(table).map((one) => ({ type: one.type, ...bothMoved(one.sides) })),
    partners: partners.sort((a, b) => size(b) - size(a) || (a.partnerId < b.partnerId ? -1 : 1)),
  };
}

export const summaryOf = ({ partners, ...summary }: BacktestReport): BacktestSummary => summary;

const FIGURES = ['conversions', 'stands', 'would', 'gain'];
const COLUMNS = [
  'partner',
  'name',
  'type',
  'currency',
  ...['in_hold', 'locked'].flatMap((side) => FIGURES.map((figure) => `${side}_${figure}`)),
];

/** The partners for a spreadsheet: amounts as plain decimals of the currency; a name that would run as a formula starts with an apostrophe. */
export function backtestCsv({ currency, partners }: BacktestReport): string {
  const side = ({ conversions, standsCents, wouldCents, gainCents }: z.infer<typeof Moved>) => [
    String(conversions),
    ...[standsCents, wouldCents, gainCents].map(BigInt),
  ];
  const rows = partners.map(({ partnerId, name, type, inHold, locked }) => [
    ...[partnerId, name, type, currency],
    ...side(inHold),
    ...side(locked),
  ]);
  return stringify([COLUMNS, ...rows], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    cast: { bigint: (amount) => ({ value: decimal(Number(amount), currency), escape_formulas: false }) },
  });
}
