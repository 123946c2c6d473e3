import type * as z from 'zod';
import type { FieldProblem } from '../errors.ts';
import { fieldPath } from './json-body.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * What a schema refused, one sentence per field, each saying what would be right. At most 20: the rest is noise.
 * `value` is what was refused; with it, unknown fields are named too where zod stops at an unknown variant.
 */
export function fieldProblems(
  schema: z.ZodType,
  issues: readonly Issue[],
  root = 'body',
  value?: unknown,
): FieldProblem[] {
  const problems = issues.flatMap((issue) => explain({ schema, value }, issue, []));
  return problems.slice(0, 20).map(({ path, message }) => ({ field: path.length ? fieldPath(path) : root, message }));
}

interface Refused {
  readonly schema: z.ZodType;
  readonly value: unknown;
}

function explain(refused: Refused, issue: Issue, above: Path): { path: Path; message: string }[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(refused.schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], message: strayField(key, known) }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length) {
    const word = wordOfNone(issue.errors);
    if (word) {
      const place = [...path, ...word.path];
      return [{ path: place, message: word.message }, ...strangers(refused, place.slice(0, -1))];
    }
    // The variant with the fewest complaints is the one that was meant.
    const closest = issue.errors.reduce((best, errors) => (complaints(errors) < complaints(best) ? errors : best));
    return closest.flatMap((inner) => explain(refused, inner, path));
  }
  if (issue.code === 'invalid_union') {
    const { options = [] } = issue as { options?: readonly unknown[] };
    const message = options.length ? `must be one of ${options.join(', ')}` : issue.message;
    return [{ path, message }, ...strangers(refused, path.slice(0, -1))];
  }
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message)) {
    return [{ path, message: `is required (${issue.expected})` }];
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  if (/^Invalid input: expected int/.test(issue.message)) return [{ path, message: 'must be a whole number' }];
  return [{ path, message: issue.message }];
}

/** What may stand where each variant of a union wants a word of its own, and none of them the one that stands there. */
function wordOfNone(variants: readonly (readonly Issue[])[]): { path: Path; message: string } | undefined {
  const wanted = variants.map((issues) => issues.find((issue) => issue.code === 'invalid_value'));
  const [first] = wanted;
  if (!first || first.path.length === 0) return undefined;
  const place = fieldPath(first.path);
  const words = new Set<string>();
  for (const issue of wanted) {
    if (!issue || fieldPath(issue.path) !== place) return undefined;
    for (const value of issue.values) words.add(String(value));
  }
  return { path: first.path, message: `must be one of ${[...words].join(', ')}` };
}

/** Fields of the object at a path that no variant of it has. */
function strangers({ schema, value }: Refused, path: Path): { path: Path; message: string }[] {
  const found = path.reduce<unknown>(
    (level, part) => (level as Record<PropertyKey, unknown> | undefined)?.[part],
    value,
  );
  if (found === null || typeof found !== 'object' || Array.isArray(found)) return [];
  const known = knownFields(schema, path);
  const unknown = Object.keys(found).filter((key) => !known.includes(key));
  return unknown.map((key) => ({ path: [...path, key], message: unknownField(key, known) }));
}

/** A variant that wants another type, or another word where variants differ, is further off than one with fields wrong. */
const complaints = (issues: readonly Issue[]) =>
  issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    if (issue.path.length === 0 && issue.code === 'invalid_type') return sum + 1000;
    return sum + (issue.code === 'invalid_value' ? 100 : 1);
  }, 0);

/** Every field that may stand at a path, over all variants of a union. */
function knownFields(schema: z.ZodType, path: Path): string[] {
  let level: z.core.$ZodType[] = [schema];
  for (const part of path) level = level.flatMap((inner) => step(inner, part));
  return [...new Set(level.flatMap(objects).flatMap((object) => Object.keys(object._zod.def.shape)))];
}

function step(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] {
  return unwrap(schema).flatMap((inner) => {
    const { def } = inner._zod as z.core.$ZodTypes['_zod'];
    if (def.type === 'object') return def.shape[String(part)] ?? [];
    if (def.type === 'array') return def.element;
    return def.type === 'record' ? def.valueType : [];
  });
}

const objects = (schema: z.core.$ZodType) =>
  unwrap(schema).filter((inner): inner is z.core.$ZodObject => inner._zod.def.type === 'object');

/** The schema below defaults, optionals, transforms and unions. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'union') return def.options.flatMap(unwrap);
  if (def.type === 'pipe') return unwrap(def.in);
  if (def.type === 'lazy') return unwrap(def.getter());
  return 'innerType' in def ? unwrap(def.innerType as z.core.$ZodType) : [schema];
}

/** What to say of a field that this variant of an object does not have: another one may. */
const strayField = (key: string, known: readonly string[]): string =>
  known.includes(key) ? 'goes with another kind of this; leave it out' : unknownField(key, known);

/** Room for every field of a condition of a plan, the object with most. */
const MOST_NAMED = 40;

/** What to say of a field that an object does not have. */
export function unknownField(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  if (nearest) return `is not a field here; did you mean ${nearest}?`;
  return known.length
    ? `is not a field here; there are ${known.slice(0, MOST_NAMED).join(', ')}`
    : 'is not a field here';
}

/** The known name at most a third of the letters away, case and dashes aside, or one that begins alike: `amount` for `amountCents`. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '').slice(0, 60);
  const asked = plain(name);
  const away = (candidate: string) => {
    const whole = plain(candidate);
    const alike = asked.length >= 3 && (whole.startsWith(asked) || asked.startsWith(whole));
    return alike ? Math.min(1, distance(asked, whole)) : distance(asked, whole);
  };
  const best = known.map((candidate) => ({ candidate, away: away(candidate) })).sort((a, b) => a.away - b.away)[0];
  return best && best.away <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
