import { html } from 'hono/html';
import { format } from '../../lib/money.ts';
import { nothing } from '../parts.ts';
import type { OpenedRun } from './opened-run.ts';
import { runBody, type ShownRun } from './run-body.ts';

/** What the approval page shows of a run to the person whose key asks: everything an approver must have seen, and their decision. */
export async function runPage(
  opened: OpenedRun,
  { person, from, nowMs }: Pick<ShownRun, 'from' | 'nowMs'> & { readonly person: string },
): Promise<string> {
  const { run } = opened;
  const made = run.status === 'awaiting-approval' && run.madeBy.toLowerCase() === person.toLowerCase();
  const notice = made
    ? html`<div class="notice warn">You made this run: another person must approve it. You may reject it.</div>`
    : nothing;
  const acting = () => html`<span class="quiet">as ${person}</span>`;
  const body = runBody({ ...opened, file: undefined, from, notice, typed: {}, acting, nowMs });
  return String(await html`<h1>${run.program}: ${format(run.totalCents, run.currency)}</h1>${body}`);
}
