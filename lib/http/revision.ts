import { VisibleError } from '../errors.ts';
import type { Revised, Revision } from '../store/revise.ts';

/** The revision that a caller's `If-Match` names; nothing when the change applies to whatever is there. */
export function expectedRevision(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const header = headers['if-match']?.trim();
  if (!header || header === '*') return undefined;
  const digits = /^"?(\d{1,9})"?$/.exec(header)?.[1];
  if (digits !== undefined) return Number(digits);
  const field = { field: 'If-Match', message: 'must be a revision as answered before, e.g. "3"' };
  throw new VisibleError('invalid', 'invalid-fields', `If-Match: ${field.message}`, [field]);
}

/** The changed row; refuses when there is none, or when it is not the revision the caller reasoned from. */
export function revisedRow<Row>(revision: Revision<Row>, kind: string, id: string): Revised<Row> {
  if (revision.outcome === 'missing') throw missing(kind, id);
  if (revision.outcome !== 'stale') return revision.row;
  const now = `it is at revision ${revision.row.revision} now; read it again`;
  throw new VisibleError('conflict', 'stale-revision', `Somebody changed ${id} since you read it: ${now}.`);
}

/** The refusal for a thing that is not there, or is another brand's: the two look alike from outside. */
export const missing = (kind: string, id: string): VisibleError =>
  new VisibleError('not-found', `no-such-${kind}`, `There is no ${kind} ${id} in this brand.`);
