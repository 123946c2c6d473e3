import type { FieldProblem } from '../errors.ts';
import { unknownField } from './field-problems.ts';
import { fieldPath } from './json-body.ts';

/**
 * Readers of JSON values that give what our zod schemas give, value and complaints alike, for the functions that start without zod. Only
 * what such a function needs is here. Rules that look odd (a length is counted of a list where a text belongs) are zod's own, kept so that
 * an answer does not depend on which function gave it; a law compares the two.
 */
type Path = readonly (string | number)[];

interface Complaint {
  readonly path: Path;
  readonly message: string;
  /** The value is not of its type, so no later rule looks at it nor at what it is part of. */
  readonly stops: boolean;
}

/** Reads a value; complaints go onto the list. What comes back is only of its type when none did. */
export type JsonField<Value = unknown> = (value: unknown, path: Path, complaints: Complaint[]) => Value;

const stopped = (complaints: readonly Complaint[], from: number): boolean =>
  complaints.some(({ stops }, place) => place >= from && stops);

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : String(value);
  return typeof value;
}

function wrongType(expected: string, value: unknown, path: Path): Complaint {
  const message =
    value === undefined
      ? `is required (${expected})`
      : `Invalid input: expected ${expected}, received ${typeName(value)}`;
  return { path, message, stops: true };
}

/** The length of whatever has one; texts are counted in characters, not in the halves that some are made of. */
function lengthOf(value: unknown): number | undefined {
  if (typeof value === 'string') return [...value].length;
  return (value as { length?: number } | null | undefined)?.length;
}

function atMost(most: number, value: unknown, path: Path, complaints: Complaint[]): void {
  const length = lengthOf(value);
  if (length === undefined || length <= most) return;
  const what =
    typeof value === 'string'
      ? `string to have <=${most} characters`
      : Array.isArray(value)
        ? `array to have <=${most} items`
        : `unknown to be <=${most}`;
  complaints.push({ path, message: `Too big: expected ${what}`, stops: false });
}

function atLeastOne(value: unknown, path: Path, complaints: Complaint[], message?: string): void {
  const length = lengthOf(value);
  if (length === undefined || length >= 1) return;
  const what = Array.isArray(value) ? 'array to have >=1 items' : 'unknown to be >=1';
  const said = typeof value === 'string' ? 'string to have >=1 characters' : what;
  complaints.push({ path, message: message ?? `Too small: expected ${said}`, stops: false });
}

/** A text that follows patterns, each with what it asks for. */
export const patterned =
  (rules: readonly (readonly [test: (text: string) => boolean, message: string])[], most?: number): JsonField<string> =>
  (value, path, complaints) => {
    const from = complaints.length;
    if (typeof value !== 'string') complaints.push(wrongType('string', value, path));
    if (most !== undefined) atMost(most, value, path, complaints);
    if (!stopped(complaints, from))
      for (const [test, message] of rules) if (!test(value as string)) complaints.push({ path, message, stops: false });
    return value as string;
  };

/** One visible line, without blanks around it. */
export const line =
  (most: number, isHidden: RegExp): JsonField<string> =>
  (value, path, complaints) => {
    const isText = typeof value === 'string';
    if (!isText) complaints.push(wrongType('string', value, path));
    const text = isText ? value.trim() : value;
    atLeastOne(text, path, complaints, 'must not be empty');
    atMost(most, text, path, complaints);
    if (isText && isHidden.test(text as string))
      complaints.push({ path, message: 'must be one line without control characters', stops: false });
    return text as string;
  };

export const integer =
  (least: number, most: number): JsonField<number> =>
  (value, path, complaints) => {
    const say = (message: string, stops = false) => complaints.push({ path, message, stops });
    if (typeof value !== 'number' || !Number.isFinite(value)) complaints.push(wrongType('number', value, path));
    else if (!Number.isInteger(value)) say('must be a whole number', true);
    else {
      const { MAX_SAFE_INTEGER: safe } = Number;
      if (value > safe) say(`Too big: expected int to be <=${safe}`);
      if (value < -safe) say(`Too small: expected int to be >=${-safe}`);
      if (value < least) say(`Too small: expected number to be >=${least}`);
      if (value > most) say(`Too big: expected number to be <=${most}`);
    }
    return value as number;
  };

export const truth: JsonField<boolean> = (value, path, complaints) => {
  if (typeof value !== 'boolean') complaints.push(wrongType('boolean', value, path));
  return value as boolean;
};

export const oneOf =
  <Word extends string>(...words: readonly Word[]): JsonField<Word> =>
  (value, path, complaints) => {
    if (!words.includes(value as Word)) {
      const options = words.map((word) => `"${word}"`).join('|');
      complaints.push({ path, message: `Invalid option: expected one of ${options}`, stops: true });
    }
    return value as Word;
  };

const DAY =
  '(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8])))';
const TIME = new RegExp(
  `^${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$`,
);

/** A moment, brought to UTC with milliseconds. */
export const moment: JsonField<string> = (value, path, complaints) => {
  const isText = typeof value === 'string';
  if (!isText || !TIME.test(value)) {
    const message = 'must be an ISO 8601 time with zone, e.g. 2026-03-29T10:00:00Z';
    complaints.push({ path, message, stops: !isText });
    return value as string;
  }
  const at = new Date(value).toISOString();
  if (!/^2[01]/.test(at)) complaints.push({ path, message: 'must lie in the years 2000 to 2199', stops: false });
  return at;
};

export const list =
  <Value>(
    element: JsonField<Value>,
    { least, most }: { readonly least?: 1; readonly most: number },
  ): JsonField<Value[]> =>
  (value, path, complaints) => {
    let values = value;
    // One that is too long is not read at all, so that nobody makes us look at a million lines.
    if (Array.isArray(value) && value.length > most) {
      complaints.push({ path, message: `Too big: expected array to have <=${most} items`, stops: true });
      return value;
    }
    if (Array.isArray(value)) values = value.map((item, place) => element(item, [...path, place], complaints));
    else complaints.push(wrongType('array', value, path));
    if (least) atLeastOne(values, path, complaints);
    atMost(most, values, path, complaints);
    return values as Value[];
  };

/** A field that may be left out; `usual` then stands for it. */
export const optional =
  <Value>(field: JsonField<Value>, usual?: Value): JsonField<Value | undefined> =>
  (value, path, complaints) =>
    value === undefined ? usual : field(value, path, complaints);

/** A rule over the fields of an object: where it complains, what it says, and whether it holds. */
export type Rule<Value> = readonly [field: string, message: string, holds: (value: Value) => boolean];

/** An object of these fields and no others, and the rules between them, which are asked once every field is of its type. */
export function object<Value extends object>(
  fields: { readonly [Name in keyof Value]-?: JsonField },
  rules: readonly Rule<Value>[] = [],
): JsonField<Value> {
  const shape = Object.entries(fields) as [string, JsonField][];
  const known = shape.map(([name]) => name);
  const isKnown = new Set(known);
  return (value, path, complaints) => {
    const from = complaints.length;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      complaints.push(wrongType('object', value, path));
      return value as Value;
    }
    const given = value as Record<string, unknown>;
    const read: Record<string, unknown> = {};
    for (const [name, field] of shape) {
      const part = field(given[name], [...path, name], complaints);
      if (part !== undefined) read[name] = part;
    }
    for (const name of Object.keys(given))
      if (!isKnown.has(name))
        complaints.push({ path: [...path, name], message: unknownField(name, known), stops: false });
    if (!stopped(complaints, from))
      for (const [field, message, holds] of rules)
        if (!holds(read as Value)) complaints.push({ path: [...path, field], message, stops: false });
    return read as Value;
  };
}

export type JsonReading<Value> =
  | { readonly value: Value; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly FieldProblem[] };

/** What a value says, or one sentence a field on what is wrong with it, the first 20. `root` names the value itself. */
export function readJson<Value>(field: JsonField<Value>, value: unknown, root: string): JsonReading<Value> {
  const complaints: Complaint[] = [];
  const read = field(value, [], complaints);
  if (complaints.length === 0) return { value: read };
  const first = complaints.slice(0, 20);
  return { problems: first.map(({ path, message }) => ({ field: path.length > 0 ? fieldPath(path) : root, message })) };
}
