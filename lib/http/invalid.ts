import { type FieldProblem, VisibleError } from '../errors.ts';

/** The refusal of what is wrong with fields: the first in words, all of them in the list. */
export function invalid(fields: readonly FieldProblem[]): VisibleError {
  const [first] = fields;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  return new VisibleError('invalid', 'invalid-fields', `${first?.field}: ${first?.message}${more}`, fields);
}
