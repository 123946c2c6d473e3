import { ADJUSTED_ACCOUNTS, adjustedCents } from './adjustment.ts';
import { type Check, isInstant, movedBy, sum } from './audit-check.ts';
import { type ExchangeSeen, exchangeFaults } from './audit-exchange.ts';
import { checkUndone } from './audit-undone.ts';
import { canonical, sha256 } from './canonical.ts';
import { apply, GENESIS_HASH, hashOf, itemOf, journalIdOf, NO_BALANCES } from './chain.ts';
import { ACCOUNTS, type AccrualLine, type ChainState, type Journal } from './journal.ts';
import type { Violation } from './laws.ts';

/**
 * Checks a whole chain, from its first journal, against the laws of the ledger. An empty answer means that all of them hold.
 *
 * @param timeZone the program's; without it the day of a payment that came back is not compared with the clock.
 */
export function auditChain(journals: Iterable<Journal>, timeZone?: string): Violation[] {
  const audit = chainAudit(timeZone);
  for (const journal of journals) audit.add(journal);
  return audit.violations;
}

/** The audit of a chain whose journals are read page by page: oldest first, none left out. */
export function chainAudit(timeZone?: string): { readonly violations: Violation[]; add(journal: Journal): void } {
  const violations: Violation[] = [];
  const orders = new Map<string, AccrualLine>();
  const items = new Map<string, ItemSeen>();
  const adjusted: AdjustedSeen = { ids: new Set(), cents: 0 };
  const exchanged = new Map<string, ExchangeSeen>();
  let before: ChainState = { balances: NO_BALANCES, schedule: {}, releasedThrough: '' };
  let previous: Journal | undefined;
  return {
    violations,
    add(journal) {
      const check: Check = (law, holds, found) => {
        if (!holds) violations.push({ law, where: whereOf(journal), found: found() });
      };
      checkPlace(check, journal, previous);
      checkCause(check, journal);
      checkAdjustment(check, journal, adjusted);
      checkBalances(check, journal, before, adjusted.cents);
      checkRails(check, journal, before);
      checkLines(check, journal, orders);
      checkUndone(check, journal, before, items.get(itemOf(journal)), timeZone);
      checkItems(check, journal, items);
      for (const fault of exchangeFaults(journal, exchanged)) check('exchanged-once', false, () => fault);
      before = journal.after;
      previous = journal;
    },
  };
}

const whereOf = ({ partnerId, programId, currency, sequence }: Journal) =>
  `${programId} ${partnerId} ${currency}, journal ${sequence}`;

function checkPlace(check: Check, journal: Journal, previous: Journal | undefined): void {
  const { sequence, journalId, previousHash, hash, at } = journal;
  const expected = (previous?.sequence ?? 0) + 1;
  check('chain-unbroken', sequence === expected, () => `number ${sequence} after ${expected - 1}`);
  check(
    'chain-unbroken',
    journalId === journalIdOf(journal, sequence),
    () => `${journalId} is not the id of its place`,
  );
  check('chain-unbroken', previousHash === (previous?.hash ?? GENESIS_HASH), () => 'names another journal before it');
  check('chain-unbroken', hash === hashOf(journal), () => 'its content does not have its hash');
  if (!previous) return;
  const sameChain = (['brandId', 'programId', 'partnerId', 'currency'] as const).every(
    (part) => journal[part] === previous[part],
  );
  check('chain-unbroken', sameChain, () => `follows a journal of ${whereOf(previous)}`);
  check('time-goes-forward', at >= previous.at, () => `${at} after ${previous.at}`);
}

/** Journals that undo none. */
const GOES_ON: ReadonlySet<Journal['kind']> = new Set(['accrual', 'release', 'adjustment', 'reserve', 'settle']);

function checkCause(check: Check, { actor, cause, at, recordedAt, kind, corrects }: Journal): void {
  check('told-who-and-why', actor !== '' && cause !== '', () => `made by '${actor}' because of '${cause}'`);
  check(
    'told-who-and-why',
    isInstant(at) && isInstant(recordedAt),
    () => `reasons from '${at}', written at '${recordedAt}'`,
  );
  const undoes = kind === 'unreserve' || kind === 'bounce';
  check('told-who-and-why', !undoes || Boolean(corrects), () => 'gives money back and names no journal');
  const goesOn = GOES_ON.has(kind) && corrects !== undefined;
  check('told-who-and-why', !goesOn, () => `undoes nothing and names ${corrects}`);
}

/** Adjustments of a chain so far. What they gave and took is no order's cost, so it is left out where that must not be positive. */
interface AdjustedSeen {
  readonly ids: Set<string>;
  cents: number;
}

function checkAdjustment(check: Check, journal: Journal, seen: AdjustedSeen): void {
  if (journal.kind !== 'adjustment') return;
  const id = itemOf(journal);
  const elsewhere = journal.entries.filter(({ account }) => !ADJUSTED_ACCOUNTS.includes(account));
  check('adjusted-as-approved', !seen.ids.has(id), () => `${id} is posted twice`);
  check('adjusted-as-approved', elsewhere.length === 0, () => `${id} moves ${elsewhere[0]?.account}`);
  seen.ids.add(id);
  seen.cents += adjustedCents(journal);
}

function checkBalances(check: Check, journal: Journal, before: ChainState, adjusted: number): void {
  const { entries, after } = journal;
  const { balances, schedule, releasedThrough } = after;
  const total = sum(entries.map(({ cents }) => cents));
  check('sums-to-zero', total === 0, () => `sums to ${total}`);
  const expected = apply(before.balances, entries);
  for (const account of ACCOUNTS) {
    check(
      'balances-follow',
      balances[account] === expected[account],
      () => `${account} is ${balances[account]}, its entries make ${expected[account]}`,
    );
    // What was exchanged left one chain and arrived in another, so it has either sign.
    if (account === 'exchanged') continue;
    const ranged = account === 'expense' ? balances.expense + adjusted : (balances[account] ?? 0);
    const inRange = account === 'expense' || account === 'receivable' ? ranged <= 0 : ranged >= 0;
    check('balances-in-range', inRange, () => `${account} is ${ranged}`);
  }
  const all = sum(ACCOUNTS.map((account) => balances[account] ?? 0));
  check('balances-follow', all === 0, () => `all balances together are ${all}`);
  check(
    'balances-in-range',
    balances.payable === 0 || balances.receivable === 0,
    () => `payable ${balances.payable} beside receivable ${balances.receivable}`,
  );
  const waiting = sum(Object.values(schedule));
  check('schedule-is-pending', waiting === balances.pending, () => `${waiting} waits, pending is ${balances.pending}`);
  for (const [day, cents] of Object.entries(schedule)) {
    check('schedule-is-pending', cents > 0 && day > releasedThrough, () => `${cents} waits for ${day}`);
  }
  check(
    'schedule-is-pending',
    releasedThrough >= before.releasedThrough,
    () => `released through ${releasedThrough} after ${before.releasedThrough}`,
  );
}

function checkLines(check: Check, journal: Journal, orders: Map<string, AccrualLine>): void {
  const expense = sum(journal.entries.filter(({ account }) => account === 'expense').map(({ cents }) => cents));
  const moved = sum(journal.lines.map(({ cents }) => cents));
  const isExplained = moved + expense === 0 || (journal.kind === 'adjustment' && moved === 0);
  check(
    'lines-are-the-expense',
    isExplained && (journal.kind === 'accrual' || journal.lines.length === 0),
    () => `${journal.lines.length} lines make ${moved}, the expense is ${-expense}`,
  );
  for (const line of journal.lines) {
    const name = orderKey(line);
    const before = orders.get(name);
    const parts = sum(line.parts.map(({ cents }) => cents));
    check('parts-are-the-total', parts === line.totalCents, () => `${name}: parts ${parts}, total ${line.totalCents}`);
    check('never-below-zero', line.totalCents >= 0, () => `${name}: total ${line.totalCents}`);
    check(
      'line-follows-line',
      line.totalCents - line.cents === (before?.totalCents ?? 0),
      () => `${name}: ${line.cents} leads to ${line.totalCents} from ${before?.totalCents ?? 0}`,
    );
    check(
      'line-follows-line',
      before ? line.reason !== 'earned' && line.matures === before.matures : line.reason === 'earned',
      () => `${name}: ${line.reason}, matures ${line.matures}, before it ${before?.matures ?? 'nothing'}`,
    );
    orders.set(name, line);
  }
}

/** A payment as a chain has told it so far. */
interface ItemSeen {
  /** What was reserved. */
  readonly cents: number;
  /** What of it is, or is to be, withheld. */
  readonly withheld: number;
  readonly stage: 'reserved' | 'paid' | 'over';
  /** The journal that brought it there: what gives the money back undoes that one. */
  readonly by: Pick<Journal, 'journalId' | 'at'>;
}

/** Where a payment goes by each kind of journal: only from the stage before it. */
const STEPS = {
  settle: { from: 'reserved', to: 'paid', accounts: ['inTransit'] },
  unreserve: { from: 'reserved', to: 'over', accounts: ['inTransit'] },
  bounce: { from: 'paid', to: 'over', accounts: ['paid', 'withheld'] },
} as const;

function checkItems(check: Check, journal: Journal, items: Map<string, ItemSeen>): void {
  const { kind } = journal;
  const withheld = movedBy(journal, 'withheld');
  const pays = kind === 'settle' || kind === 'bounce';
  check('withheld-with-its-payment', pays || withheld === 0, () => `${kind} moves ${withheld} of tax`);
  // A kind that no code writes is told by the hash; here it moves no payment.
  if (kind !== 'reserve' && !(kind in STEPS)) return;
  const item = itemOf(journal);
  const known = items.get(item);
  if (kind === 'reserve') {
    check('paid-at-most-once', !known, () => `${item} is reserved twice`);
    const [cents, withheld] = [movedBy(journal, 'inTransit'), journal.withholds ?? 0];
    items.set(item, { cents, withheld, stage: 'reserved', by: journal });
    return;
  }
  const { from, to, accounts } = STEPS[kind as keyof typeof STEPS];
  const moved = sum(accounts.map((account) => movedBy(journal, account)));
  check('paid-at-most-once', known?.stage === from, () => `${kind} of ${item}, which is ${known?.stage ?? 'unknown'}`);
  check('paid-at-most-once', known?.cents === -moved, () => `${kind} of ${-moved}, reserved ${known?.cents ?? 0}`);
  const tax = known?.withheld ?? 0;
  const told = { settle: withheld, unreserve: journal.withholds ?? 0, bounce: -withheld }[kind as keyof typeof STEPS];
  check(
    'withheld-with-its-payment',
    told === tax,
    () => `${kind} of ${item} with ${told} of tax, reserved with ${tax}`,
  );
  items.set(item, { cents: known?.cents ?? 0, withheld: tax, stage: to, by: journal });
}

/** What each rail paid grows by a payment and shrinks by its return, for one rail at a time, and else stays. Old payments name no rail. */
function checkRails(check: Check, journal: Journal, { paidBy: before = {} }: ChainState): void {
  const { paidBy: after = {} } = journal.after;
  const rails = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = rails.map((rail) => (after[rail] ?? 0) - (before[rail] ?? 0)).filter((cents) => cents !== 0);
  const pays = journal.kind === 'settle' || journal.kind === 'bounce';
  const paid = pays ? movedBy(journal, 'paid') + movedBy(journal, 'withheld') : 0;
  const follows = changes.length === 0 || (changes.length === 1 && changes[0] === paid);
  check('balances-follow', follows, () => `rails paid ${changes.join(' and ')}, the journal ${paid}`);
}

const orderKey = ({ eventType, orderId }: Pick<AccrualLine, 'eventType' | 'orderId'>) => `${eventType} ${orderId}`;

/**
 * One hash of what money stands where: balances and waiting amounts of every chain, whatever the order of the heads. Two ledgers that
 * came to the same state by other batches or other retries have the same hash; each chain's own hash tells its history apart.
 */
export function ledgerHash(heads: readonly Journal[]): string {
  const chains = heads.map(({ brandId, programId, partnerId, currency, after }) =>
    canonical([brandId, programId, partnerId, currency, after.balances, after.schedule]),
  );
  return sha256(chains.sort().join('\n'));
}
