import type { Credentials } from '../credentials.ts';

/** Somebody whose key lies in `credentials.json`. */
export type Actor = keyof Credentials['keys'];

export const ACTORS: readonly Actor[] = ['owner', 'finance', 'approver'];

export function isActor(name: string | undefined): name is Actor {
  return ACTORS.some((actor) => actor === name);
}

/** What the brand API said instead of doing what it was asked: its problem document, as far as the page shows it. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
}

export type Reply<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly refusal: Refusal };

/** The brand API as a person uses it: their key, and no way around a rule. Keys stay on this side of the page. */
export interface BrandDesk {
  /** Sends a request as somebody; an API that does not answer in time is a refusal too. */
  ask<Answer>(as: Actor, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply<Answer>>;
}

/** Longer than the gateway waits for a function, so that its own words arrive. */
const PATIENCE_MS = 31_000;

/** A desk at which the people of a brand sit; `credentials` are what the first start wrote. */
export function brandDesk({ apiUrl, keys }: Pick<Credentials, 'apiUrl' | 'keys'>): BrandDesk {
  return {
    async ask<Answer>(as: Actor, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply<Answer>> {
      try {
        const response = await fetch(`${apiUrl}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${keys[as]}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const text = await response.text();
        if (response.ok) return { ok: true, answer: JSON.parse(text) as Answer };
        return { ok: false, refusal: refusalOf(response.status, text) };
      } catch (error) {
        return { ok: false, refusal: silence(apiUrl, error) };
      }
    },
  };
}

function refusalOf(status: number, text: string): Refusal {
  const told = problemIn(text);
  return {
    status,
    title: told.title ?? 'The brand API refused',
    detail: told.detail ?? told.message ?? `It answered with status ${status}.`,
    code: told.code ?? String(status),
  };
}

/** A problem document of ours, or the gateway's own `{ message }`. */
function problemIn(text: string): Partial<Refusal & { message: string }> {
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === 'object' && told !== null ? told : {};
  } catch {
    return {};
  }
}

function silence(apiUrl: string, error: unknown): Refusal {
  const why = error instanceof Error ? String(error.cause ?? error.message) : String(error);
  return {
    status: 502,
    title: 'The brand API gives no usable answer',
    detail: `${apiUrl} could not be asked: ${why}.`,
    code: 'no-answer',
  };
}
