import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Definition, State } from './definition.ts';

/**
 * Where the interpreter (aws-local-stepfunctions 3.0.0) and AWS differ on what we use, and how each difference is removed. All of it is
 * a rewriting of the definition before it runs, but for the paths.
 *
 * - A task without `TimeoutSeconds` may take as long as it likes; the interpreter would stop it after 60 s.
 * - `$$.Execution` means the whole execution inside a Map too; the interpreter would name the iteration. So our own copy is asked.
 * - A Fail state may compute its error and cause with intrinsics; the interpreter reads plain paths only. So it becomes a task that fails.
 * - A Pass may answer `false`, `0`, `""` or `null`; the interpreter would overlook that.
 * - `ResultPath: "$"` replaces the input; the interpreter would make a field called `$`.
 * - A Choice may ask for the absence of something (`IsPresent: false`); to the interpreter that never holds. And a comparison with a
 *   value of another type does not hold; the interpreter would convert the value.
 * - A path with a wildcard that finds nothing is an empty list; the interpreter would fail with `States.Runtime`.
 */
export function asOnAws(definition: Definition): Definition {
  return {
    ...definition,
    States: Object.fromEntries(Object.entries(definition.States).map(([name, state]) => [name, rewritten(state)])),
  };
}

/** The task that stands in for a Fail state; its input is `{ Error?, Cause? }`. */
export const FAIL_RESOURCE = 'arn:aws:states:::laptop:fail';
/** The name under which the context object holds our copy of `Execution`. */
export const EXECUTION_KEY = 'ExecutionAsStarted';

const NO_TIMEOUT_S = 2_000_000;

function rewritten(state: State): State {
  const { ItemProcessor, Iterator, Branches, ...own } = state;
  const next = { ...(own.Type === 'Fail' ? failing(own as State) : (withOwnExecution(own) as State)) };
  if (next.Type === 'Task' && next.TimeoutSeconds === undefined && next.TimeoutSecondsPath === undefined)
    next.TimeoutSeconds = NO_TIMEOUT_S;
  if (next.Type === 'Pass' && 'Result' in next && !next.Result) {
    next.Parameters = next.Result;
    delete next.Result;
  }
  if (next.ResultPath === '$') delete next.ResultPath;
  if (Array.isArray(next.Choices)) next.Choices = next.Choices.map(rule);
  if (Array.isArray(next.Catch)) {
    next.Catch = next.Catch.map(({ ResultPath, ...catcher }) =>
      ResultPath === undefined || ResultPath === '$' ? catcher : { ...catcher, ResultPath },
    );
  }
  const processor = (ItemProcessor ?? Iterator) as Definition | undefined;
  if (processor) next.ItemProcessor = asOnAws(processor);
  if (Branches) next.Branches = (Branches as Definition[]).map(asOnAws);
  return next;
}

type Rule = Record<string, unknown>;
const TYPE_TESTS = ['IsPresent', 'IsNull', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'];
const COMPARISON = /^(Numeric|String|Boolean|Timestamp)[A-Z]/;

function rule(given: Rule): Rule {
  const { Next, And, Or, Not, Variable, ...test } = given;
  const next = Next === undefined ? {} : { Next };
  if (And) return { ...next, And: (And as Rule[]).map(rule) };
  if (Or) return { ...next, Or: (Or as Rule[]).map(rule) };
  if (Not) return { ...next, Not: rule(Not as Rule) };
  const [name = ''] = Object.keys(test);
  if (TYPE_TESTS.includes(name)) return test[name] === false ? { ...next, Not: { Variable, [name]: true } } : given;
  const [, type] = COMPARISON.exec(name) ?? [];
  if (!type) return given;
  // Only `*` is a wildcard on AWS.
  const value = name === 'StringMatches' ? String(test[name]).replaceAll('?', '\\?') : test[name];
  return {
    ...next,
    And: [
      { Variable, [`Is${type}`]: true },
      { Variable, [name]: value },
    ],
  };
}

function failing(state: State): State {
  const { Error: error, Cause, ErrorPath, CausePath, Comment } = state;
  return {
    Type: 'Task',
    Resource: FAIL_RESOURCE,
    Parameters: withOwnExecution({
      ...(error === undefined ? {} : { Error: error }),
      ...(Cause === undefined ? {} : { Cause }),
      ...(ErrorPath === undefined ? {} : { 'Error.$': ErrorPath }),
      ...(CausePath === undefined ? {} : { 'Cause.$': CausePath }),
    }),
    ...(Comment === undefined ? {} : { Comment }),
    End: true,
  };
}

/** Rewrites `$$.Execution` where a path or an intrinsic is read: in fields ending in `.$` or `Path`, and in `Variable`. */
function withOwnExecution(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => withOwnExecution(entry, field));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withOwnExecution(entry, key)]));
  }
  if (typeof value !== 'string' || !/(\.\$|Path|^Variable)$/.test(field)) return value;
  return value.replaceAll('$$.Execution', () => `$$.${EXECUTION_KEY}`);
}

interface PathQuery {
  readonly path?: unknown;
  readonly json?: unknown;
}
/** More than one place may match: a wildcard, a descent, a filter, a slice or a union. */
const INDEFINITE = /\*|\.\.|\[\?|\[[^\]'"]*[:,]/;

let mended = false;

/**
 * Makes the interpreter's path library answer as AWS's does: nothing found by an indefinite path is an empty list, and `$` is the input
 * even when that is `0`, `false` or `null`. Done once per process, on the copy that the interpreter itself loads.
 */
export async function mendPaths(): Promise<void> {
  if (mended) return;
  mended = true;
  const interpreter = findPackageJSON('aws-local-stepfunctions', import.meta.url);
  const paths = interpreter && findPackageJSON('jsonpath-plus', pathToFileURL(interpreter));
  if (!paths) throw new Error('The package aws-local-stepfunctions is not installed whole; run npm ci.');
  const { JSONPath } = (await import(pathToFileURL(join(dirname(paths), 'dist', 'index-node-esm.js')).href)) as {
    JSONPath: { prototype: { evaluate: (query: PathQuery) => unknown } };
  };
  const evaluate = JSONPath.prototype.evaluate;
  JSONPath.prototype.evaluate = function (query) {
    if (query.path === '$') return query.json;
    const found = evaluate.call(this, query);
    return found === undefined && INDEFINITE.test(String(query.path)) ? [] : found;
  };
}
