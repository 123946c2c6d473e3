import { isNode, LineCounter, parseDocument } from 'yaml';
import { VisibleError } from '../errors.ts';

/** Nesting and repeated parts that no plan comes near. */
const MAX_DEPTH = 24;

/** A text that was read, and where in it a value stands. */
export interface ReadText {
  readonly value: unknown;
  /** Line of the value at a path, or of the nearest value around it that is there; from 1. */
  lineOf(path: readonly PropertyKey[]): number;
}

/**
 * Reads YAML 1.2 with its core schema, of which JSON is a part: `NO` is a text and not false, `010` is ten, a date stays as it is written.
 * What would be read in two ways is refused: a key that stands twice, an alias (it may stand for a page), a tag of one's own, several
 * documents.
 *
 * @throws VisibleError naming the line.
 */
export function readYaml(text: string): ReadText {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: 'core', lineCounter: lines, prettyErrors: false, stringKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) refuse(`line ${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
  if (document.contents === null) refuse('is empty');
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    refuse(/alias/i.test((error as Error).message) ? 'must not use aliases' : (error as Error).message);
  }
  if (depthOf(value) > MAX_DEPTH) refuse(`must not nest deeper than ${MAX_DEPTH} levels`);
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length >= 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true);
        const start = isNode(node) ? node.range?.[0] : undefined;
        if (start !== undefined) return lines.linePos(start).line;
      }
      return 1;
    },
  };
}

function refuse(message: string): never {
  throw new VisibleError('invalid', 'invalid-yaml', `The text ${message}`, [{ field: 'body', message }]);
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
