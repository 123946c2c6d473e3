import type { ApiDocument, Schema } from './document.ts';

/** One row of a table of fields. */
export interface FieldRow {
  readonly name: string;
  /** How far inside: the fields of an object stand below it. */
  readonly depth: number;
  /** `text`, `integer`, `list of text`, `one of a, b`. */
  readonly type: string;
  readonly required: boolean;
  /** Limits and default, in words. */
  readonly limits: readonly string[];
  readonly description?: string | undefined;
  /** A line between the variants of a union: `when model is last-touch`. */
  readonly variant?: string;
  /** The object whose fields stand apart on the page, under its own name. */
  readonly see?: string;
}

const DEEPEST = 6;

/** The fields of a schema as rows: nested ones below their parent, the variants of a union one after the other; what stands apart is named. */
export function fieldRows(schema: Schema, document: ApiDocument, depth = 0): FieldRow[] {
  const whole = resolve(schema, document);
  if (depth > DEEPEST) return [];
  const variants = whole.oneOf ?? whole.anyOf;
  if (variants) {
    const objects = variants.map((variant) => resolve(variant, document)).filter(({ properties }) => properties);
    return objects.flatMap((variant) => [
      { name: '', depth, type: '', required: false, limits: [], variant: variantName(variant) },
      ...fieldRows(variant, document, depth),
    ]);
  }
  if (whole.type === 'array' && whole.items) return fieldRows(whole.items, document, depth);
  return Object.entries(whole.properties ?? {}).flatMap(([name, inner]) => {
    const field = resolve(inner, document);
    const see = apartIn(inner, document);
    const row: FieldRow = {
      name,
      depth,
      type: typeWords(field, document),
      required: whole.required?.includes(name) ?? false,
      limits: limits(field),
      description: inner.description ?? field.description,
      ...(see !== undefined && { see }),
    };
    if (see !== undefined) return [row];
    return [row, ...fieldRows(withoutNull(field), document, depth + 1)];
  });
}

const nameIn = ({ $ref, allOf }: Schema) => ($ref ?? allOf?.[0]?.$ref)?.replace('#/components/schemas/', '');

/** The object apart that a field is, or is a list of, or is unless it is null. */
function apartIn(schema: Schema, document: ApiDocument): string | undefined {
  const { items, anyOf } = schema;
  const name = nameIn(schema) ?? (items && nameIn(items)) ?? (anyOf && nameIn(withoutNull({ anyOf })));
  return name !== undefined && apart(document).has(name) ? name : undefined;
}

/** From this many characters of its schema on, an object that several places have is told once. */
const LARGE = 1_500;
const APART = new WeakMap<ApiDocument, ReadonlySet<string>>();

/** Objects that would be repeated again and again, a condition inside a condition most of all: the page tells each of them once. */
export function apart(document: ApiDocument): ReadonlySet<string> {
  const known = APART.get(document);
  if (known) return known;
  const text = JSON.stringify(document);
  const names = Object.entries(document.components?.schemas ?? {})
    .filter(([name, schema]) => {
      const uses = text.split(`"#/components/schemas/${name}"`).length - 1;
      return uses > 1 && JSON.stringify(schema).length > LARGE;
    })
    .map(([name]) => name);
  APART.set(document, new Set(names));
  return apart(document);
}

export function resolve(schema: Schema, document: ApiDocument): Schema {
  const name = nameIn(schema);
  const found = name === undefined ? undefined : (document.components?.schemas?.[name] as Schema | undefined);
  return found ? { ...found, ...(schema.description !== undefined && { description: schema.description }) } : schema;
}

/** `X or null` is shown as X; that it may be null is said with its type. */
function withoutNull(schema: Schema): Schema {
  const rest = (schema.anyOf ?? []).filter(({ type }) => type !== 'null');
  return rest.length === 1 ? rest[0]! : schema;
}

/** What tells a variant from the others: its fields with a fixed value, or else the fields only it asks for. */
function variantName({ properties = {}, required = [] }: Schema): string {
  const fixed = Object.entries(properties).filter(([, { const: value }]) => value !== undefined);
  const words = fixed.map(([name, { const: value }]) => `${name} is ${String(value)}`);
  const others = required.filter((name) => !fixed.some(([known]) => known === name));
  return [...words, ...(others.length && others.length <= 3 ? [`with ${others.join(', ')}`] : [])].join(', ') || 'or';
}

export function typeWords(schema: Schema, document: ApiDocument): string {
  const whole = resolve(schema, document);
  if (whole.const !== undefined) return JSON.stringify(whole.const);
  if (whole.enum) return `one of ${whole.enum.map((value) => String(value)).join(', ')}`;
  const variants = whole.oneOf ?? whole.anyOf;
  if (variants) {
    const words = [...new Set(variants.map((variant) => typeWords(variant, document)))];
    return words.every((word) => word === 'object') ? 'object, one of several' : words.join(' or ');
  }
  if (whole.type === 'array') return `list of ${whole.items ? typeWords(whole.items, document) : 'anything'}`;
  if (whole.type === 'string') return FORMATS[whole.format ?? ''] ?? 'text';
  if (whole.type === 'number' || whole.type === 'integer' || whole.type === 'boolean') return String(whole.type);
  if (whole.type === 'null') return 'null';
  if (whole.type === 'object') return whole.properties ? 'object' : 'object with any fields';
  return 'anything';
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'time',
  date: 'day',
  email: 'e-mail address',
  uri: 'address',
};

function limits(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, default: fallback, type } = schema;
  const bounds = (low: number | undefined, high: number | undefined, unit: string) => {
    const top = high !== undefined && high < Number.MAX_SAFE_INTEGER ? high : undefined;
    const bottom = low !== undefined && low > -Number.MAX_SAFE_INTEGER ? low : undefined;
    if (bottom !== undefined && top !== undefined) return [`${grouped(bottom)} to ${grouped(top)}${unit}`];
    if (bottom !== undefined) return [`at least ${grouped(bottom)}${unit}`];
    return top === undefined ? [] : [`at most ${grouped(top)}${unit}`];
  };
  const simple = fallback !== undefined && (typeof fallback !== 'object' || JSON.stringify(fallback).length <= 40);
  return [
    ...bounds(minimum, maximum, ''),
    ...(type === 'string' ? bounds(minLength, maxLength, ' characters') : []),
    ...(type === 'array' ? bounds(minItems, maxItems, ' items') : []),
    ...(simple && JSON.stringify(fallback) !== '{}' ? [`${JSON.stringify(fallback)} when left out`] : []),
  ];
}

const grouped = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
