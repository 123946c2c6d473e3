/**
 * What must hold of every ledger, always. Tests check these laws after every story and the job `audit-ledger` checks them over what is
 * stored; the sentence is what both print. Which of the twelve invariants of money each law holds, and where the job looks, is a table in
 * docs/data-model.md ("Laws"); a test holds that no law is missing in it.
 */
export const LAWS = {
  'sums-to-zero': 'Every journal sums to zero.',
  'chain-unbroken':
    'Journals of a chain are numbered without gaps, each names the hash of the one before it, and none was changed since it was posted.',
  'time-goes-forward': 'No journal of a chain is dated before the one it follows.',
  'balances-follow':
    'Each balance is the sum of its entries, all balances together are zero, and what each rail paid follows the payments.',
  'balances-in-range':
    'Pending, held, payable, in transit, paid and withheld are never negative; what a partner owes and what orders cost the brand are never positive; nobody is owed and owes at once.',
  'schedule-is-pending':
    'The amounts waiting for their day add up to pending, and none of them waits for a day already released.',
  'lines-are-the-expense':
    'An accrual moves exactly what its lines say; other journals have no lines, and of them only an adjustment moves what the brand spent.',
  'adjusted-as-approved':
    'An adjustment is posted at most once, gives to or takes from what is payable or owed, and for exactly the amount that was approved; each one that was approved is in the ledger.',
  'parts-are-the-total': 'What a conversion earns a partner is the sum of its priced parts.',
  'line-follows-line':
    'Each line of a conversion starts from the total of the line before it and keeps its day; only the first says earned.',
  'never-below-zero': 'What is taken back from a conversion never exceeds what it earned.',
  'paid-at-most-once':
    'A payment is reserved before it is settled or given back and ends only once; what was settled may be returned once; always for the amount that was reserved.',
  'withheld-with-its-payment':
    'Tax is withheld only as a payment is settled, as much as was said when its money was set aside, and given back only as that payment is returned, all of it.',
  'undone-in-its-year':
    'A payment that came back names the day on which it had been made, and is counted in that year, and in no other.',
  'exchanged-once':
    'What leaves one currency arrives in the other at the rate that both journals name, once for a payment; it goes back only as it came, both amounts, once.',
  'posted-is-the-lines':
    'What a conversion says was posted for a partner is the sum of its lines in the partner’s ledger.',
  'run-adds-up': 'A payout run’s total is the sum of its items, of its file and of what the ledgers set aside for it.',
  'credits-are-whole':
    'The shares of a conversion add up to all of it, or nobody is credited; and the partners who share it share its whole commissionable amount, to the cent.',
  'told-who-and-why':
    'Every journal names who made it, why, the time it reasons from and the time it was written; one that undoes another names it.',
  'maker-is-not-checker':
    'Who made a payout run or proposed an adjustment did not approve it, and nothing of either is paid that nobody approved.',
  'statements-join':
    'A statement opens where the one before it closed, its movements lead to its closing balance, and it can be made again byte for byte.',
  'forms-are-the-ledger':
    'Box 1 of a return is what the ledgers had paid in the year on rails that the brand reports, before tax, and box 4 what they had withheld, when it was filed; whoever was paid has figures.',
  'forms-add-up':
    'The sums of a tax year are those of its payees: filed, changed, due, blocked and not due are all that was paid, and the figure for Form 945 is all that was withheld.',
  'due-by-the-sum':
    'Whether a return is due at the IRS goes by what all partners with the payee’s taxpayer number were paid together, and each of them names the others.',
  'filed-once':
    'A submission never changes, a correction names the record whose place it takes, and of the returns of a payee at one destination one is in force.',
} as const;
export type Law = keyof typeof LAWS;

/** A law that does not hold, where, and what was found instead. */
export interface Violation {
  readonly law: Law;
  readonly where: string;
  readonly found: string;
}
