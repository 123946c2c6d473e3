import { parse } from 'csv-parse/sync';
import { type FileRow, OrderFileMap } from './order-file.ts';

/** The rows of a CSV with their line numbers, the header being line 1; in words what is wrong when it is no CSV. */
export function readOrderRows(
  text: string | Uint8Array,
): { readonly header: readonly string[]; readonly rows: readonly FileRow[] } | { readonly problem: string } {
  try {
    let header: string[] = [];
    const records = parse(Buffer.from(text as string), {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      columns: (names: string[]) => {
        header = names.map((name) => name.trim());
        return header;
      },
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    const separator = header.length === 1 && /[;\t|]/.exec(header[0]!)?.[0];
    if (separator) return { problem: `its columns are separated by ${SEPARATORS[separator]}; save it with commas` };
    return { header, rows: records.map(({ record, info }) => ({ line: info.lines, cells: record })) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const SEPARATORS: Readonly<Record<string, string>> = { ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** Names that columns of order exports have, by what they hold; letters and digits only, in lower case. The first that is there counts. */
const KNOWN = {
  orderId: ['orderid', 'ordernumber', 'orderref', 'orderreference', 'oid', 'order', 'name', 'id'],
  occurredAt: [
    'occurredat',
    'createdat',
    'createdutc',
    'created',
    'orderdate',
    'eventdate',
    'eventtime',
    'date',
    'timestamp',
  ],
  currency: ['currency', 'currencycode'],
  clickId: ['clickid', 'trbclick', 'transactionid', 'irclickid', 'cjevent', 'clickref'],
  customerId: ['customerid'],
  couponCode: ['couponcode', 'coupon', 'discountcode', 'promocode', 'vouchercode', 'voucher'],
  country: ['country', 'countrycode', 'shippingcountry', 'shippingcountrycode', 'shipcountry'],
  orderDiscount: ['orderdiscount', 'discountamount'],
  sku: ['sku', 'lineitemsku', 'itemsku', 'productsku'],
  category: ['category', 'itemcategory', 'productcategory'],
  quantity: ['quantity', 'qty', 'lineitemquantity', 'itemquantity'],
  unitPrice: ['unitprice', 'lineitemprice', 'itemprice', 'price', 'amount'],
  discount: ['itemdiscount', 'lineitemdiscount', 'linediscount'],
} as const;
export type OrderColumn = keyof typeof KNOWN;
const NEEDED = ['orderId', 'occurredAt', 'currency', 'unitPrice'] as const;

/** Which column is what, by the names they have; or what no column is for. */
export function mapByNames(
  header: readonly string[],
  { eventType, zone }: { readonly eventType: string; readonly zone?: string | undefined },
):
  | { readonly map: OrderFileMap; readonly columns: Readonly<Partial<Record<OrderColumn, string>>> }
  | { readonly missing: readonly { readonly column: OrderColumn; readonly names: readonly string[] }[] } {
  const plain = new Map(header.map((name) => [name.toLowerCase().replace(/[^a-z0-9]/g, ''), name]));
  const found = (Object.keys(KNOWN) as OrderColumn[]).flatMap((column): [OrderColumn, string][] => {
    const name = KNOWN[column].find((known) => plain.has(known));
    return name === undefined ? [] : [[column, plain.get(name)!]];
  });
  const columns = Object.fromEntries(found) as Partial<Record<OrderColumn, string>>;
  const missing = NEEDED.filter((column) => columns[column] === undefined);
  if (missing.length > 0) return { missing: missing.map((column) => ({ column, names: KNOWN[column] })) };
  const source = (column: OrderColumn) => columns[column] && { column: columns[column] };
  const map = OrderFileMap.parse({
    eventType,
    zone,
    orderId: source('orderId'),
    occurredAt: source('occurredAt'),
    currency: source('currency'),
    clickId: source('clickId'),
    customerId: source('customerId'),
    couponCode: source('couponCode'),
    country: source('country'),
    orderDiscount: source('orderDiscount'),
    item: {
      sku: columns.sku ? { column: columns.sku, fallback: 'order' } : { value: 'order' },
      category: source('category'),
      quantity: source('quantity'),
      unitPrice: source('unitPrice'),
      discount: source('discount'),
    },
  });
  return { map, columns };
}
