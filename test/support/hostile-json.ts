import { fieldPath } from '../../lib/http/json-body.ts';

/** A place in an example body: what stands there and how a refusal names it. */
export interface Place {
  readonly path: readonly (string | number)[];
  readonly field: string;
  /** Its own name. */
  readonly key: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'object' | 'list';
  readonly value: unknown;
}

/** Every place of a JSON value but the whole, the deepest included. */
export function placesOf(value: unknown, path: Place['path'] = []): Place[] {
  const inner: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : value !== null && typeof value === 'object'
      ? Object.entries(value)
      : [];
  return inner.flatMap(([key, item]) => {
    const at = [...path, key];
    return [
      { path: at, field: fieldPath(at), key: String(key), kind: kindOf(item), value: item },
      ...placesOf(item, at),
    ];
  });
}

function kindOf(value: unknown): Place['kind'] {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  return typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean');
}

/** The body with another value at one place. */
export function plantedAt(body: unknown, { path }: Place, value: unknown): unknown {
  const copy = structuredClone(body) as Record<string | number, unknown>;
  let level = copy;
  for (const key of path.slice(0, -1)) level = level[key] as Record<string | number, unknown>;
  level[path.at(-1)!] = value;
  return copy;
}
