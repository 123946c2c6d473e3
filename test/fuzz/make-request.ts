import type { Contract } from '../../lib/http/contract.ts';
import { CONTRACTS } from '../../lib/http/contracts/all.ts';
import { ROUTES, type Route, type RouteId } from '../../lib/routes.ts';
import { placesOf, plantedAt } from '../support/hostile-json.ts';
import { type Chance, chanceOf } from './chance.ts';
import { anyValue, NUMBERS, noise, rawBody, TEXTS } from './hostile-values.ts';
import { queryFor } from './make-query.ts';
import { type Aim, type Names, namedIn, nameFor } from './names.ts';

/** Who sends an input: people of the brand, an owner of another, nobody, or a key that is none. */
export const CALLERS = ['owner', 'finance', 'stranger', 'nobody', 'broken'] as const;
export type CallerName = (typeof CALLERS)[number];

/** One input: what a client puts on the wire, and when it arrives. */
export interface FuzzRequest {
  readonly number: number;
  /** `POST /v1/links`: the route it is aimed at. */
  readonly routeKey: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
  readonly caller: CallerName;
  readonly at: string;
}

const CONTRACT_BY_KEY = new Map<string, { route: Route; contract: Contract }>(
  (ROUTES as readonly Route[]).map((route) => [
    `${route.method} ${route.path}`,
    { route, contract: CONTRACTS[route.id as RouteId] },
  ]),
);
/** The contract of a deployed route; none for tracking and other routes that read what they get by hand. */
export const contractOf = (routeKey: string) => CONTRACT_BY_KEY.get(routeKey);

/** Input `number` of a campaign: a pure function of seed, number, the deployed routes and the names of things there are. */
export function makeRequest(seed: number, number: number, routeKeys: readonly string[], all: Names): FuzzRequest {
  const chance = chanceOf(seed, number);
  const routeKey = chance.pick(routeKeys);
  const [method = 'GET', pattern = '/'] = routeKey === '$default' ? ['GET', '/'] : routeKey.split(' ');
  const contract = contractOf(routeKey)?.contract;
  const fitting = all.more.filter((set) => Object.keys(set).some((name) => pattern.includes(`{${name}}`)));
  const own = fitting.length > 0 && chance.is(0.8) ? { ...all.own, ...chance.pick(fitting) } : all.own;
  const names: Aim = { ...all, own, calm: chance.is(0.3) };
  const body =
    contract?.body || (!contract && method !== 'GET' && method !== 'HEAD')
      ? bodyFor(chance, contract, names)
      : strayBody(chance, names);
  return {
    number,
    routeKey,
    method: method === 'ANY' ? chance.pick(['GET', 'POST', 'HEAD', 'PUT']) : method,
    path: pathFor(chance, pattern, names),
    query: queryFor(chance, routeKey, contract, names),
    headers: headersFor(chance, body.length > 0, contract?.text ?? 'application/json', names.calm),
    cookies: chance.is(0.2)
      ? [`${chance.pick(['trb_v', 'trb', '__proto__', noise(chance, 5)])}=${headerText(chance)}`]
      : [],
    body,
    caller: chance.is(0.7) ? 'owner' : chance.pick(CALLERS),
    at: timeFor(chance),
  };
}

/** Mostly a season in which the examples make sense. */
const timeFor = (chance: Chance) => {
  const [from, to] = chance.is(0.9) ? ['2026-04-01', '2026-07-01'] : ['2024-01-01', '2035-01-01'];
  return new Date(Date.parse(from!) + chance.next() * (Date.parse(to!) - Date.parse(from!))).toISOString();
};

function pathFor(chance: Chance, pattern: string, names: Aim): string {
  return pattern.replace(/\{([\w.-]+)\+?\}/g, (_, name: string) => {
    const value = nameFor(chance, name, names);
    if (value === '') return '%20';
    // Some are sent as they are, percent signs and all, as far as a request line carries them.
    return chance.is(0.1) ? value.replace(/[^\x21-\x7e]|[/?#]/g, '%2f') : encodeURIComponent(value.toWellFormed());
  });
}

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'facebookexternalhit/1.1',
  'curl/8.0',
  '',
];

/** Characters that HTTP carries in a header: no controls. */
const headerText = (chance: Chance) =>
  (chance.is(0.5) ? chance.pick(TEXTS) : noise(chance, chance.below(80)))
    .replace(/[^\x20-\x7e\xa1-\xff]/g, '')
    .slice(0, 4_000)
    .trim();

function headersFor(chance: Chance, hasBody: boolean, expected: string, calm: boolean): Record<string, string> {
  if (calm) return { host: 'api.test', 'user-agent': AGENTS[0]!, ...(hasBody && { 'content-type': expected }) };
  const headers: Record<string, string> = { host: 'api.test', 'user-agent': chance.pick(AGENTS) };
  if (hasBody || chance.is(0.1))
    headers['content-type'] = chance.is(0.85)
      ? expected
      : chance.pick([
          'application/json',
          'application/json; charset=utf-16',
          'application/problem+json',
          'text/plain',
          'text/csv',
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          '',
          headerText(chance),
        ]);
  const maybe = (name: string, probability: number, values: readonly string[]) => {
    if (chance.is(probability)) headers[name] = chance.is(0.5) ? chance.pick(values) : headerText(chance);
  };
  maybe('idempotency-key', 0.15, ['once', 'again', 'k-1', 'x'.repeat(201)]);
  maybe('x-reason', 0.1, ['because', 'x'.repeat(501), '%C3%A4', '%']);
  maybe('if-match', 0.1, ['"1"', '2', '*', 'W/"1"', '"999999999"', '"0"']);
  maybe('accept', 0.1, ['text/html', 'text/csv', '*/*', 'text/html;q=2', ',,;q=']);
  maybe('accept-language', 0.05, ['de', '*']);
  maybe('referer', 0.1, ['https://blog.example/post', 'android-app://x', 'about:blank']);
  maybe('sec-gpc', 0.05, ['1']);
  maybe('sec-purpose', 0.05, ['prefetch', 'prefetch;prerender']);
  maybe('sec-fetch-mode', 0.05, ['navigate', 'no-cors']);
  maybe('origin', 0.25, ['https://shop.example', 'https://shop.example', 'null']);
  maybe('x-forwarded-for', 0.05, ['1.2.3.4, 5.6.7.8', '::1']);
  maybe('webhook-signature', 0.05, ['v1,AAAA']);
  return headers;
}

const strayBody = (chance: Chance, { calm }: Aim) => (!calm && chance.is(0.05) ? rawBody(chance) : Buffer.alloc(0));

function bodyFor(chance: Chance, contract: Contract | undefined, names: Aim): Buffer {
  const example = contract?.examples?.body;
  if (typeof example === 'string' && chance.is(0.6)) return Buffer.from(example);
  if (example === undefined || chance.is(0.12)) return rawBody(chance);
  let body = withNames(chance, example, names);
  const changes = chance.is(0.45) ? 0 : 1 + chance.below(3);
  for (let i = 0; i < changes; i += 1) body = mutated(chance, body, names);
  return Buffer.from(written(chance, body));
}

/** The example with names of things there are; now and then of a partner who is in no program yet. */
const withNames = (chance: Chance, example: unknown, names: Aim): unknown =>
  JSON.parse(
    JSON.stringify(example, (key, value: unknown) =>
      typeof value === 'string' && !WORDS.has(key) && namedIn(names.own, key) !== undefined && chance.is(0.9)
        ? placed(chance, key, names)
        : value,
    ),
  );

/** Fields whose names mean something else in a body than in a path: the example's word is the better one. */
const WORDS: ReadonlySet<string> = new Set(['name', 'number', 'workflow', 'from', 'to', 'day', 'year', 'code', 'link']);

const placed = (chance: Chance, key: string, { own }: Aim) =>
  key === 'partnerId' && own.newPartnerId && chance.is(0.3) ? own.newPartnerId : namedIn(own, key);

function mutated(chance: Chance, body: unknown, names: Aim): unknown {
  const places = placesOf(body);
  if (places.length === 0) return anyValue(chance);
  const place = chance.pick(places);
  const kind = chance.below(8);
  if (kind === 0) return plantedAt(body, place, undefined);
  if (kind === 1) return plantedAt(body, place, anyValue(chance));
  if (kind === 2 && place.kind === 'list') {
    const list = place.value as unknown[];
    return plantedAt(
      body,
      place,
      chance.is(0.5) ? [] : [...list, ...list, chance.is(0.5) ? anyValue(chance) : list[0]],
    );
  }
  if (kind === 3 && place.kind === 'object')
    return plantedAt(body, place, { ...(place.value as object), [noise(chance, 4)]: anyValue(chance) });
  if (place.kind === 'number')
    return plantedAt(
      body,
      place,
      chance.is(0.5) ? chance.pick(NUMBERS) : Math.round((place.value as number) * 10 ** (chance.next() * 4 - 2)),
    );
  if (place.kind === 'text' && kind < 6) {
    const text = String(place.value);
    if (chance.is(0.3)) return plantedAt(body, place, nameFor(chance, place.key, names));
    const at = chance.below(text.length + 1);
    return plantedAt(
      body,
      place,
      chance.is(0.5) ? chance.pick(TEXTS) : text.slice(0, at) + noise(chance, 1 + chance.below(3)) + text.slice(at),
    );
  }
  if (place.kind === 'boolean') return plantedAt(body, place, !place.value);
  return plantedAt(body, place, chance.pick(TEXTS));
}

/** Written as JSON, now and then by somebody with other habits: escapes, blanks, a key twice. */
function written(chance: Chance, body: unknown): string {
  const text = JSON.stringify(body, null, chance.is(0.1) ? 2 : 0) ?? '';
  if (chance.is(0.03)) return text.replace(/^\{/, '{"name":1,');
  if (chance.is(0.03)) return text.slice(0, chance.below(text.length + 1));
  return text;
}
