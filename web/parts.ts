import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { instant } from '../lib/time.ts';

/** A piece of a page; what is put into it is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A moment: the time of day for today's, with the date for others, always in UTC; the whole of it on hover. */
export function when(epochMs: number | undefined, nowMs: number): Html {
  if (epochMs === undefined) return html`<span class="quiet">–</span>`;
  const full = instant(epochMs);
  const sameDay = full.slice(0, 10) === instant(nowMs).slice(0, 10);
  const short = sameDay ? full.slice(11, 19) : `${full.slice(0, 10)} ${full.slice(11, 16)}`;
  return html`<time datetime="${full}" title="${full}">${short}</time>`;
}

/** `840 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

/** A figure that recedes when it is nought. */
export function quietZero(value: number): Html {
  return value === 0 ? html`<span class="quiet">0</span>` : html`${count(value)}`;
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

const TONES: Readonly<Record<string, string>> = {
  RUNNING: 'busy',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  TIMED_OUT: 'bad',
  ABORTED: 'warn',
  drafting: 'busy',
  'awaiting-approval': 'warn',
  approved: 'busy',
  paying: 'busy',
  paid: 'good',
  rejected: 'bad',
  sent: 'busy',
  settled: 'good',
  failed: 'bad',
  released: 'warn',
  returned: 'bad',
  severe: 'bad',
  notable: 'warn',
};

/** A status by its word and colour. */
export function badge(status: string): Html {
  return html`<span class="badge ${TONES[status] ?? ''}">${status.toLowerCase().replace(/[_-]/g, ' ')}</span>`;
}

/** JSON text indented, other text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export interface Column {
  readonly title: string;
  /** `num` aligns to the right; `wide` takes what room is left and wraps; `name` is what people call themselves, and wraps; `mono` is for ids. */
  readonly kind?: 'num' | 'wide' | 'name' | 'mono';
}

/** A table, or a sentence when it would have no rows. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (Html | string | number)[])[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="quiet">${empty}</p>`;
  const cell = (value: Html | string | number, index: number) =>
    html`<td class="${columns[index]?.kind ?? ''}">${value}</td>`;
  return html`<div class="scroll"><table>
    <thead><tr>${columns.map(({ title, kind }) => html`<th class="${kind ?? ''}">${title}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
  </table></div>`;
}

export const PAGE_SIZE = 50;

/** The page asked for, from 1, and where its rows begin. */
export function pageOf(query: string | undefined): { readonly page: number; readonly offset: number } {
  const page = Math.min(Math.max(Math.trunc(Number(query ?? 1)) || 1, 1), 100_000);
  return { page, offset: (page - 1) * PAGE_SIZE };
}

/** Links to the newer and the older page; nothing when all fits on one. */
export function pager(address: string, page: number, more: boolean): Html {
  if (page === 1 && !more) return html``;
  const link = (to: number) => `${address}${address.includes('?') ? '&' : '?'}page=${to}`;
  return html`<nav class="pager" aria-label="Pages">
    ${page > 1 ? html`<a href="${link(page - 1)}" rel="prev">← Newer</a>` : html`<span></span>`}
    <span class="quiet">Page ${page}</span>
    ${more ? html`<a href="${link(page + 1)}" rel="next">Older →</a>` : html`<span></span>`}
  </nav>`;
}

/** Text as it was written, in a box that scrolls. */
export function code(text: string): Html {
  return html`<pre>${text}</pre>`;
}

/** A link to a path made of parts that may hold anything. */
export function path(...parts: readonly string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

export const nothing: Html = raw('');
