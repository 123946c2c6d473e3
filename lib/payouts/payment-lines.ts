import { itemOf } from '../ledger/chain.ts';
import type { AccrualLine, Entry, Journal } from '../ledger/journal.ts';

/** What a payment is made of. */
export interface PaymentLines {
  /** The lines that became payable since the payment before it, oldest first, with the journals they stand in. */
  readonly lines: readonly (AccrualLine & { readonly sequence: number })[];
  /** What was payable when the money was set aside. */
  readonly amountCents: number;
  /** What the lines, and money that came back meanwhile, make. */
  readonly explainedCents: number;
}

/**
 * The lines that a payment pays: those that matured since the payment before it was set aside, and corrections of earlier ones. What leaves
 * for another currency to be paid there is taken for a payment.
 *
 * Payments that failed, were released or came back before this one count as not made, so what they were to pay is among the lines again.
 *
 * @param chain journals without a gap; the last one sets the payment's money aside, or exchanges it.
 * @returns `undefined` when more of the chain is needed: what came before the first journal may be paid by it.
 * @throws RangeError when the last journal sets nothing aside.
 */
export function paymentLines(chain: readonly Journal[]): PaymentLines | undefined {
  const reserve = chain.at(-1);
  if (!reserve || !takesAside(reserve))
    throw new RangeError('the last journal of a payment’s chain must set its money aside');
  const whole = chain[0]!.sequence === 1;
  const before = paymentBefore(chain);
  if (before === undefined && !whole) return undefined;
  const paidThrough = before === undefined ? '' : chain[before]!.after.releasedThrough;
  const start = before === undefined ? 0 : firstPending(chain, before);
  if (start === undefined) return undefined;

  const lines: (AccrualLine & { sequence: number })[] = [];
  let explainedCents = before === undefined ? 0 : free(entriesOf(chain[before]!));
  for (let place = start; place < chain.length - 1; place += 1) {
    const { kind, lines: posted, entries, sequence } = chain[place]!;
    const since = before === undefined || place > before;
    for (const line of posted) {
      const due = line.matures <= reserve.after.releasedThrough;
      if (due && (since || line.matures > paidThrough)) lines.push({ ...line, sequence });
    }
    // Lines tell of accruals, and a release only moves what they say; all else moves money by itself.
    if (since && kind !== 'accrual' && kind !== 'release') explainedCents += free(entries);
  }
  explainedCents += lines.reduce((sum, { cents }) => sum + cents, 0);
  return { lines, amountCents: free(entriesOf(reserve)) - free(reserve.entries), explainedCents };
}

const leaves = ({ exchange, currency }: Journal) => exchange?.from.currency === currency;
const takesAside = (journal: Journal) =>
  journal.kind === 'reserve' || (journal.kind === 'exchange' && journal.corrects === undefined && leaves(journal));
const givesBack = (journal: Journal) =>
  journal.kind === 'unreserve' ||
  journal.kind === 'bounce' ||
  (journal.kind === 'exchange' && journal.corrects !== undefined && leaves(journal));

/** Place of the last payment before the chain's end that was not undone before it. */
function paymentBefore(chain: readonly Journal[]): number | undefined {
  const undone = new Set<string>();
  for (let place = chain.length - 2; place >= 0; place -= 1) {
    const journal = chain[place]!;
    if (givesBack(journal)) undone.add(itemOf(journal));
    if (takesAside(journal) && !undone.has(itemOf(journal))) return place;
  }
  return undefined;
}

/** Place of the first journal whose money may have been on hold at a payment; `undefined` when it lies before the chain's first. */
function firstPending(chain: readonly Journal[], payment: number): number | undefined {
  const paidThrough = chain[payment]!.after.releasedThrough;
  for (let place = payment; place >= 0; place -= 1) {
    if (!Object.keys(chain[place]!.after.schedule).some((day) => day > paidThrough)) return place + 1;
  }
  return chain[0]!.sequence === 1 ? 0 : undefined;
}

/** What is free to be paid, less what is owed. */
const free = (entries: readonly Entry[]) =>
  entries.reduce(
    (sum, { account, cents }) => (account === 'payable' || account === 'receivable' ? sum + cents : sum),
    0,
  );

const entriesOf = ({ after }: Journal): Entry[] => [
  { account: 'payable', cents: after.balances.payable },
  { account: 'receivable', cents: after.balances.receivable },
];
