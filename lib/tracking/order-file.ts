import * as z from 'zod';
import { minorUnits } from '../money.ts';
import { CurrencyField } from '../programs/program.ts';
import { ConversionReport, EventType } from './conversion.ts';

/** Where a value comes from: a column, perhaps only the part a pattern's first group matches, or a constant. */
const Source = z.union([
  z.strictObject({ column: z.string().min(1), match: z.string().optional(), fallback: z.string().optional() }),
  z.strictObject({ value: z.string() }),
]);
type Source = z.infer<typeof Source>;

/** How a shop's order export becomes conversions. One order may span several rows, one per line item. */
export const OrderFileMap = z.strictObject({
  name: z.string().optional(),
  eventType: EventType.default('sale'),
  orderId: Source,
  /** Any time that names its zone or offset; `zone` is appended to times that do not, e.g. `Z`. */
  occurredAt: Source,
  zone: z
    .string()
    .regex(/^(Z|[+-]\d\d:\d\d)$/, 'must be Z or an offset such as +02:00')
    .optional(),
  currency: z.union([Source, CurrencyField.transform((value) => ({ value }))]),
  clickId: Source.optional(),
  customerId: Source.optional(),
  couponCode: Source.optional(),
  /** Two letters of ISO 3166-1, in any case. */
  country: Source.optional(),
  /** Discount on the whole order, as a decimal amount. */
  orderDiscount: Source.optional(),
  item: z.strictObject({
    sku: Source,
    category: Source.optional(),
    quantity: Source.default({ value: '1' }),
    /** Decimal amount in major units: `129.00`. */
    unitPrice: Source,
    discount: Source.optional(),
  }),
  /** Rows to pass over, e.g. orders that were never paid. */
  skip: z.array(z.strictObject({ column: z.string(), in: z.array(z.string()).min(1) })).default([]),
});
export type OrderFileMap = z.infer<typeof OrderFileMap>;

/** A row of the file with the line it starts on, counted from 1 with the header as line 1. */
export interface FileRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}
/** An order of the file: ready to be sent, passed over on purpose, or refused with the reason. */
export type FileOrder =
  | { readonly kind: 'ready'; readonly lines: readonly number[]; readonly report: ConversionReport }
  | { readonly kind: 'skipped'; readonly lines: readonly number[]; readonly reason: string }
  | {
      readonly kind: 'refused';
      readonly lines: readonly number[];
      readonly orderId: string;
      readonly reasons: readonly string[];
    };

function read(source: Source | undefined, row: FileRow): string | undefined {
  if (source === undefined) return undefined;
  if ('value' in source) return source.value;
  const cell = row.cells[source.column]?.trim() ?? '';
  const found = source.match === undefined ? cell : (new RegExp(source.match).exec(cell)?.[1] ?? '');
  return found || source.fallback;
}

/** Rows of one order, in order of the file; rows need not be neighbours. */
function byOrder(map: OrderFileMap, rows: readonly FileRow[]): Map<string, FileRow[]> {
  const orders = new Map<string, FileRow[]>();
  for (const row of rows) {
    const id = read(map.orderId, row) ?? '';
    // A row without an order id is an order of its own, so that its refusal names its line.
    const key = id || `line ${row.line}`;
    orders.set(key, [...(orders.get(key) ?? []), row]);
  }
  return orders;
}

function orderOf(map: OrderFileMap, programId: string, rows: readonly FileRow[]): FileOrder {
  const head = rows[0]!;
  const lines = rows.map((row) => row.line);
  const orderId = read(map.orderId, head) ?? '';
  const skip = map.skip.find((rule) => rule.in.includes(head.cells[rule.column]?.trim() ?? ''));
  if (skip) return { kind: 'skipped', lines, reason: `${skip.column} is ${head.cells[skip.column]}` };

  const reasons: string[] = [];
  const currency = (read(map.currency, head) ?? '').toUpperCase();
  if (!CurrencyField.safeParse(currency).success) {
    return { kind: 'refused', lines, orderId, reasons: [`currency: “${currency}” is not an ISO 4217 code`] };
  }
  const amount = (field: string, source: Source | undefined, row: FileRow): number => {
    const text = read(source, row);
    if (text === undefined) {
      if (source !== undefined && field.endsWith('unitPriceCents'))
        reasons.push(`${field}: the file has no amount (line ${row.line})`);
      return 0;
    }
    const cents = minorUnits(text, currency);
    if (typeof cents === 'number') return cents;
    reasons.push(`${field}: ${cents} (line ${row.line})`);
    return 0;
  };
  const time = read(map.occurredAt, head) ?? '';
  const zoned = /(Z|[+-]\d\d:?\d\d|UTC)$/.test(time) || map.zone === undefined ? time : `${time}${map.zone}`;
  const occurredAt = Date.parse(zoned.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?) ?(.*)$/, '$1T$2$3'));
  if (Number.isNaN(occurredAt)) reasons.push(`occurredAt: “${time}” is not a time`);
  else if (!/(Z|[+-]\d\d:?\d\d|UTC)$/.test(zoned))
    reasons.push(`occurredAt: “${time}” names no zone; give the map a "zone"`);

  const report = {
    programId,
    eventType: map.eventType,
    orderId,
    ...(Number.isNaN(occurredAt) ? {} : { occurredAt: new Date(occurredAt).toISOString() }),
    currency,
    clickId: read(map.clickId, head),
    customerId: read(map.customerId, head),
    couponCode: read(map.couponCode, head),
    country: read(map.country, head)?.toUpperCase(),
    orderDiscountCents: amount('orderDiscountCents', map.orderDiscount, head),
    items: rows.map((row, index) => ({
      sku: read(map.item.sku, row) ?? '',
      category: read(map.item.category, row),
      quantity: Number(read(map.item.quantity, row) ?? '1'),
      unitPriceCents: amount(`items[${index}].unitPriceCents`, map.item.unitPrice, row),
      discountCents: amount(`items[${index}].discountCents`, map.item.discount, row),
    })),
  };
  const parsed = ConversionReport.safeParse(report);
  if (!parsed.success) reasons.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  return parsed.success && reasons.length === 0
    ? { kind: 'ready', lines, report: parsed.data }
    : { kind: 'refused', lines, orderId, reasons };
}

/** Columns a map names that the file does not have; a typing error here would silently lose every click id. */
export function missingColumns(map: OrderFileMap, header: readonly string[]): string[] {
  const named = [
    map.orderId,
    map.occurredAt,
    map.currency,
    map.clickId,
    map.customerId,
    map.couponCode,
    map.country,
    map.orderDiscount,
    ...Object.values(map.item),
  ]
    .flatMap((source) => (source !== undefined && 'column' in source ? [source.column] : []))
    .concat(map.skip.map((rule) => rule.column));
  return [...new Set(named)].filter((column) => !header.includes(column));
}

/** Turns the rows of a shop's export into conversion reports; every row ends in exactly one of the outcomes. */
export function ordersOf(map: OrderFileMap, programId: string, rows: readonly FileRow[]): FileOrder[] {
  return [...byOrder(map, rows).values()].map((order) => orderOf(map, programId, order));
}
