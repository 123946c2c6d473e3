import * as z from 'zod';
import type { Contract } from '../../lib/http/contract.ts';
import type { Chance } from './chance.ts';
import type { NameSet } from './furnish.ts';
import { noise, TEXTS } from './hostile-values.ts';
import { type Aim, nameFor } from './names.ts';

/** What parameters often are. */
const USUAL = [
  ...['2026-04-15', '2026-05-01', '2026-03-01T00:00:00Z', '2026-04-30T12:00:00+02:00'],
  ...['1', '50', '200', '12.50', 'true', 'sale', 'settle-conversions', 'json', 'USD', 'shoes'],
];

/** What trackers and links send, whether a route asks for it or not. */
const COMMON_PARAMETERS = [
  'u',
  'via',
  'sub1',
  'sub5',
  'shared',
  'click_id',
  'transaction_id',
  'amount',
  'order_id',
  'currency',
  'status',
  'token',
  'utm_source',
  'gclid',
  'trb_click',
  'format',
  'limit',
  'cursor',
  '__proto__',
  'constructor',
  '',
];

/** What a tracker sends to a route without a contract, all of it: by chance alone it never comes together. */
const WHOLE_QUERIES: Readonly<Record<string, (own: NameSet, chance: Chance) => [string, string][]>> = {
  'GET /postback': ({ token = '', clickId = '' }, chance) => [
    ['token', token],
    ['click_id', clickId],
    ['order_id', `P-${chance.below(1_000)}`],
    ['amount', chance.is(0.8) ? '12.50' : chance.pick(TEXTS)],
    ['currency', chance.is(0.9) ? 'USD' : noise(chance, 3)],
  ],
};

/** The query of an input, without its question mark. */
export function queryFor(chance: Chance, routeKey: string, contract: Contract | undefined, names: Aim): string {
  const query = new URLSearchParams();
  for (const [name, field] of Object.entries(contract?.query?.shape ?? {})) {
    const draw = chance.next();
    if (draw < 0.5) query.append(name, chance.pick(takenBy(field as z.ZodType, names)));
    else if (draw < 0.6 || !(field as z.ZodType).safeParse(undefined).success)
      query.append(name, queryValue(chance, name, names));
  }
  const usual = WHOLE_QUERIES[routeKey];
  if (usual && chance.is(0.6)) for (const [name, value] of usual(names.own, chance)) query.append(name, value);
  const most = contract ? Number(chance.is(0.12)) : chance.below(5);
  const strange = names.calm ? 0 : most;
  for (let i = 0; i < strange; i += 1)
    query.append(chance.pick(COMMON_PARAMETERS), queryValue(chance, 'programId', names));
  const text = query.toString();
  return !names.calm && chance.is(0.03) ? `${text}&%zz=%ff&&=&a` : text;
}

/** Values that a parameter takes, of things there are and of what its schema lists; noise when it takes none of them. */
function takenBy(field: z.ZodType, names: Aim): readonly string[] {
  const pool = [...listedIn(field), ...USUAL, ...Object.values(names.own)];
  const taken = pool.filter((value) => field.safeParse(value).success);
  return taken.length > 0 ? taken : TEXTS;
}

const LISTED = new WeakMap<z.ZodType, readonly string[]>();
function listedIn(field: z.ZodType): readonly string[] {
  const known =
    LISTED.get(field) ?? (z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }).enum ?? []).map(String);
  LISTED.set(field, known);
  return known;
}

function queryValue(chance: Chance, name: string, names: Aim): string {
  if (chance.is(0.7) && name in names.own) return nameFor(chance, name, names);
  if (chance.is(0.3)) return chance.pick(USUAL);
  return chance.is(0.5) ? chance.pick(TEXTS) : noise(chance, chance.below(30));
}
