import { matchesWildcard } from './wildcards.ts';

/** A statement's `Condition`: operator → key → values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** The condition keys a call carries; a key that is absent has no value at all. */
export type Context = Readonly<Record<string, readonly string[]>>;

type Compare = (wanted: string, actual: string) => boolean;
const equals: Compare = (wanted, actual) => wanted === actual;
const like: Compare = (wanted, actual) => matchesWildcard(wanted, actual);
const numbers =
  (holds: (actual: number, wanted: number) => boolean): Compare =>
  (wanted, actual) =>
    holds(Number(actual), Number(wanted));

const OPERATORS: Readonly<Record<string, Compare>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
  NumericEquals: numbers((actual, wanted) => actual === wanted),
  NumericLessThan: numbers((actual, wanted) => actual < wanted),
  NumericLessThanEquals: numbers((actual, wanted) => actual <= wanted),
  NumericGreaterThan: numbers((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: numbers((actual, wanted) => actual >= wanted),
};

/** The negated operators hold when their counterpart does not, also when the key is absent. */
const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
};

/**
 * Keys whose value the laptop can tell. A policy that asks for any other is refused at boot: taken as absent it would open or
 * shut a door that AWS does not.
 */
const KNOWN_KEYS: readonly string[] = [
  'dynamodb:LeadingKeys',
  'kms:ViaService',
  'kms:EncryptionContextKeys',
  'kms:EncryptionContext:*',
  'events:source',
  'events:detail-type',
  'ses:FromAddress',
  'ses:Recipients',
  'states:StateMachineQualifier',
  's3:prefix',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:PrincipalAccount',
  'aws:ResourceAccount',
];

interface Operator {
  readonly compare: Compare;
  readonly negated: boolean;
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
}

function operatorOf(name: string): Operator | undefined {
  const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const positive = NEGATED[base ?? ''];
  const compare = OPERATORS[positive ?? base ?? ''];
  if (!compare) return undefined;
  return { compare, negated: positive !== undefined, set: set as Operator['set'], ifExists: ifExists !== undefined };
}

/** What in these conditions the laptop cannot judge, in words; empty when it can judge all. */
export function beyondJudgement(conditions: Conditions): string[] {
  return Object.entries(conditions).flatMap(([operator, keys]) => [
    ...(operator === 'Null' || operatorOf(operator) ? [] : [`the condition operator ${operator}`]),
    ...Object.keys(keys)
      .filter((key) => !KNOWN_KEYS.some((known) => matchesWildcard(known, key, false)))
      .map((key) => `the condition key ${key}`),
  ]);
}

/** Whether every condition holds: all operators, all keys, any of a key's values. */
export function conditionsHold(conditions: Conditions, context: Context): boolean {
  const values = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([name, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(name, [wanted].flat().map(String), values.get(key.toLowerCase())),
    ),
  );
}

function holds(name: string, wanted: readonly string[], actual: readonly string[] | undefined): boolean {
  if (name === 'Null') return wanted.includes(String(actual === undefined));
  const operator = operatorOf(name);
  if (!operator) return false;
  const { compare, negated, set, ifExists } = operator;
  if (actual === undefined || actual.length === 0) return ifExists || negated || set === 'ForAllValues';
  const one = (value: string) => wanted.some((candidate) => compare(candidate, value)) !== negated;
  // Without a set operator a key has one value; a negated one must then hold for that value.
  return set === 'ForAnyValue' || !(set || negated) ? actual.some(one) : actual.every(one);
}
