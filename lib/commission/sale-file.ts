import { localInstant } from '../calendar.ts';
import { minorUnits } from '../money.ts';
import { CountryField, PARTNER_TYPES, type PartnerType } from '../partners/partner.ts';
import { CurrencyField } from '../programs/program.ts';
import type { Conversion, LineItem } from '../tracking/conversion.ts';
import type { FileRow } from '../tracking/order-file.ts';
import { FROM_FILE } from './explain.ts';
import type { ReplayedOrder } from './replay.ts';

/** What a column of an order file says, with the headings under which it is known; capitals, blanks and dashes do not matter. */
export const COLUMNS = {
  order_id: ['order', 'order_number', 'order_no', 'transaction_id', 'id'],
  occurred_at: ['date', 'order_date', 'ordered_at', 'created_at', 'time', 'timestamp', 'datetime'],
  event_type: ['event', 'conversion_type'],
  partner: ['partner_id', 'affiliate', 'affiliate_id', 'publisher', 'publisher_id'],
  partner_type: ['affiliate_type'],
  group: ['partner_group', 'affiliate_group'],
  tier: ['partner_tier'],
  recruiter: ['recruited_by', 'parent_partner'],
  recruiter_2: ['recruiter2', 'grandparent_partner'],
  sku: ['product', 'product_id', 'item', 'item_id', 'item_sku', 'product_sku'],
  category: ['product_category', 'item_category'],
  quantity: ['qty', 'units', 'item_quantity'],
  price: ['unit_price', 'item_price', 'net_price'],
  amount: ['line_total', 'line_amount', 'total', 'net_amount', 'subtotal'],
  discount: ['line_discount', 'item_discount', 'discount_amount'],
  order_discount: ['cart_discount', 'discount_total'],
  returned: ['returned_quantity', 'quantity_returned', 'refunded_quantity'],
  cancelled: ['canceled'],
  currency: ['currency_code'],
  coupon: ['coupon_code', 'voucher', 'voucher_code', 'promo_code', 'discount_code'],
  country: ['ship_country', 'shipping_country', 'billing_country', 'country_code'],
  customer_id: ['customer', 'user_id'],
  customer_status: ['new_customer', 'customer_type', 'is_new_customer'],
  link: ['link_id', 'link_code'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
type Column = keyof typeof COLUMNS;

/** An order of a file, as its rows say. */
export interface FileSale extends ReplayedOrder {
  readonly partnerId: string;
  readonly recruiters: readonly string[];
}

export interface SaleFileOptions {
  readonly timeZone: string;
  /** Where the file has no currency. */
  readonly currency: string;
  /** Where the file has no time. */
  readonly at?: string | undefined;
}

/** What is wrong with a file, with the line and the column. */
export interface FileProblem {
  readonly line: number;
  readonly column: string;
  readonly message: string;
}

export interface SaleFile {
  /** Each with who recruited its partner, on whichever line that stands. */
  readonly sales: readonly FileSale[];
  readonly problems: readonly FileProblem[];
  /** Headings that mean nothing here. */
  readonly unread: readonly string[];
}

const plain = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

/** Which heading of a file is which column: exact names first, then the others in the order in which they are listed. */
function columnsOf(header: readonly string[]): ReadonlyMap<Column, string> {
  const byName = new Map(header.map((heading) => [plain(heading), heading]).reverse() as [string, string][]);
  const found = new Map<Column, string>();
  const taken = new Set<string>();
  const passes: ((column: Column) => readonly string[])[] = [(column) => [column], (column) => COLUMNS[column]];
  for (const namesOf of passes) {
    for (const column of Object.keys(COLUMNS) as Column[]) {
      if (found.has(column)) continue;
      const heading = namesOf(column)
        .map((name) => byName.get(name))
        .find((each) => each !== undefined && !taken.has(each));
      if (heading === undefined) continue;
      found.set(column, heading);
      taken.add(heading);
    }
  }
  return found;
}

/** Reads orders from the rows of a file. Rows of one order id are the lines of one order, neighbours or not. */
export function readSales(header: readonly string[], rows: readonly FileRow[], options: SaleFileOptions): SaleFile {
  const columns = columnsOf(header);
  const problems: FileProblem[] = [];
  const missing = (column: string, message: string) => problems.push({ line: 1, column, message });
  if (!columns.has('order_id')) missing('order_id', `is missing; the file has ${header.join(', ')}`);
  if (!columns.has('price') && !columns.has('amount'))
    missing('price', 'is missing, and so is amount (the whole line); one of them must be there');
  if (!columns.has('occurred_at') && options.at === undefined)
    missing('occurred_at', 'is missing (date and order_date are read too); or give --at for all orders');
  const repeated = header.filter(
    (heading, place) => header.findIndex((other) => plain(other) === plain(heading)) < place,
  );
  for (const heading of repeated) missing(heading, 'stands twice');
  const read = new Set(columns.values());
  const unread = header.filter((heading) => !read.has(heading));
  if (problems.length > 0) return { sales: [], problems, unread };

  const orders = new Map<string, FileRow[]>();
  for (const row of rows) {
    const orderId = row.cells[columns.get('order_id')!]?.trim() ?? '';
    if (orderId === '') problems.push({ line: row.line, column: columns.get('order_id')!, message: 'is empty' });
    const event = columns.has('event_type') ? (row.cells[columns.get('event_type')!]?.trim() ?? '') : '';
    const name = `${event} ${orderId}`;
    const known = orders.get(name);
    if (known) known.push(row);
    else orders.set(name, [row]);
  }
  const sales = [...orders.values()].map((lines) => saleOf(lines, columns, options, problems));
  const chains = new Map<string, readonly string[]>();
  sales.forEach(({ partnerId, recruiters }, place) => {
    const known = chains.get(partnerId);
    if (known && recruiters.length > 0 && known.join() !== recruiters.join()) {
      const line = [...orders.values()][place]![0]!.line;
      const message = `says that ${recruiters.join(' and ')} recruited ${partnerId}, an earlier line ${known.join(' and ')}`;
      problems.push({ line, column: columns.get('recruiter') ?? 'recruiter', message });
    } else if (recruiters.length > 0) chains.set(partnerId, recruiters);
  });
  const recruited = sales.map((sale): FileSale => {
    const traits = { ...sale.partners.get(sale.partnerId)!, recruiters: chains.get(sale.partnerId) ?? [] };
    return { ...sale, partners: new Map([[sale.partnerId, traits]]) };
  });
  return { sales: recruited, problems, unread };
}

/** Reads the cells of one order, keeping what is wrong with them. */
class Cells {
  readonly #columns: ReadonlyMap<Column, string>;
  readonly #problems: FileProblem[];

  constructor(columns: ReadonlyMap<Column, string>, problems: FileProblem[]) {
    this.#columns = columns;
    this.#problems = problems;
  }

  wrong(row: FileRow, column: Column, message: string): void {
    this.#problems.push({ line: row.line, column: this.#columns.get(column) ?? column, message });
  }

  text(row: FileRow, column: Column): string {
    const heading = this.#columns.get(column);
    return heading === undefined ? '' : (row.cells[heading]?.trim() ?? '');
  }

  /** What the rows say of the order as a whole: once, or the same on each. */
  common(rows: readonly FileRow[], column: Column): { readonly text: string; readonly row: FileRow } {
    const said = rows.map((row) => ({ row, text: this.text(row, column) })).filter(({ text }) => text !== '');
    const [first, ...others] = said;
    if (!first) return { text: '', row: rows[0]! };
    for (const { row, text } of others) {
      if (text !== first.text)
        this.wrong(row, column, `is “${text}”, but line ${first.row.line} of the same order says “${first.text}”`);
    }
    return first;
  }

  amount(row: FileRow, column: Column, currency: string, text = this.text(row, column)): number {
    if (text === '') return 0;
    const cents = minorUnits(text, currency);
    if (typeof cents === 'number') return cents;
    this.wrong(row, column, cents);
    return 0;
  }

  /** A whole number; what is said when there is none. */
  whole(row: FileRow, column: Column, least: number, otherwise: number): number {
    const text = this.text(row, column);
    if (text === '') return otherwise;
    const number = /^\d{1,6}(\.0+)?$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= MOST_UNITS) return number;
    this.wrong(row, column, `“${text}” is not a whole number from ${least} to ${MOST_UNITS}`);
    return otherwise;
  }

  yes(row: FileRow, column: Column, text: string): boolean {
    const word = text.toLowerCase();
    if (['', 'no', 'n', 'false', '0'].includes(word)) return false;
    if (!['yes', 'y', 'true', '1'].includes(word)) this.wrong(row, column, `“${text}” is neither yes nor no`);
    return true;
  }
}

const MOST_UNITS = 100_000;
const MOST_CENTS = 1_000_000_000_000;
const NOBODY = 'partner';

function saleOf(
  rows: readonly FileRow[],
  columns: ReadonlyMap<Column, string>,
  options: SaleFileOptions,
  problems: FileProblem[],
): FileSale {
  const cells = new Cells(columns, problems);
  const common = (column: Column) => cells.common(rows, column);
  const said = (column: Column) => common(column).text || undefined;

  const currencyCell = common('currency');
  let currency = (currencyCell.text || options.currency).toUpperCase();
  if (!CurrencyField.safeParse(currency).success) {
    cells.wrong(currencyCell.row, 'currency', `“${currencyCell.text}” is not an ISO 4217 code such as EUR`);
    currency = options.currency;
  }
  const items = rows.map((row) => itemOf(row, cells, columns, currency));
  const worth = items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents - item.discountCents, 0);
  const discountCell = common('order_discount');
  let orderDiscountCents = cells.amount(discountCell.row, 'order_discount', currency, discountCell.text);
  if (orderDiscountCents > worth) {
    cells.wrong(discountCell.row, 'order_discount', 'is more than the lines of the order come to');
    orderDiscountCents = 0;
  }
  if (worth > MOST_CENTS) cells.wrong(rows[0]!, columns.has('price') ? 'price' : 'amount', 'makes the order too large');
  const returned = Object.fromEntries(
    rows.flatMap((row, index) => {
      const units = cells.whole(row, 'returned', 0, 0);
      if (units > items[index]!.quantity) cells.wrong(row, 'returned', `is more than the quantity`);
      return units > 0 ? [[String(index + 1), units]] : [];
    }),
  );
  const occurredAt = timeOf(common('occurred_at'), cells, options);
  const cancelledCell = common('cancelled');
  const cancelled = cells.yes(cancelledCell.row, 'cancelled', cancelledCell.text);
  const partnerId = said('partner') ?? NOBODY;
  const recruiters = [said('recruiter'), said('recruiter_2')].filter((each) => each !== undefined);
  if (recruiters.length === 1 && said('recruiter') === undefined)
    cells.wrong(common('recruiter_2').row, 'recruiter_2', 'needs a recruiter between them and the partner');
  for (const [place, recruiter] of recruiters.entries()) {
    if (![partnerId, ...recruiters.slice(0, place)].includes(recruiter)) continue;
    const column = place === 0 ? 'recruiter' : 'recruiter_2';
    cells.wrong(common(column).row, column, `“${recruiter}” recruited themselves; leave it out`);
  }
  const conversion: Conversion = {
    brandId: 'file',
    programId: 'file',
    eventType: said('event_type') ?? 'sale',
    orderId: cells.text(rows[0]!, 'order_id'),
    occurredAt,
    receivedAt: occurredAt,
    currency,
    items,
    orderDiscountCents,
    returned,
    revision: 1,
    posted: {},
    ...present({
      customerId: said('customer_id'),
      customerStatus: statusOf(common('customer_status'), cells),
      couponCode: said('coupon'),
      country: countryOf(common('country'), cells),
      cancelled: cancelled ? { at: occurredAt, reason: 'other' } : undefined,
    }),
  };
  const traits = {
    group: said('group') ?? 'default',
    type: typeOf(common('partner_type'), cells),
    tier: said('tier'),
    link: said('link'),
  };
  return {
    conversion,
    partnerId,
    recruiters,
    credits: [{ partnerId, creditBps: 10_000, position: 1, touches: 1, touchAt: occurredAt }],
    partners: new Map([[partnerId, traits]]),
    policy: { version: 0, effectiveFrom: '', policy: { model: FROM_FILE as 'last-touch', lookbackDays: 30 } },
  };
}

function itemOf(row: FileRow, cells: Cells, columns: ReadonlyMap<Column, string>, currency: string): LineItem {
  const quantity = cells.whole(row, 'quantity', 1, 1);
  const named = { sku: cells.text(row, 'sku'), category: cells.text(row, 'category') };
  const discount = cells.amount(row, 'discount', currency);
  const whole = cells.text(row, 'price') === '' && columns.has('amount');
  if (!whole && cells.text(row, 'price') === '') cells.wrong(row, 'price', 'is empty');
  if (whole && cells.text(row, 'amount') === '')
    cells.wrong(row, columns.has('price') ? 'price' : 'amount', 'is empty');
  const amountCents = cells.amount(row, 'amount', currency);
  // A whole line that its units do not divide is the next price up, less what that is too much.
  const unitPriceCents = whole ? Math.ceil(amountCents / quantity) : cells.amount(row, 'price', currency);
  const surplus = whole ? unitPriceCents * quantity - amountCents : 0;
  const tooMuch = discount + surplus > unitPriceCents * quantity;
  if (tooMuch) cells.wrong(row, 'discount', 'is more than the line comes to');
  return {
    sku: named.sku,
    ...(named.category !== '' && { category: named.category }),
    quantity,
    unitPriceCents,
    discountCents: tooMuch ? 0 : discount + surplus,
  };
}

function timeOf(
  { text, row }: { text: string; row: FileRow },
  cells: Cells,
  { timeZone, at }: SaleFileOptions,
): string {
  if (text === '' && at !== undefined) return at;
  const local = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?$/.exec(text);
  const zoned = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)$/i.exec(text);
  try {
    if (local) return localInstant(local[1]!, local[2] ?? '00:00', timeZone);
    if (zoned) {
      const zone = /^(z|utc)$/i.test(zoned[3]!) ? 'Z' : zoned[3]!.replace(/^(...)(\d\d)$/, '$1:$2');
      // A day that does not exist would be read as the one after it.
      localInstant(zoned[1]!, zoned[2]!, 'UTC');
      return new Date(`${zoned[1]}T${zoned[2]}${zone}`).toISOString();
    }
  } catch {
    // Told below with every other text that is no time.
  }
  cells.wrong(
    row,
    'occurred_at',
    text === '' ? 'is empty' : `“${text}” is not a time such as 2026-03-29, 2026-03-29 10:00 or 2026-03-29T10:00:00Z`,
  );
  return '2000-01-01T00:00:00.000Z';
}

function statusOf({ text, row }: { text: string; row: FileRow }, cells: Cells): 'new' | 'returning' | undefined {
  const word = text.toLowerCase();
  if (word === '') return undefined;
  if (['new', 'yes', 'y', 'true', '1'].includes(word)) return 'new';
  if (['returning', 'existing', 'repeat', 'old', 'no', 'n', 'false', '0'].includes(word)) return 'returning';
  cells.wrong(row, 'customer_status', `“${text}” is neither new nor returning`);
  return undefined;
}

function countryOf({ text, row }: { text: string; row: FileRow }, cells: Cells): string | undefined {
  if (text === '') return undefined;
  const country = text.toUpperCase();
  if (!CountryField.safeParse(country).success)
    cells.wrong(row, 'country', `“${text}” is not an ISO 3166 code of two letters such as DE; rules know no other`);
  return country;
}

function typeOf({ text, row }: { text: string; row: FileRow }, cells: Cells): PartnerType | undefined {
  if (text === '') return undefined;
  const type = PARTNER_TYPES.find((each) => each === plain(text).replaceAll('_', '-'));
  if (!type) cells.wrong(row, 'partner_type', `“${text}” is none of ${PARTNER_TYPES.join(', ')}`);
  return type;
}

function present<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
