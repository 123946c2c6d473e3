import { html } from 'hono/html';
import { format } from '../../lib/money.ts';
import { badge, count, type Html, nothing, table } from '../parts.ts';
import type { Finding, OpenedRun } from './opened-run.ts';

type Shown = Pick<OpenedRun, 'run' | 'findings' | 'names'>;

/** What looks wrong with a run, severe findings first, and how it differs from the last: what its approver must have seen. */
export function findingsBody({ run, findings, names }: Shown): Html {
  if (run.status === 'drafting') return nothing;
  const { findings: counts, difference } = run;
  const checked = counts ? count(counts.severe + counts.notable) : 'not checked';
  const columns = [
    { title: '' },
    { title: 'Whom', kind: 'name' },
    { title: 'What looks wrong', kind: 'wide' },
  ] as const;
  const rows = findings.items.map((finding) => [
    badge(finding.severity),
    whom(finding, names),
    html`<span title="${finding.kind}">${finding.words}</span>`,
  ]);
  const none = counts
    ? 'Nothing: every line has its conversion and the rate of its day, and nobody is missing or paid far more than usual.'
    : 'The run was drafted before runs were checked.';
  return html`
    <h2>What looks wrong <small>${checked}</small></h2>
    ${table(columns, rows, none)}
    ${findings.nextCursor === undefined ? nothing : html`<p class="quiet">More are in the answer of <code>GET /v1/payouts/${run.runId}/findings</code>.</p>`}
    ${difference && difference.payees.length > 0 ? differenceTable(run.currency, difference, names) : nothing}`;
}

function whom({ partnerIds }: Finding, names: Shown['names']): Html {
  const shown = partnerIds.slice(0, 4).map((id) => html`<div title="${id}">${names.get(id) ?? id}</div>`);
  const more = partnerIds.length - shown.length;
  return html`${shown}${more > 0 ? html`<div class="quiet">and ${count(more)} more</div>` : nothing}`;
}

function differenceTable(
  currency: string,
  { asOf, payees }: NonNullable<Shown['run']['difference']>,
  names: Shown['names'],
): Html {
  const columns = [
    { title: 'Partner', kind: 'name' },
    { title: 'Last run', kind: 'num' },
    { title: 'This run', kind: 'num' },
    { title: 'Difference', kind: 'num' },
  ] as const;
  const rows = payees.map(({ partnerId, cents, previousCents, withheldCents = 0, previousWithheldCents = 0 }) => [
    html`<span title="${partnerId}">${names.get(partnerId) ?? partnerId}</span>`,
    beforeTax(previousCents, previousWithheldCents, currency),
    beforeTax(cents, withheldCents, currency),
    signed(cents + withheldCents - previousCents - previousWithheldCents, currency),
  ]);
  return html`<h2>What differs most from the run of ${asOf.slice(0, 10)}</h2>${table(columns, rows, '')}`;
}

/** A payment before tax, and below it what of it goes out when tax is withheld. */
function beforeTax(cents: number, withheldCents: number, currency: string): Html {
  if (cents + withheldCents === 0) return html`<span class="quiet">not paid</span>`;
  const gross = html`${format(cents + withheldCents, currency)}`;
  if (withheldCents === 0) return gross;
  return html`${gross}<div class="quiet">${format(cents, currency)} after tax</div>`;
}

function signed(cents: number, currency: string): string {
  if (cents === 0) return 'tax alone';
  return `${cents > 0 ? '+' : '−'}${format(Math.abs(cents), currency)}`;
}

/** A box for each severe finding, to be ticked by whoever approves all the same. */
export function acknowledgements(findings: readonly Finding[], names: Shown['names'], ticked: readonly string[]): Html {
  // What changed since the draft cannot be approved all the same.
  const severe = findings.filter(({ severity, kind }) => severity === 'severe' && kind !== 'changed-since');
  if (severe.length === 0) return nothing;
  return html`<p>I have seen, and approve all the same:</p>
    ${severe.map(
      ({ findingId, words, partnerIds: [first = ''] }) =>
        html`<p><label class="tick"><input type="checkbox" name="acknowledge" value="${findingId}" required ${ticked.includes(findingId) ? 'checked' : ''}> ${names.get(first) ?? first}: ${words}</label></p>`,
    )}`;
}
