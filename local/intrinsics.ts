/**
 * CloudFormation's intrinsic functions, over a template that is already parsed.
 *
 * Nothing here knows a resource type: whoever resolves says what a reference means through {@link Scope}. An intrinsic
 * that is not known is an error, because a property left half-resolved would fail far from its cause.
 */

/** What the names in a template stand for. Every function throws when it does not know the name. */
export interface Scope {
  /** A resource, template parameter or pseudo parameter. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  imported(exportName: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): unknown;
}

/** What `AWS::NoValue` resolves to: the property or list entry that holds it disappears. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Args = readonly unknown[];
const list = (value: unknown, fn: string): Args => {
  if (Array.isArray(value)) return value;
  throw new Error(`${fn} takes a list, got ${JSON.stringify(value)}`);
};

/** A value with every intrinsic in it replaced. Objects and lists are copied; a removed value is left out. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((entry) => resolve(entry, scope)).filter((entry) => entry !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && (only[0] === 'Ref' || only[0] === 'Condition' || only[0].startsWith('Fn::'))) {
    return call(only[0], only[1], scope);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of entries) {
    const resolved = resolve(entry, scope);
    if (resolved !== NO_VALUE) copy[key] = resolved;
  }
  return copy;
}

function call(fn: string, raw: unknown, scope: Scope): unknown {
  const given = (value: unknown) => resolve(value, scope);
  switch (fn) {
    case 'Ref':
      return scope.ref(String(raw));
    case 'Condition':
      // A key named Condition outside the Conditions block holds a policy condition, not a condition's name.
      return typeof raw === 'string' ? scope.condition(raw) : { Condition: given(raw) };
    case 'Fn::GetAtt': {
      const [id, ...rest] = typeof raw === 'string' ? raw.split('.') : list(given(raw), fn).map(String);
      return scope.attribute(id ?? '', rest.join('.'));
    }
    case 'Fn::Join': {
      const [separator, parts] = list(raw, fn);
      return list(given(parts), fn).map(String).join(String(separator));
    }
    case 'Fn::Split': {
      const [separator, text] = list(given(raw), fn);
      return String(text).split(String(separator));
    }
    case 'Fn::Select': {
      const [index, from] = list(given(raw), fn);
      const chosen = list(from, fn)[Number(index)];
      if (chosen === undefined) throw new Error(`Fn::Select has no entry ${String(index)} in ${JSON.stringify(from)}`);
      return chosen;
    }
    case 'Fn::Sub':
      return substitute(raw, scope);
    case 'Fn::FindInMap': {
      const [map, first, second] = list(given(raw), fn).map(String);
      return scope.mapping(map ?? '', first ?? '', second ?? '');
    }
    case 'Fn::If': {
      const [condition, yes, no] = list(raw, fn);
      return given(scope.condition(String(condition)) ? yes : no);
    }
    case 'Fn::ImportValue':
      return scope.imported(String(given(raw)));
    case 'Fn::Base64':
      return Buffer.from(String(given(raw))).toString('base64');
    case 'Fn::ToJsonString':
      return JSON.stringify(given(raw));
    case 'Fn::Length':
      return list(given(raw), fn).length;
    case 'Fn::Equals': {
      const [left, right] = list(given(raw), fn);
      return JSON.stringify(left) === JSON.stringify(right);
    }
    case 'Fn::Not':
      return !list(given(raw), fn)[0];
    case 'Fn::And':
      return list(given(raw), fn).every(Boolean);
    case 'Fn::Or':
      return list(given(raw), fn).some(Boolean);
    default:
      throw new Error(`the intrinsic ${fn} is not known here`);
  }
}

/** `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!literal}`, with its own names first. */
function substitute(raw: unknown, scope: Scope): string {
  const [template, own] = Array.isArray(raw) ? (raw as [unknown, Record<string, unknown>]) : [raw, {}];
  return String(template).replace(/\$\{(!?)([^}]+)\}/g, (_, escaped: string, name: string) => {
    if (escaped) return `\${${name}}`;
    if (Object.hasOwn(own, name)) return String(resolve(own[name], scope));
    const [id, ...attribute] = name.split('.');
    return String(attribute.length > 0 ? scope.attribute(id ?? '', attribute.join('.')) : scope.ref(name));
  });
}
