import { html, raw } from 'hono/html';
import { SECTIONS, type Statement, type StatementLine, type StatementSection } from '../payouts/statement.ts';
import { STATEMENT_STYLE } from './statement-style.ts';
import {
  dayWords,
  explained,
  lede,
  lineAmount,
  NOTES,
  PLACES,
  periodWords,
  plain,
  readingNote,
  seal,
  sectionTotal,
  signed,
  subjectOf,
  TERMS,
} from './statement-words.ts';

/** Anything `html` made: escaped already. Nothing here is asynchronous, so it is text. */
type Markup = ReturnType<typeof html>;

/**
 * A statement as a page a partner can read, unfold and print: one file, no script, nothing fetched. Every text in it is escaped, and the
 * same statement always gives the same bytes.
 */
export function statementHtml(statement: Statement): string {
  const { number, programName, partnerName, period, currency, sections } = statement;
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
<p>${readingNote(statement)}</p>
<p class="seal">${seal(statement)}</p>
</footer>
</main>
</body>
</html>
`);
}

/** Opening ± movements = closing, as the reader would write it down. */
function equation({ openingCents, closingCents, currency }: Statement, counted: readonly StatementSection[]): Markup {
  const terms = counted.map(({ id, changeCents }) => cell(TERMS[id] ?? id, signed(changeCents, currency)));
  return html`<dl class="sum">
${cell('opening balance', plain(openingCents, currency))}
${terms}
<div class="closing"><dt>closing balance</dt><dd>${plain(closingCents, currency)}</dd></div>
</dl>`;
}

const cell = (name: string, amount: string): Markup => html`<div><dt>${name}</dt><dd>${amount}</dd></div>`;

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

function sectionMarkup(section: StatementSection, currency: string): Markup {
  const { id, title, lines } = section;
  const note = NOTES[id];
  return html`<section>
<div class="head"><h2>${title}</h2><p>${sectionTotal(section, currency)}</p></div>
${note ? html`<p class="note">${note}</p>` : ''}
<table>
<thead><tr><th scope="col">Day</th><th scope="col">${subjectOf(id)}</th><th scope="col">Amount</th></tr></thead>
<tbody>
${lines.map((line) => row(line, id, currency))}
</tbody>
</table>
</section>`;
}

function row(line: StatementLine, id: StatementSection['id'], currency: string): Markup {
  const { day, title, cents } = line;
  const takes = SECTIONS[id].sign === 1 && cents < 0;
  return html`<tr>
<td>${dayWords(day)}</td>
<td><details><summary>${title}</summary><p class="why">${explained(line)}</p></details></td>
<td${takes ? raw(' class="minus"') : ''}>${lineAmount(line, id, currency)}</td>
</tr>`;
}
