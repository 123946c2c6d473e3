/**
 * The one error a caller may see. Everything else that is thrown is our fault, is logged and answers as `internal`.
 * HTTP numbers live in `lib/http/problem.ts` alone.
 */
export type ErrorKind =
  /** The request does not say what it must; names the field. */
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  /** Contradicts what is stored: another body under the same key, a stale version, a second decision. */
  | 'conflict'
  /** Well-formed, but the facts do not allow it: more returned than bought, approving one's own run. */
  | 'refused'
  | 'too-large'
  | 'throttled';

export interface FieldProblem {
  /** JSON pointer-like path: `items[2].quantity`. */
  readonly field: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** A refusal in words a caller can act on. */
export class VisibleError extends Error {
  override readonly name = 'VisibleError';
  readonly kind: ErrorKind;
  /** Stable kebab-case code for programs to branch on: `more-returned-than-bought`. */
  readonly code: string;
  readonly fields: readonly FieldProblem[];

  constructor(kind: ErrorKind, code: string, message: string, fields: readonly FieldProblem[] = []) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.fields = fields;
  }
}
