import type { Because } from '../attribution/because.ts';
import type { TouchKind } from '../attribution/journey.ts';
import type { Day } from '../calendar.ts';
import type { Instant } from '../time.ts';
import type { LineFlag } from '../tracking/flags.ts';
import type { SubIds } from '../tracking/sub-ids.ts';

/**
 * A partner's money in one program and currency is a numbered chain of journals. Each journal sums to zero, names its cause, carries the
 * balances after it and the hash of the journal before it; nothing is ever changed or deleted, a correction is a later journal.
 */
export interface LedgerKey {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly currency: string;
}

/**
 * Accounts of a chain. Liabilities to the partner are positive, what the partner owes (`receivable`) is negative or zero, and the brand's
 * `expense` is minus all that was ever earned. `withheld` is tax kept back from payments, owed to the tax authority and no more to the partner.
 * `exchanged` is what left for the partner's chain in another currency, or, negative, what came from there:
 * `expense + pending + held + payable + inTransit + paid + withheld + exchanged + receivable = 0`.
 */
export const ACCOUNTS = [
  'expense',
  'pending',
  'held',
  'payable',
  'inTransit',
  'paid',
  'withheld',
  'exchanged',
  'receivable',
] as const;
export type Account = (typeof ACCOUNTS)[number];
/** Accounts that most chains never use. */
export const RARE_ACCOUNTS = ['withheld', 'exchanged'] as const satisfies readonly Account[];
export type RareAccount = (typeof RARE_ACCOUNTS)[number];
export const isRare = (account: Account): account is RareAccount =>
  (RARE_ACCOUNTS as readonly Account[]).includes(account);
/** Cents by account. A rare one is left out while it is zero, so chains that never used it are, and hash, as before there was one. */
export type Balances = Readonly<Record<Exclude<Account, RareAccount>, number>> & {
  readonly [Rare in RareAccount]?: number | undefined;
};

export interface Entry {
  readonly account: Account;
  readonly cents: number;
}

/** One priced part of an accrual: which rule, on what base. */
export interface PricedPart {
  readonly rule: string;
  readonly label: string;
  readonly rateBps?: number;
  readonly flatCents?: number;
  /** Units of the order that the rule prices, before the partner's credit. */
  readonly units?: number;
  /** The partner's share of the commissionable amount of these items. */
  readonly baseCents: number;
  readonly cents: number;
  /** What beside rate and base made the amount: the tier and its volume, a cap, a pinned rate, who was recruited. Words for people. */
  readonly why?: string;
  /** A bonus: its base is that of the rules once more. */
  readonly onTop?: true;
}

/** Why an accrual has its amount; everything `explain` needs, and nothing that can change later. */
export interface AccrualLine {
  readonly eventType: string;
  readonly orderId: string;
  readonly occurredAt: Instant;
  /** What this line moves: the desired total less what was posted before. */
  readonly cents: number;
  /** What the conversion has earned the partner in all, after this line. */
  readonly totalCents: number;
  readonly reason: 'earned' | 'returned' | 'cancelled' | 'recomputed';
  readonly model: string;
  readonly policyVersion: number;
  readonly planVersion: number;
  readonly creditBps: number;
  readonly position: number;
  readonly touches: number;
  readonly touchAt?: Instant;
  /** What the touch was, unless it was a click. */
  readonly touchKind?: Exclude<TouchKind, 'click'>;
  /** The rules of the policy that led to the credit; absent when none but the model had a say. */
  readonly because?: readonly Because[];
  /** Commissionable amount of the order now, all partners together. */
  readonly commissionableCents: number;
  readonly parts: readonly PricedPart[];
  /** The part of the partner's share that no rule of the plan prices. */
  readonly unmatchedCents: number;
  /** How the order was brought to the program's currency; absent when it is in that currency. */
  readonly exchange?: {
    readonly from: string;
    readonly fromCents: number;
    readonly rateId: string;
    readonly rate: string;
  };
  /** What the order is flagged with; absent when nothing. */
  readonly flags?: readonly LineFlag[];
  /** Sub-ids of the partner's deciding click, as long as that was kept. */
  readonly subs?: SubIds;
  /** Units ordered, and how many of them came back so far. */
  readonly units: number;
  readonly returnedUnits: number;
  /** Kept from the first line of the conversion, so that a correction takes from where the money was put. */
  readonly matures: Day;
}

/** One side of an exchange: what leaves, or arrives in, a chain, and the journal that says so. */
export interface ExchangeSide {
  readonly currency: string;
  readonly cents: number;
  readonly sequence: number;
  readonly journalId: string;
}

/** Money of a partner that goes from their chain in one currency to that in another. The same in the journals of both. */
export interface Exchange {
  readonly from: ExchangeSide;
  readonly to: ExchangeSide;
  /** The brand's table of the day: `2026-03-29/1`. */
  readonly rateId: string;
  /** What the table says of the two: `1 EUR is 1.0834 USD`. */
  readonly rate: string;
}

export type JournalKind =
  | 'accrual'
  | 'release'
  | 'reserve'
  | 'settle'
  | 'unreserve'
  | 'bounce'
  | 'adjustment'
  | 'exchange';

/** State of a chain after a journal. */
export interface ChainState {
  readonly balances: Balances;
  /** Pending cents by the day they become payable; sums to `pending`. */
  readonly schedule: Readonly<Record<Day, number>>;
  /** Last day whose pending money was released; an accrual that matures no later is payable at once. */
  readonly releasedThrough: Day;
  /**
   * What was ever paid by each rail, tax withheld included, less what came back: who reports a payment goes by its rail. Payments made
   * before this was noted are in no rail; left out while no rail has any.
   */
  readonly paidBy?: Readonly<Record<string, number>>;
  /**
   * What ever came back, by the calendar year of the payment that it undid: so a year is told from a few states, however long ago it was. What
   * came back before this was noted is in no year; left out while no year has any.
   */
  readonly cameBack?: Readonly<Record<Year, CameBack>>;
}

/** A calendar year in the program's time zone: `2025`. */
type Year = string;

/** Payments of one year that came back. */
export interface CameBack {
  /** Tax withheld included. */
  readonly cents: number;
  /** Of the cents, what had been withheld; left out when nothing. */
  readonly withheld?: number;
  /** Of the cents, by rail. */
  readonly byRail: Readonly<Record<string, number>>;
}

export interface Journal extends LedgerKey {
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly journalId: string;
  readonly kind: JournalKind;
  /** As-of time of the job: never before the journal it follows. */
  readonly at: Instant;
  /** When it was written; not part of the hash, so a replay gives the same chain. */
  readonly recordedAt: Instant;
  /**
   * What made it: `settlement`, `release 2026-03-31`, a payout item id; `<item id>: <why>` where a payment did not arrive or was
   * returned, or its exchange is undone; `<adjustment id>: <reason>: <note>`.
   */
  readonly cause: string;
  readonly actor: string;
  /** The journal this one corrects or undoes. */
  readonly corrects?: string;
  /** Of what is set aside, or given back before it was paid, the tax that the payment is made without; absent when that is none. */
  readonly withholds?: number;
  /** Of a payment that came back: the day on which it had been made, in the program's time zone. It counts in that year, as if never made. */
  readonly paidOn?: Day;
  /** Of an exchange, or of the one that this journal undoes: both sides, this journal's among them. */
  readonly exchange?: Exchange;
  readonly entries: readonly Entry[];
  readonly lines: readonly AccrualLine[];
  readonly after: ChainState;
  readonly previousHash: string;
  readonly hash: string;
}
