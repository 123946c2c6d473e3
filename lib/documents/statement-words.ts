import type { Account, Balances } from '../ledger/journal.ts';
import { decimal, format } from '../money.ts';
import { SECTIONS, type Statement, type StatementLine, type StatementSection } from '../payouts/statement.ts';
import { SUB_NAMES } from '../tracking/sub-ids.ts';

/** What a statement says beside its figures, the same in every form it is issued in. */

/** The statement in two sentences. */
export function lede(statement: Statement): string {
  const { openingCents, closingCents, closing, currency, sections } = statement;
  const totalOf = (wanted: StatementSection['id']) => sections.find(({ id }) => id === wanted)?.totalCents ?? 0;
  const [paid, withheld, adjusted] = [totalOf('paid'), totalOf('withheld'), totalOf('adjusted')];
  const exchanged = totalOf('exchanged');
  const bounced = totalOf('bounced');
  const earned = closingCents - openingCents + paid + withheld - bounced - adjusted - exchanged;
  const money = (cents: number) => format(cents, currency);
  const own = earned >= 0 ? `You earned ${money(earned)}` : `Returns took back ${money(-earned)}`;
  const abroad = earned === 0 && exchanged > 0;
  const first = abroad ? `You got ${money(exchanged)} for what you earned in the program’s currency` : own;
  const taxes = sections.find(({ id }) => id === 'withheld')?.lines ?? [];
  const keptCents = taxes.reduce((sum, { cents }) => sum + Math.max(cents, 0), 0);
  const kept = keptCents > 0 ? ` after ${money(keptCents)} of tax was withheld` : '';
  const second = paid > 0 ? ` and were paid ${money(paid)}${kept}` : '';
  const byHand =
    adjusted === 0 ? '' : ` By hand ${money(Math.abs(adjusted))} was ${adjusted > 0 ? 'added' : 'taken back'}.`;
  const gone = exchanged < 0 ? ` ${money(-exchanged)} was exchanged into the currency you are paid in.` : '';
  const tax = keptCents > withheld ? `, and ${money(keptCents - withheld)} of tax with it` : '';
  const back = bounced > 0 ? ` ${money(bounced)} that was paid was returned${tax}.` : '';
  return `${first}${second} in this period.${back}${byHand}${gone} ${standing(closingCents, closing, money, adjusted < 0)}`;
}

/** Where that leaves the partner. */
function standing(
  closingCents: number,
  { pending, payable }: Balances,
  money: (cents: number) => string,
  takenByHand: boolean,
): string {
  if (closingCents < 0 && takenByHand)
    return `${money(-closingCents)} is owed by you; what you earn next repays it first.`;
  if (closingCents < 0)
    return `Returns after a payment left ${money(-closingCents)} owed; what you earn next repays it first.`;
  if (closingCents === 0) return 'Nothing is left unpaid.';
  if (pending === 0) return `${money(closingCents)} stand to your credit.`;
  if (pending === closingCents)
    return `${money(closingCents)} stand to your credit and can be paid once their hold is over.`;
  return `${money(closingCents)} stand to your credit; ${money(pending)} of it can be paid once the hold is over${payable > 0 ? `, ${money(payable)} now` : ''}.`;
}

/** Terms of the equation from opening to closing balance. */
export const TERMS: Partial<Record<StatementSection['id'], string>> = {
  earned: 'earned',
  returned: 'returned',
  recomputed: 'computed again',
  adjusted: 'adjusted',
  exchanged: 'exchanged',
  paid: 'paid',
  withheld: 'tax withheld',
  bounced: 'payments returned',
};

/** Where a balance may lie. */
export const PLACES = [
  ['payable', 'payable now'],
  ['pending', 'on hold until it can be paid'],
  ['held', 'held for a question'],
  ['inTransit', 'on its way to you'],
  ['receivable', 'owed by you'],
] as const satisfies readonly (readonly [Account, string])[];

/** What a section's reader may ask. */
export const NOTES: Partial<Record<StatementSection['id'], string>> = {
  returned: 'What a return takes back is what the returned items had earned you, never more.',
  recomputed: 'Orders that were counted again, because a visit or a rate was corrected; the difference is booked.',
  adjusted: 'What a person added or took back, approved by a second person; the reason stands with each.',
  exchanged:
    'You are paid in another currency than the program’s. A statement in the other currency tells the other side of each line.',
  released: 'Commission whose hold ended: it stays yours and moves from “on hold” to “payable now”.',
  reserved: 'Set aside for a payment that was not finished when this statement was made.',
  withheld:
    'Backup withholding (26 USC 3406): your tax number is missing here, or the IRS says that it is wrong. A valid Form W-9 ends it. The year’s Form 1099-NEC shows it in box 4.',
  'came-back': 'Payments that did not arrive; the money is payable again.',
  bounced:
    'Payments that were sent back after they were made; the money is payable again. Are the details you are paid by right?',
};

/** What the second column of a section's lines names. */
export const subjectOf = (id: StatementSection['id']): string =>
  id === 'released' ? 'Hold' : id === 'paid' ? 'Payment' : 'For';

/** What a section adds up to. */
export const sectionTotal = ({ id, totalCents, changeCents }: StatementSection, currency: string): string =>
  SECTIONS[id].sign === 0 ? plain(totalCents, currency) : signed(changeCents, currency);

/** What a line adds to the unpaid balance, or what it moves inside it. */
export function lineAmount({ cents }: StatementLine, id: StatementSection['id'], currency: string): string {
  const { sign } = SECTIONS[id];
  return sign === 0 ? plain(cents, currency) : signed(sign * cents, currency);
}

/** Why a line has its amount, with the sub-ids of its click: `… Sub-ids of the click: sub1 = summer, sub3 = banner.` */
export function explained({ explanation, subs }: StatementLine): string {
  if (!subs) return explanation;
  const named = SUB_NAMES.flatMap((name) => (subs[name] === undefined ? [] : [`${name} = ${subs[name]}`]));
  return `${explanation} Sub-ids of the click: ${named.join(', ')}.`;
}

/** How the figures of every statement are to be read. */
export const readingNote = ({ timeZone }: Statement): string =>
  `Opening balance and movements add up to the closing balance, and the closing balance opens the next statement.
Days are counted in ${timeZone}; the times in explanations are UTC. Commission is counted on the price after discounts and
returns, without tax and shipping.`;

/** What the statement was made from: enough to make it again. */
export function seal({ brandId, programId, partnerId, number, journals }: Statement): string {
  const which =
    journals.first === journals.last ? `journal ${journals.first}` : `journals ${journals.first} to ${journals.last}`;
  return `${brandId} ${programId} ${partnerId} · statement ${number} · ${which} · SHA-256 of the last: ${journals.hash}`;
}

/** `1,234.50`, with a true minus. */
export function plain(cents: number, currency: string): string {
  const [whole = '', rest] = decimal(Math.abs(cents), currency).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${cents < 0 ? '−' : ''}${grouped}${rest === undefined ? '' : `.${rest}`}`;
}

/** The same with its sign, for what is added. */
export const signed = (cents: number, currency: string) => `${cents > 0 ? '+' : ''}${plain(cents, currency)}`;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-03-29` → `29 Mar 2026`, from a table and not from `Intl`, whose words change with its version. */
export function dayWords(day: string): string {
  const [year, month, date] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** `1 Mar 2026 to 31 Mar 2026`. */
export const periodWords = ({ from, to }: Statement['period']) =>
  from === to ? dayWords(from) : `${dayWords(from)} to ${dayWords(to)}`;
