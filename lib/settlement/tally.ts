import type { AccrualLine } from '../ledger/journal.ts';

/** A conversion as it is named in reports: program, event type, order. */
export interface ConversionName {
  readonly programId: string;
  readonly eventType: string;
  readonly orderId: string;
}

export interface Exception extends ConversionName {
  readonly why: string;
}

/** What a shard of settlement came to; a dry run says what it would come to. */
export interface SettlementTally {
  /** Conversions looked at. */
  readonly conversions: number;
  /** Conversions for which money moved, and the journals that move it. */
  readonly posted: number;
  readonly journals: number;
  /** By currency: earned is new money, takenBack what returns and corrections took. */
  readonly cents: Readonly<Record<string, { readonly earned: number; readonly takenBack: number }>>;
  /** Settled without a credit, by reason. */
  readonly unattributed: Readonly<Record<string, number>>;
  /** Set aside because the rules could not compute them; they carry the reason and are taken up again by a recomputation. */
  readonly parked: number;
  /** Left open because others kept changing the same rows; the next run takes them up. */
  readonly leftOpen: number;
  /** The first of those parked and left open. */
  readonly exceptions: readonly Exception[];
  /** Folder of a dry run's reports in the documents bucket, one line a conversion. */
  readonly report?: string;
}

export const NOTHING_SETTLED: SettlementTally = {
  conversions: 0,
  posted: 0,
  journals: 0,
  cents: {},
  unattributed: {},
  parked: 0,
  leftOpen: 0,
  exceptions: [],
};

/** An execution's output holds every shard's tally in 256 KB. */
const MOST_EXCEPTIONS = 3;

/** Both tallies as one. */
export function addTallies(a: SettlementTally, b: Partial<SettlementTally>): SettlementTally {
  return {
    conversions: a.conversions + (b.conversions ?? 0),
    posted: a.posted + (b.posted ?? 0),
    journals: a.journals + (b.journals ?? 0),
    cents: merge(a.cents, b.cents ?? {}, (x, y) => ({
      earned: x.earned + y.earned,
      takenBack: x.takenBack + y.takenBack,
    })),
    unattributed: merge(a.unattributed, b.unattributed ?? {}, (x, y) => x + y),
    parked: a.parked + (b.parked ?? 0),
    leftOpen: a.leftOpen + (b.leftOpen ?? 0),
    exceptions: [...a.exceptions, ...(b.exceptions ?? [])].slice(0, MOST_EXCEPTIONS),
    ...((b.report ?? a.report) && { report: b.report ?? a.report }),
  };
}

/** What lines move, as it stands in a tally. */
export function centsOf(currency: string, lines: Iterable<AccrualLine>): SettlementTally['cents'] {
  let earned = 0;
  let takenBack = 0;
  for (const { cents } of lines) {
    if (cents > 0) earned += cents;
    else takenBack -= cents;
  }
  return earned === 0 && takenBack === 0 ? {} : { [currency]: { earned, takenBack } };
}

function merge<Value>(
  a: Readonly<Record<string, Value>>,
  b: Readonly<Record<string, Value>>,
  plus: (x: Value, y: Value) => Value,
): Record<string, Value> {
  const sum: Record<string, Value> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = name in sum ? plus(sum[name]!, value) : value;
  return sum;
}
