import { type ErrorCode, isNode, LineCounter, parseDocument } from 'yaml';
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
  if (problem) refuse(`line ${lines.linePos(problem.pos[0]).line}: ${WORDS[problem.code]}`);
  if (document.contents === null) refuse('is empty');
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    refuse('must not use aliases: write out what is meant');
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

const UNFINISHED = 'something is not finished; look for a missing colon, quote or bracket here or above';
const QUOTE = 'the value begins with a sign that means something in YAML; put it in quotes';
const MISPLACED = 'something stands where it cannot; look at the indentation, or put the value in quotes';

/** What the parser found wrong, in words for whoever wrote the text. */
const WORDS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'aliases are not taken: write out what is meant',
  BAD_ALIAS: 'aliases are not taken: write out what is meant',
  BAD_COLLECTION_TYPE: 'a tag does not fit what it stands at; leave it out',
  BAD_DIRECTIVE: 'lines that begin with % are not taken; leave it out',
  BAD_DQ_ESCAPE: 'a backslash in double quotes means something; use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  BAD_PROP_ORDER: MISPLACED,
  BAD_SCALAR_START: QUOTE,
  BLOCK_AS_IMPLICIT_KEY: 'two fields stand on one line, or the lines below are indented too far',
  BLOCK_IN_FLOW: MISPLACED,
  DUPLICATE_KEY: 'a field stands twice',
  IMPOSSIBLE: MISPLACED,
  KEY_OVER_1024_CHARS: 'a field name is too long',
  MISSING_CHAR: UNFINISHED,
  MULTILINE_IMPLICIT_KEY: 'a field name must stand on one line with its colon',
  MULTIPLE_ANCHORS: 'anchors (&) are not taken: leave it out',
  MULTIPLE_DOCS: 'a second document begins; send one',
  MULTIPLE_TAGS: 'tags (!) are not taken: leave it out',
  NON_STRING_KEY: 'a field name must be a text',
  RESOURCE_EXHAUSTION: 'there is more of it than any plan has',
  TAB_AS_INDENT: 'a tab stands where spaces must: indent with spaces',
  TAG_RESOLVE_FAILED: 'tags (!) are not taken: leave it out',
  UNEXPECTED_TOKEN: MISPLACED,
};

function refuse(message: string): never {
  throw new VisibleError('invalid', 'invalid-yaml', `The text is not taken: ${message}.`, [{ field: 'body', message }]);
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
