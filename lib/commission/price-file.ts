import type { AccrualLine, PricedPart } from '../ledger/journal.ts';
import { allocate, decimal, format, percent, WHOLE_BPS } from '../money.ts';
import type { DetailedAccrual, PartOfLines } from './accrue.ts';
import { difference } from './difference.ts';
import { explain, explainNothing, FROM_FILE, orderName, partSentence } from './explain.ts';
import { type RemainingOrder, remainingOrder } from './order.ts';
import type { PlanVersion } from './plan.ts';
import { type ReplayTerms, type Repriced, replay } from './replay.ts';
import type { FileSale } from './sale-file.ts';

/** A line of what pricing a file comes to. Amounts are decimals of the order's currency. */
export interface PricedRow {
  readonly order: string;
  /** Number of the line in its order, from 1; empty for what is paid for the order as a whole. */
  readonly line: string;
  readonly rule: string;
  readonly base: string;
  readonly rate: string;
  readonly amount: string;
  readonly explanation: string;
}

export const PRICED_COLUMNS = ['order', 'line', 'rule', 'base', 'rate', 'amount', 'explanation'] as const;

export interface PricedSale {
  readonly sale: FileSale;
  readonly rows: readonly PricedRow[];
  /** Everybody who earns, and each one's line explained as a statement would; who earns nothing is told why. */
  readonly told: readonly { readonly partnerId: string; readonly cents: number; readonly explanation: string }[];
}

/**
 * Prices the orders of a file with each other as their history. The answer is in the order of the file; an order's amounts by line add up
 * to what it earns.
 *
 * @throws RangeError when an amount passes exact integers.
 */
export function priceFile(sales: readonly FileSale[], terms: Pick<ReplayTerms, 'plans' | 'timeZone'>): PricedSale[] {
  const { repriced } = replay(sales, { ...terms, terms: { holdDays: 0 } });
  const byOrder = new Map(repriced.map((each) => [each.order, each]));
  return sales.map((sale) => pricedSale(byOrder.get(sale)!));
}

function pricedSale({ order: sale, plan, accruals }: Repriced<FileSale>): PricedSale {
  const { conversion } = sale;
  const { lines } = difference(conversion, accruals, { model: FROM_FILE, policyVersion: 0, planVersion: plan.version });
  return {
    sale,
    rows: rowsOf(sale, plan, accruals),
    told: accruals.map(({ partnerId, totalCents, commissionableCents }) => {
      const line: AccrualLine | undefined = lines.get(partnerId);
      const cancelled = conversion.cancelled !== undefined;
      const words = line
        ? explain(line, conversion.currency)
        : explainNothing(commissionableCents, cancelled, plan.version);
      return { partnerId, cents: totalCents, explanation: line ? words : `${orderName(conversion)}: ${words}` };
    }),
  };
}

interface RowOfLine {
  readonly line: number;
  readonly place: number;
  readonly row: PricedRow;
}

function rowsOf(
  { conversion, partnerId }: FileSale,
  plan: PlanVersion,
  accruals: readonly DetailedAccrual[],
): PricedRow[] {
  const { currency, orderId, cancelled } = conversion;
  const left = remainingOrder(conversion);
  const mine = accruals.find((accrual) => accrual.partnerId === partnerId);
  const rows = (mine?.details ?? []).flatMap((detail, place) => rowsOfPart(detail, place, orderId, currency));
  const priced = new Set(rows.filter(({ row }) => row.base !== '' || row.amount !== '').map(({ line }) => line));
  const bare = left.items.flatMap((item, index): RowOfLine[] => {
    if (hasRule(mine, index + 1)) return [];
    const explanation = nothingFor(item, cancelled !== undefined, plan.version, priced.has(index + 1));
    return [{ line: index + 1, place: -1, row: rowOf(orderId, index + 1, item.netCents, currency, explanation) }];
  });
  const others = accruals
    .filter((accrual) => accrual.partnerId !== partnerId)
    .flatMap(({ partnerId: recruiter, details }) =>
      details.flatMap((detail, place) =>
        rowsOfPart(detail, place, orderId, currency).map(({ line, row }) => ({
          line,
          place: 1000 + place,
          row: { ...row, explanation: `For ${recruiter}. ${row.explanation}` },
        })),
      ),
    );
  return [...bare, ...rows, ...others].sort((a, b) => a.line - b.line || a.place - b.place).map(({ row }) => row);
}

/** Whether a line has a rule or an exclusion; a bonus alone leaves to be said that no rule prices it. */
const hasRule = (accrual: DetailedAccrual | undefined, line: number) =>
  accrual?.details.some(({ part, lines }) => !part.onTop && lines.some((each) => each.line === line)) ?? false;

function nothingFor(
  item: RemainingOrder['items'][number],
  cancelled: boolean,
  version: number,
  bonus: boolean,
): string {
  if (cancelled) return 'The order was cancelled, so it earns nothing.';
  if (item.units === 0) return 'Nothing is left of this line, so it earns nothing.';
  return `No rule of version ${version} of the commission plan matches this line${bonus ? '; it earns a bonus only' : ', so it earns nothing'}.`;
}

const rowOf = (order: string, line: number, baseCents: number, currency: string, explanation: string): PricedRow => ({
  order,
  line: String(line),
  rule: '',
  base: decimal(baseCents, currency),
  rate: '',
  amount: decimal(0, currency),
  explanation,
});

/** After all lines: what is paid for the order as a whole. */
const WHOLE_ORDER = Number.MAX_SAFE_INTEGER;

/** One part by line: the amount was rounded once for all of them and is shared by their amounts, so that they add up to it. */
function rowsOfPart({ part, lines }: PartOfLines, place: number, order: string, currency: string): RowOfLine[] {
  const sentence = partSentence(part, WHOLE_BPS, currency);
  const named = { order, rule: part.rule, rate: rateText(part, currency) };
  if (lines.length === 0) {
    const row = { ...named, line: '', base: '', amount: decimal(part.cents, currency), explanation: sentence };
    return [{ line: WHOLE_ORDER, place, row }];
  }
  const inFile = [...lines].sort((a, b) => a.line - b.line);
  const byAmount = weights(inFile.map(({ netCents }) => netCents));
  const byUnits = part.flatCents !== undefined && part.units !== undefined;
  const amounts = allocate(part.cents, byUnits ? weights(inFile.map(({ units }) => units)) : byAmount);
  const bases = allocate(part.baseCents, byAmount);
  return inFile.map(({ line }, index) => {
    const [base, amount] = [bases[index]!, amounts[index]!];
    const share = inFile.length > 1 && part.cents > 0 ? ` Line ${line} has ${format(amount, currency)} of it.` : '';
    const row = { ...named, line: String(line), base: decimal(base, currency), amount: decimal(amount, currency) };
    return { line, place, row: { ...row, explanation: `${sentence}${share}` } };
  });
}

const weights = (amounts: readonly number[]) =>
  amounts.every((amount) => amount === 0) ? amounts.map(() => 1) : amounts;

function rateText({ rateBps, flatCents, units }: PricedPart, currency: string): string {
  if (rateBps !== undefined) return percent(rateBps);
  if (flatCents === undefined) return '';
  return `${format(flatCents, currency)} ${units === undefined ? 'an order' : 'an item'}`;
}
