import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * EventBridge's pattern language, which event-source filters speak too.
 *
 * A pattern is an object shaped like the event: its leaves are lists, and a leaf matches when one of its entries matches one of the
 * values there. Several fields must all match. Where the event holds a list of objects, all fields below must match in the same one.
 */
type Test = (value: unknown) => boolean;

const compiled = new WeakMap<object, Test>();

/** Whether an event matches a pattern, given as an object or as its JSON text. Throws on a pattern that AWS would refuse. */
export function matches(pattern: unknown, event: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return compilePattern(pattern)(event);
  const test = compiled.get(pattern) ?? compilePattern(pattern);
  compiled.set(pattern, test);
  return test(event);
}

/** The pattern as a function; throws with the place and the reason when it is not one, so that a start can refuse it. */
export function compilePattern(pattern: unknown): Test {
  const parsed: unknown = typeof pattern === 'string' ? JSON.parse(pattern) : pattern;
  if (!isObject(parsed) || Object.keys(parsed).length === 0)
    throw new Error('A pattern is an object with at least one field.');
  return fields(parsed, '$');
}

function fields(pattern: Record<string, unknown>, at: string): Test {
  const tests = Object.entries(pattern).map(([key, value]): Test => {
    const place = `${at}.${key}`;
    if (key === '$or' && Array.isArray(value) && value.length > 1 && value.every(isObject)) {
      const branches = value.map((branch, index) => fields(branch, `${place}[${index}]`));
      return (event) => branches.some((branch) => branch(event));
    }
    if (isObject(value)) {
      const below = fields(value, place);
      return (event) => {
        const inner = field(event, key);
        return Array.isArray(inner) ? inner.some(below) : below(inner);
      };
    }
    if (!Array.isArray(value) || value.length === 0)
      throw new Error(`${place}: a leaf is a list with at least one entry.`);
    const entries = value.map((entry) => leaf(entry, place));
    return (event) => {
      const values = leaves(field(event, key));
      return entries.some((entry) => entry(values));
    };
  });
  return (event) => tests.every((test) => test(event));
}

/** An entry of a leaf, asked about all values of the field at once: absence is a fact about the field, not about a value. */
function leaf(entry: unknown, at: string): (values: readonly unknown[]) => boolean {
  if (!isObject(entry)) {
    if (Array.isArray(entry)) throw new Error(`${at}: an entry of a leaf is a value or a comparison, not a list.`);
    return (values) => values.includes(entry);
  }
  if ('exists' in entry) {
    if (typeof entry.exists !== 'boolean') throw new Error(`${at}: exists is true or false.`);
    return (values) => values.length > 0 === entry.exists;
  }
  const test = comparison(entry, at);
  return (values) => values.some(test);
}

function comparison(entry: Record<string, unknown>, at: string): Test {
  const [name, ...more] = Object.keys(entry);
  if (!name || more.length > 0) throw new Error(`${at}: a comparison has exactly one name.`);
  const value = entry[name];
  switch (name) {
    case 'prefix':
      return affix(value, at, (text, start) => text.startsWith(start));
    case 'suffix':
      return affix(value, at, (text, end) => text.endsWith(end));
    case 'equals-ignore-case':
      return sameIgnoringCase(text(value, at));
    case 'wildcard':
      return wildcard(text(value, at), at);
    case 'numeric':
      return numeric(value, at);
    case 'cidr':
      return cidr(text(value, at), at);
    case 'anything-but':
      return anythingBut(value, at);
    default:
      throw new Error(`${at}: ${name} is not a comparison.`);
  }
}

function affix(value: unknown, at: string, has: (text: string, part: string) => boolean): Test {
  if (isObject(value)) {
    const part = text(value['equals-ignore-case'], at).toLowerCase();
    return (candidate) => typeof candidate === 'string' && has(candidate.toLowerCase(), part);
  }
  const part = text(value, at);
  return (candidate) => typeof candidate === 'string' && has(candidate, part);
}

function sameIgnoringCase(wanted: string): Test {
  const lower = wanted.toLowerCase();
  return (candidate) => typeof candidate === 'string' && candidate.toLowerCase() === lower;
}

/** `*` stands for any run of characters; `\*` and `\\` for themselves. */
function wildcard(pattern: string, at: string): Test {
  if (/(?<!\\)\*\*/.test(pattern)) throw new Error(`${at}: two wildcards in a row.`);
  const source = pattern.replace(/\\([*\\])|(\*)|[.+?^${}()|[\]\\]/g, (found, escaped, star) => {
    if (star) return '[\\s\\S]*';
    return `\\${escaped ?? found}`;
  });
  const expression = new RegExp(`^${source}$`);
  return (candidate) => typeof candidate === 'string' && expression.test(candidate);
}

const RELATIONS: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function numeric(value: unknown, at: string): Test {
  const wrong = new Error(`${at}: numeric is a list of relations and numbers, such as [">", 0, "<=", 5].`);
  if (!Array.isArray(value) || value.length === 0 || value.length % 2 === 1) throw wrong;
  const bounds = Array.from({ length: value.length / 2 }, (_, index) => {
    const relation = RELATIONS[String(value[index * 2])];
    const bound: unknown = value[index * 2 + 1];
    if (!relation || typeof bound !== 'number') throw wrong;
    return { relation, bound };
  });
  return (candidate) =>
    typeof candidate === 'number' && bounds.every(({ relation, bound }) => relation(candidate, bound));
}

function cidr(block: string, at: string): Test {
  const [address = '', bits] = block.split('/');
  const version = isIP(address);
  if (version === 0 || !/^\d+$/.test(bits ?? '')) throw new Error(`${at}: ${block} is not a CIDR block.`);
  const list = new BlockList();
  list.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4');
  return (candidate) =>
    typeof candidate === 'string' &&
    isIP(candidate) !== 0 &&
    list.check(candidate, isIPv6(candidate) ? 'ipv6' : 'ipv4');
}

/** Matches a value that is there and is none of these; a field that is absent does not match. */
function anythingBut(value: unknown, at: string): Test {
  if (isObject(value)) {
    const [name = '', ...more] = Object.keys(value);
    if (more.length > 0 || !['prefix', 'suffix', 'wildcard', 'equals-ignore-case'].includes(name)) {
      throw new Error(`${at}: anything-but takes values, prefix, suffix, wildcard or equals-ignore-case.`);
    }
    const refused = listOf(value[name]).map((one) => comparison({ [name]: one }, at));
    return (candidate) => typeof candidate === 'string' && !refused.some((test) => test(candidate));
  }
  const refused = listOf(value);
  if (refused.length === 0 || refused.some(isObject)) throw new Error(`${at}: anything-but needs at least one value.`);
  return (candidate) => !refused.includes(candidate);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${at}: expected text.`);
  return value;
}

function field(event: unknown, key: string): unknown {
  return isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined;
}

/** The plain values of a field: those of a list, or the one; objects and absent fields have none. */
function leaves(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value === undefined || isObject(value) ? [] : [value];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
