import { parse } from 'csv-parse/sync';
import { NACHA_FILE, PROVIDER_ORDERS, WITHHELD } from './bank-csv.ts';
import type { PayoutItem, Rail } from './run.ts';

type PaymentRow = Pick<PayoutItem, 'rail' | 'partnerId'> & {
  readonly amount: string;
  /** Tax kept back; absent when that is none. */
  readonly withheld?: string;
};

/** A frozen payment file, read back. */
export interface PaymentRows {
  /** By item id; the amounts as they stand there: `12.50`. */
  readonly payments: ReadonlyMap<string, PaymentRow>;
  /** The rows for the bank under their header, byte for byte; none when the brand pays everybody itself. */
  readonly bankText?: string;
  /** Hash of the NACHA file that belongs to it; none when nobody is paid by ACH. */
  readonly nachaHash?: string;
  /** Hash of what PayPal and Wise are told to pay; none when nobody is paid by them. */
  readonly ordersHash?: string;
}

type Row = Readonly<Record<'rail' | 'item' | 'partner' | 'amount' | 'reference', string>>;

/** Rows that are no payments. */
const BESIDE = new Set<string>([NACHA_FILE, PROVIDER_ORDERS, WITHHELD]);

/** Reads the payments of a file that `bankCsv` wrote. */
export function paymentRows(frozen: string): PaymentRows {
  const header = frozen.slice(0, frozen.indexOf('\n') + 1);
  // The parser's raw records end somewhere inside their line break.
  const rows = parse(frozen, { columns: true, raw: true, record_delimiter: '\r\n' }) as unknown as {
    readonly record: Row;
    readonly raw: string;
  }[];
  const items = rows.filter(({ record }) => !BESIDE.has(record.rail));
  const withheld = new Map(
    rows.filter(({ record }) => record.rail === WITHHELD).map(({ record }) => [record.item, record.amount]),
  );
  const hashIn = (name: string) => rows.find(({ record }) => record.rail === name)?.record.reference;
  const nachaHash = hashIn(NACHA_FILE);
  const ordersHash = hashIn(PROVIDER_ORDERS);
  const bank = rows.filter(({ record }) => record.rail === 'bank-csv');
  return {
    payments: new Map(
      items.map(({ record: { rail, item, partner, amount } }) => [
        item,
        {
          rail: rail as Rail,
          partnerId: partner,
          amount,
          ...(withheld.has(item) && { withheld: withheld.get(item)! }),
        },
      ]),
    ),
    ...(nachaHash !== undefined && { nachaHash }),
    ...(ordersHash !== undefined && { ordersHash }),
    ...(bank.length > 0 && { bankText: header + bank.map(({ raw }) => `${raw.replace(/\r?\n?$/, '')}\r\n`).join('') }),
  };
}
