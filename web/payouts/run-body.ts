import { html } from 'hono/html';
import { format } from '../../lib/money.ts';
import { epochMs } from '../../lib/time.ts';
import { badge, count, type Html, nothing, path, table, when } from '../parts.ts';
import { findingsBody } from './findings.ts';
import { type Acting, awaitsWord, decisionForms, handButtons, handForm, type Typed } from './forms.ts';
import type { Item, OpenedRun } from './opened-run.ts';

export interface ShownRun extends OpenedRun {
  /** Where the frozen file can be looked at. */
  readonly file: string | undefined;
  /** The cursors that the shown pages were asked with. */
  readonly from: { readonly items?: string; readonly excluded?: string };
  readonly notice: Html;
  readonly typed: Typed;
  /** In whose name the page's forms speak. */
  readonly acting: Acting;
  readonly nowMs: number;
}

type Amount = Pick<OpenedRun['run'], 'totalCents' | 'withheldCents'>;

const grossOf = ({ totalCents, withheldCents = 0 }: Amount) => totalCents + withheldCents;

/**
 * How a run's total stands to the approved run before it: `263.34 USD more than the 75.44 USD of 2026-10-01 (+349.1 %)`. Where either withholds
 * tax, what is compared is before tax, and it says so.
 */
export function difference(run: Amount & Pick<OpenedRun['run'], 'currency' | 'difference'>): string {
  const { currency, difference: previous } = run;
  if (!previous) return `the first: no run of this program was approved in ${currency} before`;
  const previousCents = grossOf(previous);
  const before = `the ${format(previousCents, currency)} of ${previous.asOf.slice(0, 10)}`;
  const cents = grossOf(run) - previousCents;
  const told = run.withheldCents || previous.withheldCents ? 'before tax, ' : '';
  if (cents === 0) return `${told}as much as ${before}`;
  const share = previousCents > 0 ? Math.round((cents / previousCents) * 1_000) / 10 : undefined;
  const percent = share === undefined ? '' : ` (${share > 0 ? '+' : ''}${share.toLocaleString('en')} %)`;
  return `${told}${format(Math.abs(cents), currency)} ${cents > 0 ? 'more' : 'less'} than ${before}${percent}`;
}

/** One run: what it comes to, the decision on it, whom it pays and whom not. */
export function runBody(shown: ShownRun): Html {
  const { run, items, excluded, names, file, from, notice, typed, acting, nowMs } = shown;
  const address = path('payouts', run.runId);
  const moment = (at: string | undefined) => (at === undefined ? nothing : html`, ${when(epochMs(at), nowMs)} UTC`);
  const more = (cursor: string | undefined, which: 'items' | 'excluded') =>
    cursor === undefined
      ? nothing
      : html`<nav class="pager"><span></span><a href="${address}?${new URLSearchParams({ ...from, [which]: cursor }).toString()}" rel="next">More →</a></nav>`;
  return html`
    ${notice}
    <dl class="facts">
      <dt>Status</dt><dd>${badge(run.status)}</dd>
      <dt>As of</dt><dd>${when(epochMs(run.asOf), nowMs)} UTC</dd>
      <dt>Total</dt><dd><strong>${format(run.totalCents, run.currency)}</strong>${run.findings ? html`, ${compared(run)}` : nothing}</dd>
      ${run.withheldCents ? html`<dt>Tax withheld</dt><dd>${format(run.withheldCents, run.currency)} beside the total, owed to the IRS; ${format(grossOf(run), run.currency)} before tax</dd>` : nothing}
      <dt>Made by</dt><dd>${run.madeBy}${moment(run.madeAt)}</dd>
      ${run.approvedBy ? html`<dt>Approved by</dt><dd>${run.approvedBy}${moment(run.approvedAt)}</dd>` : nothing}
      ${run.rejectedBy ? html`<dt>Rejected by</dt><dd>${run.rejectedBy}${moment(run.rejectedAt)}: ${run.rejectedWhy}</dd>` : nothing}
      ${run.fileKey ? html`<dt>Frozen file</dt><dd>${file ? html`<a href="${file}">${fileName(run.fileKey)}</a>` : fileName(run.fileKey)}</dd>` : nothing}
      ${run.fileHash ? html`<dt>Its SHA-256</dt><dd><code>${run.fileHash}</code></dd>` : nothing}
      <dt>Run</dt><dd><code>${run.runId}</code></dd>
    </dl>
    ${run.acknowledged ? html`<p>Approved knowing of ${count(run.acknowledged.length)} severe ${run.acknowledged.length === 1 ? 'finding' : 'findings'}.</p>` : nothing}
    ${findingsBody(shown)}
    ${run.status === 'awaiting-approval' ? html`<h2>Your decision</h2>${decisionForms(shown, typed, acting)}` : nothing}
    <h2>Paid in it <small>${count(run.itemCount)}</small></h2>
    ${items.items.some(awaitsWord) ? handForm(run.runId, typed, acting) : nothing}
    ${itemTable(items.items, names, nowMs)}
    ${more(items.nextCursor, 'items')}
    <h2>Not paid in it <small>${count(run.excludedCount)}</small></h2>
    ${excludedTable(shown)}
    ${more(excluded.nextCursor, 'excluded')}`;
}

/** The words of {@link difference}, which lead to the run before. Both are known once the run was checked. */
function compared(run: OpenedRun['run']): Html {
  const words = html`${difference(run)}`;
  return run.difference ? html`<a href="${path('payouts', run.difference.runId)}">${words}</a>` : words;
}

/** The file's own name without the brand's and the run's folder, its hash cut as it is shown beside it. */
function fileName(key: string): string {
  return (key.split('/').at(-1) ?? key).replace(/^([0-9a-f]{12})[0-9a-f]{52}/, '$1…');
}

const RAILS = {
  external: 'by hand',
  'bank-csv': 'bank file',
  nacha: 'NACHA file',
  paypal: 'PayPal',
  wise: 'Wise',
} as const;

function itemTable(items: readonly Item[], names: ReadonlyMap<string, string>, nowMs: number): Html {
  const open = items.some(awaitsWord);
  const taxed = items.some(({ withholding }) => withholding);
  const exchanged = items.some(({ exchange }) => exchange);
  const columns = [
    { title: 'Partner', kind: 'name' },
    ...(taxed
      ? ([
          { title: 'Before tax', kind: 'num' },
          { title: 'Withheld', kind: 'num' },
        ] as const)
      : []),
    ...(exchanged ? ([{ title: 'Exchanged', kind: 'num' }] as const) : []),
    { title: 'Amount', kind: 'num' },
    { title: 'Rail' },
    { title: 'Status' },
    { title: 'Since (UTC)' },
    { title: 'Remark', kind: 'wide' },
    ...(open ? [{ title: '' }] : []),
  ] as const;
  const rows = items.map((item) => [
    partner(item.partnerId, names),
    ...(taxed ? taxCells(item) : []),
    ...(exchanged ? [exchangeCell(item)] : []),
    format(item.amountCents, item.currency),
    html`<span title="${item.rail}">${RAILS[item.rail]}</span>`,
    badge(item.status),
    when(epochMs(item.updatedAt), nowMs),
    item.failure ?? item.reference ?? '',
    ...(open ? [awaitsWord(item) ? handButtons(item) : ''] : []),
  ]);
  return table(columns, rows, 'It pays nobody.');
}

/** What a payment would be without tax, and what is kept back from it. */
function taxCells({ amountCents, withholding, currency }: Item): Html[] {
  const cents = withholding?.cents ?? 0;
  const gross = html`${format(amountCents + cents, currency)}`;
  return withholding
    ? [gross, html`<span title="${withholding.words}">${format(cents, currency)}</span>`]
    : [gross, html``];
}

/** What of a payment came from the program's currency, with the rate; nothing where all of it was exchanged before. */
function exchangeCell({ exchange }: Item): Html {
  if (!exchange) return html``;
  const { from, rate, rateId } = exchange;
  return html`<span title="${rate}, rates ${rateId}">${format(from.cents, from.currency)}</span>`;
}

function excludedTable({ run, excluded, names }: ShownRun): Html {
  const columns = [
    { title: 'Partner', kind: 'name' },
    { title: 'Payable', kind: 'num' },
    { title: 'Why not', kind: 'wide' },
  ] as const;
  const rows = excluded.items.map(({ partnerId, payableCents, exchangeable, reasons }) => [
    partner(partnerId, names),
    payableIn([{ cents: payableCents, currency: run.currency }, ...(exchangeable ? [exchangeable] : [])]),
    html`${reasons.map(({ code, words }) => html`<div title="${code}">${words}</div>`)}`,
  ]);
  return table(columns, rows, 'Everybody with money is paid.');
}

function partner(partnerId: string, names: ReadonlyMap<string, string>): Html {
  return html`<span title="${partnerId}">${names.get(partnerId) ?? partnerId}</span>`;
}

/** `31.00 USD`, or of two currencies what there is. */
function payableIn(all: readonly { readonly cents: number; readonly currency: string }[]): string {
  const there = all.filter(({ cents }) => cents !== 0);
  return (there.length > 0 ? there : all.slice(0, 1))
    .map(({ cents, currency }) => format(cents, currency))
    .join(' and ');
}
