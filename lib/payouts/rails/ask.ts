/** A request to a provider. */
interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request to a provider and answers what came back, or in words why nothing did; it never throws. `outbound` of lib/http is one. */
export type Send = (
  outgoing: Outgoing,
) => Promise<
  { readonly status: number; readonly text: string } | { readonly status?: undefined; readonly reason: string }
>;

/** What a provider answered, by what may be concluded from it. */
export type Reply =
  | { readonly kind: 'done'; readonly json: Json }
  /** It says that it did not do it. */
  | { readonly kind: 'refused'; readonly status: number; readonly words: string; readonly json: Json }
  /** It has no time now, and did not do it. */
  | { readonly kind: 'busy'; readonly words: string }
  /** Nobody knows whether it did it: no answer, a server error, an answer that cannot be read. */
  | { readonly kind: 'unknown'; readonly words: string };

/** JSON from outside: nothing about it is sure. */
export type Json = { readonly [field: string]: unknown };

const MOST_WORDS = 200;

/** Asks a provider and says what the answer is worth. */
export async function ask(send: Send, outgoing: Outgoing): Promise<Reply> {
  const answer = await send({
    ...outgoing,
    headers: { 'user-agent': 'Tributary-Payouts/1', accept: 'application/json', ...outgoing.headers },
  });
  if (answer.status === undefined) return { kind: 'unknown', words: answer.reason };
  const { status, text } = answer;
  const json = objectOf(text);
  if (status === 429) return { kind: 'busy', words: 'too many requests' };
  if (status >= 200 && status < 300) {
    if (json) return { kind: 'done', json };
    return { kind: 'unknown', words: `answered ${status} with what is no JSON` };
  }
  if (status >= 400 && status < 500 && status !== 408)
    return { kind: 'refused', status, words: `${status} ${wordsOf(json ?? {})}`.trim(), json: json ?? {} };
  return { kind: 'unknown', words: `answered ${status}` };
}

/** The reply as trouble: what a person reads. */
export const troubleOf = (what: string, reply: Exclude<Reply, { kind: 'done' }>): string =>
  `${what}: ${reply.words}`.slice(0, MOST_WORDS * 2);

function objectOf(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** What an error says of itself: PayPal's `name`, `message` and `details`, Wise's `errors` or `errorCode`. */
function wordsOf(json: Json): string {
  const said = [json.name, json.error, json.errorCode, json.message, json.error_description];
  const details = [...listOf(json.details), ...listOf(json.errors)].flatMap(({ issue, code, message }) => [
    issue ?? code,
    message,
  ]);
  const words = [...said, ...details].filter((one) => typeof one === 'string' && one !== '');
  return [...new Set(words)]
    .join(', ')
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
    .slice(0, MOST_WORDS);
}

/** The objects of a list that may be anything. */
export const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter((one): one is Json => one !== null && typeof one === 'object') : [];

/** The object in a field that may be anything. */
export const objectIn = (value: unknown): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};

/** A text or number in a field as text; nothing for anything else. */
export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
