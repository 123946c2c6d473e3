/** A route key taken apart: `GET /v1/partners/{id}`, `ANY /files/{proxy+}`, `$default`. */
export interface RoutePattern {
  readonly key: string;
  readonly method: string;
  /** Path segments; `{id}` takes one, `{proxy+}` at the end takes the rest. */
  readonly segments: readonly string[];
}

export interface Match<R> {
  readonly route: R;
  /** Decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws when API Gateway would refuse the key: a variable that is only part of a segment, a `{proxy+}` before the end. */
export function parseRoute(key: string): RoutePattern {
  if (key === '$default') return { key, method: 'ANY', segments: ['{proxy+}'] };
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(key) ?? [];
  if (!method || path === undefined) throw new Error(`the route key ${key} is not "METHOD /path"`);
  const segments = segmentsOf(path);
  segments.forEach((segment, index) => {
    if (/[{}]/.test(segment) && !/^\{[\w.-]+\+?\}$/.test(segment)) {
      throw new Error(`the route ${key}: a variable must be a whole segment, as in /{id}/`);
    }
    if (isGreedy(segment) && index < segments.length - 1)
      throw new Error(`the route ${key}: ${segment} must come last`);
  });
  return { key, method, segments };
}

/**
 * Chooses as HTTP APIs do: a route that names every segment or takes each with a variable comes before a greedy one, a literal segment
 * before a variable from left to right, the method before ANY, and `$default` last.
 */
export function routeTable<R>(routes: readonly { readonly pattern: RoutePattern; readonly route: R }[]) {
  const ranked = [...routes].sort((a, b) => compare(a.pattern, b.pattern));
  return (method: string, path: string): Match<R> | undefined => {
    const segments = segmentsOf(path);
    for (const { pattern, route } of ranked) {
      if (pattern.method !== 'ANY' && pattern.method !== method) continue;
      const parameters = capture(pattern, segments);
      if (parameters) return { route, parameters: pattern.key === '$default' ? {} : parameters };
    }
    return undefined;
  };
}

const segmentsOf = (path: string) => path.split('/').slice(1);
const isGreedy = (segment: string | undefined) => segment?.endsWith('+}') ?? false;
const isVariable = (segment: string) => segment.startsWith('{');

function compare(a: RoutePattern, b: RoutePattern): number {
  const last = (pattern: RoutePattern) => (pattern.key === '$default' ? 2 : isGreedy(pattern.segments.at(-1)) ? 1 : 0);
  if (last(a) !== last(b)) return last(a) - last(b);
  for (let index = 0; index < Math.min(a.segments.length, b.segments.length); index += 1) {
    const order = Number(isVariable(a.segments[index]!)) - Number(isVariable(b.segments[index]!));
    if (order !== 0) return order;
  }
  if (a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

function capture({ segments }: RoutePattern, path: readonly string[]): Record<string, string> | undefined {
  const greedy = isGreedy(segments.at(-1));
  if (greedy ? path.length < segments.length : path.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const actual = greedy && index === segments.length - 1 ? path.slice(index).join('/') : (path[index] ?? '');
    if (!isVariable(segment)) {
      if (decoded(actual) !== segment) return undefined;
    } else if (actual === '' && !greedy) {
      return undefined;
    } else {
      parameters[segment.slice(1, isGreedy(segment) ? -2 : -1)] = decoded(actual);
    }
  }
  return parameters;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
