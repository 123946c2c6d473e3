import { html, raw } from 'hono/html';
import type { Account, Balances } from '../ledger/journal.ts';
import { decimal, format } from '../money.ts';
import { SECTIONS, type Statement, type StatementLine, type StatementSection } from '../payouts/statement.ts';
import { SUB_NAMES, type SubIds } from '../tracking/sub-ids.ts';
import { STATEMENT_STYLE } from './statement-style.ts';

/** Anything `html` made: escaped already. Nothing here is asynchronous, so it is text. */
type Markup = ReturnType<typeof html>;

/**
 * A statement as a page a partner can read, unfold and print: one file, no script, nothing fetched. Every text in it is escaped, and the
 * same statement always gives the same bytes.
 */
export function statementHtml(statement: Statement): string {
  const { number, programName, partnerName, period, currency, timeZone, sections } = statement;
  const counted = sections.filter(({ id }) => SECTIONS[id].sign !== 0);
  const inside = sections.filter(({ id }) => SECTIONS[id].sign === 0);
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>Statement ${number}, ${programName}</title>
<style>${raw(STATEMENT_STYLE)}</style>
</head>
<body>
<main>
<header>
<div>
<p class="program">${programName}</p>
<h1>${partnerName}</h1>
</div>
<dl class="facts">
<dt>Statement</dt><dd>${number}</dd>
<dt>Period</dt><dd>${periodWords(period)}</dd>
<dt>Amounts in</dt><dd>${currency}</dd>
</dl>
</header>
<p class="lede">${lede(statement)}</p>
${equation(statement, counted)}
${places(statement)}
${counted.map((section) => sectionMarkup(section, currency))}
${inside.map((section) => sectionMarkup(section, currency))}
<footer>
<p>Opening balance and movements add up to the closing balance, and the closing balance opens the next statement.
Days are counted in ${timeZone}; the times in explanations are UTC. Commission is counted on the price after discounts and
returns, without tax and shipping.</p>
<p class="seal">${seal(statement)}</p>
</footer>
</main>
</body>
</html>
`);
}

/** The statement in a sentence. */
function lede(statement: Statement): Markup {
  const { openingCents, closingCents, closing, currency, sections } = statement;
  const totalOf = (wanted: StatementSection['id']) => sections.find(({ id }) => id === wanted)?.totalCents ?? 0;
  const [paid, withheld, adjusted] = [totalOf('paid'), totalOf('withheld'), totalOf('adjusted')];
  const earned = closingCents - openingCents + paid + withheld - totalOf('bounced') - adjusted;
  const money = (cents: number) => format(cents, currency);
  const first = earned >= 0 ? `You earned ${money(earned)}` : `Returns took back ${money(-earned)}`;
  const kept = withheld > 0 ? ` after ${money(withheld)} of tax was withheld` : '';
  const second = paid > 0 ? ` and were paid ${money(paid)}${kept}` : '';
  const byHand =
    adjusted === 0 ? '' : ` By hand ${money(Math.abs(adjusted))} was ${adjusted > 0 ? 'added' : 'taken back'}.`;
  const third = standing(closingCents, closing, money, adjusted < 0);
  return html`${first}${second} in this period.${byHand} ${third}`;
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

const WORDS: Partial<Record<StatementSection['id'], string>> = {
  earned: 'earned',
  returned: 'returned',
  recomputed: 'computed again',
  adjusted: 'adjusted',
  paid: 'paid',
  withheld: 'tax withheld',
};

/** Opening ± movements = closing, as the reader would write it down. */
function equation({ openingCents, closingCents, currency }: Statement, counted: readonly StatementSection[]): Markup {
  const terms = counted.map(({ id, changeCents }) => cell(WORDS[id] ?? id, signed(changeCents, currency)));
  return html`<dl class="sum">
${cell('opening balance', plain(openingCents, currency))}
${terms}
<div class="closing"><dt>closing balance</dt><dd>${plain(closingCents, currency)}</dd></div>
</dl>`;
}

const cell = (name: string, amount: string): Markup => html`<div><dt>${name}</dt><dd>${amount}</dd></div>`;

const PLACES = [
  ['payable', 'payable now'],
  ['pending', 'on hold until it can be paid'],
  ['held', 'held for a question'],
  ['inTransit', 'on its way to you'],
  ['receivable', 'owed by you'],
] as const satisfies readonly (readonly [Account, string])[];

/** Where the closing balance lies. */
function places({ closing, currency }: Statement): Markup | '' {
  const present = PLACES.filter(([account]) => closing[account] !== 0);
  if (present.length === 0) return '';
  return html`<div class="places" aria-label="Where the closing balance lies">
<div class="bar" aria-hidden="true">${present.map(
    ([account]) => html`<span class="${account}" style="flex:${Math.abs(closing[account])}"></span>`,
  )}</div>
<ul>${present.map(([account, name]) => html`<li class="${account}"><b>${plain(closing[account], currency)}</b> ${name}</li>`)}</ul>
</div>`;
}

const NOTES: Partial<Record<StatementSection['id'], string>> = {
  returned: 'What a return takes back is what the returned items had earned you, never more.',
  recomputed: 'Orders that were counted again, because a visit or a rate was corrected; the difference is booked.',
  adjusted: 'What a person added or took back, approved by a second person; the reason stands with each.',
  released: 'Commission whose hold ended: it stays yours and moves from “on hold” to “payable now”.',
  reserved: 'Set aside for a payment that was not finished when this statement was made.',
  withheld:
    'Backup withholding (26 USC 3406): your tax number is missing here, or the IRS says that it is wrong. A valid Form W-9 ends it. The year’s Form 1099-NEC shows it in box 4.',
  'came-back': 'Payments that did not arrive; the money is payable again.',
  bounced:
    'Payments that your bank sent back after they were made; the money is payable again. Are your bank details right?',
};

function sectionMarkup({ id, title, lines, totalCents, changeCents }: StatementSection, currency: string): Markup {
  const note = NOTES[id];
  const total = SECTIONS[id].sign === 0 ? plain(totalCents, currency) : signed(changeCents, currency);
  return html`<section>
<div class="head"><h2>${title}</h2><p>${total}</p></div>
${note ? html`<p class="note">${note}</p>` : ''}
<table>
<thead><tr><th scope="col">Day</th><th scope="col">${id === 'released' ? 'Hold' : id === 'paid' ? 'Payment' : 'For'}</th><th scope="col">Amount</th></tr></thead>
<tbody>
${lines.map((line) => row(line, SECTIONS[id].sign, currency))}
</tbody>
</table>
</section>`;
}

function row({ day, title, cents, explanation, subs }: StatementLine, sign: 1 | 0 | -1, currency: string): Markup {
  const change = sign * cents;
  const amount = sign === 0 ? plain(cents, currency) : signed(change, currency);
  return html`<tr>
<td>${dayWords(day)}</td>
<td><details><summary>${title}</summary><p class="why">${explanation}${subs ? subWords(subs) : ''}</p></details></td>
<td${change < 0 && sign === 1 ? raw(' class="minus"') : ''}>${amount}</td>
</tr>`;
}

/** ` Sub-ids of the click: sub1 = summer, sub3 = banner.` */
const subWords = (subs: SubIds) =>
  ` Sub-ids of the click: ${SUB_NAMES.flatMap((name) => (subs[name] === undefined ? [] : [`${name} = ${subs[name]}`])).join(', ')}.`;

function seal({ brandId, programId, partnerId, number, journals }: Statement): string {
  const which =
    journals.first === journals.last ? `journal ${journals.first}` : `journals ${journals.first} to ${journals.last}`;
  return `${brandId} ${programId} ${partnerId} · statement ${number} · ${which} · SHA-256 of the last: ${journals.hash}`;
}

/** `1,234.50`, with a true minus. */
function plain(cents: number, currency: string): string {
  const [whole = '', rest] = decimal(Math.abs(cents), currency).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${cents < 0 ? '−' : ''}${grouped}${rest === undefined ? '' : `.${rest}`}`;
}

const signed = (cents: number, currency: string) => `${cents > 0 ? '+' : ''}${plain(cents, currency)}`;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-03-29` → `29 Mar 2026`, from a table and not from `Intl`, whose words change with its version. */
function dayWords(day: string): string {
  const [year, month, date] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

const periodWords = ({ from, to }: Statement['period']) =>
  from === to ? dayWords(from) : `${dayWords(from)} to ${dayWords(to)}`;
