import type { Day } from '../calendar.ts';
import { sha256 } from '../ledger/canonical.ts';
import type { AccountType, HolderKind } from '../partners/bank-account.ts';
import { routingNumberChecks } from '../partners/routing-number.ts';
import type { NachaOrigination } from './nacha-origination.ts';
import { transliterate } from './transliterate.ts';

/** One credit to an account in the United States. */
export interface NachaEntry {
  readonly itemId: string;
  readonly amountCents: number;
  readonly accountHolder: string;
  readonly holderKind: HolderKind;
  readonly accountType: AccountType;
  readonly routingNumber: string;
  readonly accountNumber: string;
}

/** When a file says it was made and when its money should arrive; days and time of day as in New York, where ACH counts them. */
export interface NachaDates {
  readonly createdOn: Day;
  /** `09:30` */
  readonly createdAt: string;
  readonly effectiveOn: Day;
}

export interface NachaFile {
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  readonly itemCount: number;
  readonly totalCents: number;
  /** Trace number of every item: what the bank names when it sends one back. */
  readonly traces: ReadonlyMap<string, string>;
}

/** What the fields hold. */
const MOST_ENTRY_CENTS = 9_999_999_999;
const MOST_TOTAL_CENTS = 999_999_999_999;
const MOST_BATCH_ENTRIES = 999_999;
const RECORD = 94;
const BLOCK = 10;
const CREDITS_ONLY = '220';
const CREDIT = { checking: '22', savings: '32' } as const;
/** Standard entry class: a batch of credits to people, one of credits to companies. */
const CLASS = { person: 'PPD', company: 'CCD' } as const;

/** Why an entry cannot be paid through ACH; nothing when it can. */
export function nachaObstacle(entry: NachaEntry): string | undefined {
  const { itemId, amountCents, accountHolder, routingNumber, accountNumber } = entry;
  if (!Number.isSafeInteger(amountCents) || amountCents <= 0) return `it pays ${amountCents}`;
  if (amountCents > MOST_ENTRY_CENTS) return 'it pays more than 99,999,999.99';
  if (!routingNumberChecks(routingNumber)) return 'its routing number does not hold';
  if (!/^[A-Za-z0-9-]{1,17}$/.test(accountNumber)) return 'its account number has more than 17 characters, or others';
  if (!/^[\x21-\x7e]{1,64}$/.test(itemId)) return 'its id is no plain text';
  if (transliterate(accountHolder) === undefined) return 'the account holder’s name has letters that ACH cannot carry';
  return undefined;
}

/**
 * A NACHA file of credits: a PPD batch for people, a CCD batch for companies, none empty. The same entries give the same bytes, whatever
 * their order.
 *
 * Every record has 94 characters, every block ten records, the last one filled with nines. An entry's identification is the end of its
 * item's id; the trace number is what the bank names an entry by.
 *
 * @throws RangeError when there is nothing to pay, an item stands twice, an entry has an obstacle, a date is none, or a total does not
 * fit its field.
 */
export function nachaFile(
  origination: NachaOrigination,
  { createdOn, createdAt, effectiveOn }: NachaDates,
  entries: readonly NachaEntry[],
): NachaFile {
  if (entries.length === 0) throw new RangeError('a NACHA file pays somebody');
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(createdAt)) throw new RangeError(`${createdAt} is no time of day`);
  const created = yymmdd(createdOn);
  const effective = yymmdd(effectiveOn);
  const odfi = origination.odfi.slice(0, 8);
  const ordered = [...entries].sort((a, b) => (a.itemId < b.itemId ? -1 : 1));

  const records = [
    `101${left(` ${origination.immediateDestination}`, 10)}${origination.immediateOrigin.padStart(10)}${created}${createdAt.replace(':', '')}` +
      `${origination.fileIdModifier}094101${left(origination.immediateDestinationName, 23)}${left(origination.immediateOriginName, 23)}${' '.repeat(8)}`,
  ];
  const traces = new Map<string, string>();
  let batches = 0;
  let hash = 0;
  let totalCents = 0;
  for (const kind of ['person', 'company'] as const) {
    const own = ordered.filter(({ holderKind }) => holderKind === kind);
    if (own.length === 0) continue;
    if (own.length > MOST_BATCH_ENTRIES) throw new RangeError(`${own.length} entries do not fit a batch`);
    batches += 1;
    const batch = digits(batches, 7);
    let batchHash = 0;
    let batchCents = 0;
    records.push(
      `5${CREDITS_ONLY}${left(origination.companyName, 16)}${' '.repeat(20)}${left(origination.companyId, 10)}${CLASS[kind]}` +
        `${left(origination.entryDescription, 10)}${created}${effective}${' '.repeat(3)}1${odfi}${batch}`,
    );
    for (const entry of own) {
      const obstacle = nachaObstacle(entry);
      if (obstacle !== undefined)
        throw new RangeError(`item ${entry.itemId} cannot be paid by NACHA file: ${obstacle}`);
      if (traces.has(entry.itemId)) throw new RangeError(`item ${entry.itemId} stands twice`);
      const trace = odfi + digits(traces.size + 1, 7);
      traces.set(entry.itemId, trace);
      batchHash += Number(entry.routingNumber.slice(0, 8));
      batchCents += entry.amountCents;
      records.push(
        `6${CREDIT[entry.accountType]}${entry.routingNumber}${left(entry.accountNumber, 17)}${digits(entry.amountCents, 10)}` +
          `${left(entry.itemId.slice(-15), 15)}${left(transliterate(entry.accountHolder)!, 22)}  0${trace}`,
      );
    }
    if (batchCents > MOST_TOTAL_CENTS) throw new RangeError(`${batchCents} cents do not fit a batch`);
    records.push(
      `8${CREDITS_ONLY}${digits(own.length, 6)}${lowTen(batchHash)}${digits(0, 12)}${digits(batchCents, 12)}` +
        `${left(origination.companyId, 10)}${' '.repeat(25)}${odfi}${batch}`,
    );
    hash += batchHash;
    totalCents += batchCents;
  }
  if (totalCents > MOST_TOTAL_CENTS) throw new RangeError(`${totalCents} cents do not fit a file`);
  const blocks = Math.ceil((records.length + 1) / BLOCK);
  records.push(
    `9${digits(batches, 6)}${digits(blocks, 6)}${digits(entries.length, 8)}${lowTen(hash)}${digits(0, 12)}${digits(totalCents, 12)}${' '.repeat(39)}`,
  );
  while (records.length < blocks * BLOCK) records.push('9'.repeat(RECORD));
  const misshapen = records.find(({ length }) => length !== RECORD);
  if (misshapen !== undefined) throw new RangeError(`a record has ${misshapen.length} characters`);
  const text = `${records.join('\n')}\n`;
  return { text, hash: sha256(text), itemCount: entries.length, totalCents, traces };
}

const left = (text: string, width: number) => text.slice(0, width).padEnd(width);
const digits = (value: number, width: number) => String(value).padStart(width, '0');
const lowTen = (hash: number) => digits(hash % 10_000_000_000, 10);

function yymmdd(day: Day): string {
  if (!/^20\d\d-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))) throw new RangeError(`${day} is no day`);
  return day.slice(2).replaceAll('-', '');
}
