import { html } from 'hono/html';
import { format } from '../../lib/money.ts';
import { count, type Html, nothing, path } from '../parts.ts';
import { acknowledgements } from './findings.ts';
import type { Item, OpenedRun } from './opened-run.ts';

/** What was typed into a form that was refused, so that it need not be typed again. */
export interface Typed {
  readonly why?: string;
  readonly reference?: string;
  readonly acknowledge?: readonly string[];
}

/** Says in whose name a form speaks: the approver's or, of what is paid by hand, finance's. */
export type Acting = (usually: 'approver' | 'finance') => Html;

/** Most words the API takes as a reason, and as a reference. */
const WHY_LENGTH = 300;
const REFERENCE_LENGTH = 140;

/** The two answers to a run that awaits approval. The API decides who may give them: the maker may reject, and may not approve. */
export function decisionForms({ run, findings, names }: OpenedRun, typed: Typed, acting: Acting): Html {
  const { runId, fileHash, totalCents, withheldCents = 0, currency, itemCount } = run;
  const tax = withheldCents > 0 ? html`, <strong>${format(withheldCents, currency)}</strong> of tax withheld` : nothing;
  const sum = html`<strong>${format(totalCents, currency)}</strong> to <strong>${partners(itemCount)}</strong>${tax}`;
  return html`<div class="twin">
    <form class="card" method="post" action="${path('payouts', runId, 'approval')}">
      <h2>Approve</h2>
      <p>Pays what stands in the file whose hash is</p>
      <p><code class="hash">${fileHash}</code></p>
      <input type="hidden" name="hash" value="${fileHash}">
      ${acknowledgements(findings.items, names, typed.acknowledge ?? [])}
      ${lateNotice(findings.items)}
      <p class="sum">${sum}</p>
      <div class="row">${acting('approver')}<button class="main">Approve</button></div>
    </form>
    <form class="card" method="post" action="${path('payouts', runId, 'rejection')}">
      <h2>Reject</h2>
      <p>Pays nobody in this run; what it holds becomes payable again. The reason stands in the ledger and in statements.</p>
      <div class="row">
        ${acting('approver')}
        <label class="grow">Why <input name="why" value="${typed.why ?? ''}" placeholder="Two partners are under review" maxlength="${WHY_LENGTH}" required></label>
        <button>Reject</button>
      </div>
    </form>
  </div>`;
}

/** That the run was not approved for what changed since its draft; asked again, the API looks again. */
function lateNotice(findings: OpenedRun['findings']['items']): Html {
  const late = findings.filter(({ kind }) => kind === 'changed-since').length;
  if (late === 0) return nothing;
  return html`<p class="notice warn">When it was last to be approved, ${late === 1 ? 'a payment was' : `${count(late)} payments were`} no longer as drafted, see above. Unless that has changed back, only rejecting and drafting again helps.</p>`;
}

const HAND_FORM = 'by-hand';

/** An item that the brand pays itself and was told to. */
export const awaitsWord = ({ rail, status }: Pick<Item, 'rail' | 'status'>) => rail === 'external' && status === 'sent';

/**
 * What is said about items paid by hand; the buttons that say it stand in the items' rows. The Enter key presses a form's first button:
 * the hidden one, which is disabled, rather than the first item's.
 */
export function handForm(runId: string, typed: Typed, acting: Acting): Html {
  return html`<form class="row" id="${HAND_FORM}" method="post" action="${path('payouts', runId, 'items')}">
    <button disabled hidden></button>
    ${acting('finance')}
    <label>Reference, if it was paid <input name="reference" value="${typed.reference ?? ''}" placeholder="Wise 88213" maxlength="${REFERENCE_LENGTH}" size="24"></label>
    <label class="grow">Why, if it failed <input name="why" value="${typed.why ?? ''}" placeholder="The account is closed" maxlength="${WHY_LENGTH}"></label>
  </form>`;
}

/** The two buttons of an item that waits for the brand's word. */
export function handButtons({ itemId }: Item): Html {
  return html`<button form="${HAND_FORM}" name="confirm" value="${itemId}">Confirm</button> <button form="${HAND_FORM}" name="fail" value="${itemId}">Failed</button>`;
}

function partners(number: number): string {
  return number === 1 ? 'one partner' : `${count(number)} partners`;
}
