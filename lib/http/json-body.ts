import { type FieldProblem, VisibleError } from '../errors.ts';

/** Nesting that no contract of ours comes near. */
const MAX_DEPTH = 16;
/** Names that mean something to JavaScript objects and nothing to us. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The value of a JSON text, refused where `JSON.parse` would quietly choose: a key that stands twice in an object (the last one would
 * win), names that reach into prototypes, unpaired surrogates (they would be stored as other characters), nesting past {@link MAX_DEPTH}.
 * An empty text is `{}`, so that a route whose fields are all optional needs no body.
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return {};
  const problem = firstProblem(text);
  if (problem) throw new VisibleError('invalid', 'invalid-json', `${problem.field}: ${problem.message}`, [problem]);
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `must be JSON: ${(error as Error).message}`;
    throw new VisibleError('invalid', 'invalid-json', `The body ${message}`, [{ field: 'body', message }]);
  }
}

interface Frame {
  /** Keys seen so far; absent in an array. */
  readonly keys?: Set<string>;
  /** Key of the value being read; none yet right after `{` or `,`. */
  key?: string;
  index: number;
}

const STRING = /"(?:[^"\\]|\\.)*"/gsy;

/** One pass over the text; text that is no JSON gets through to `JSON.parse`, which says so better. */
function firstProblem(text: string): FieldProblem | undefined {
  const stack: Frame[] = [];
  const at = (key?: string) => path(stack, key);
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    const frame = stack.at(-1);
    if (character === '{' || character === '[') {
      if (stack.length === MAX_DEPTH) return { field: at(), message: `must not nest deeper than ${MAX_DEPTH} levels` };
      stack.push(character === '{' ? { keys: new Set(), index: 0 } : { index: 0 });
    } else if (character === '}' || character === ']') {
      stack.pop();
    } else if (character === ',' && frame) {
      frame.index += 1;
      frame.key = undefined;
    } else if (character === '"') {
      STRING.lastIndex = i;
      const literal = STRING.exec(text)?.[0];
      const value = literal === undefined ? undefined : unquote(literal);
      if (literal === undefined || value === undefined) return undefined;
      if (!value.isWellFormed())
        return { field: at(), message: 'must be well-formed Unicode, without half a surrogate pair' };
      if (frame?.keys && frame.key === undefined) {
        if (RESERVED.has(value)) return { field: at(value), message: 'is a reserved name' };
        if (frame.keys.has(value)) return { field: at(value), message: 'must stand once' };
        frame.keys.add(value);
        frame.key = value;
      }
      i += literal.length - 1;
    }
  }
  return undefined;
}

function unquote(literal: string): string | undefined {
  try {
    return JSON.parse(literal);
  } catch {
    return undefined;
  }
}

function path(stack: readonly Frame[], key?: string): string {
  const frames = key === undefined ? stack : [...stack.slice(0, -1), { ...stack.at(-1)!, key }];
  return fieldPath(frames.map((frame) => (frame.keys ? frame.key : frame.index)).filter((part) => part !== undefined));
}

/** `['items', 2, 'quantity']` → `items[2].quantity`; the body itself is `body`. */
export function fieldPath(parts: readonly PropertyKey[]): string {
  const text = parts.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'body';
}
