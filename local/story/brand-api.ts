import { setTimeout as pause } from 'node:timers/promises';

/** The brand's own server, as the story plays it: one API key, every request at a moment of the story. */
export interface BrandApi {
  /** Sends a request; throws when the answer is none of the expected statuses. */
  call<Answer>(method: string, path: string, options?: CallOptions): Promise<Answer>;
}
export interface CallOptions {
  readonly body?: unknown;
  /** Moment of the story the request is made at; the laptop's gateway puts it into the request context. */
  readonly at?: string;
  /** Makes a POST safe to send again after a crash. */
  readonly once?: string;
  readonly expect?: readonly number[];
}

export function brandApi(url: string, key: string): BrandApi {
  return {
    async call<Answer>(method: string, path: string, { body, at, once, expect = [200, 201, 202] }: CallOptions = {}) {
      for (let attempt = 1; ; attempt += 1) {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${key}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(at === undefined ? {} : { 'x-tributary-time': at }),
            ...(once === undefined ? {} : { 'idempotency-key': once }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (expect.includes(response.status)) return (text === '' ? undefined : JSON.parse(text)) as Answer;
        // The gateway's own limit, or a gateway that is just starting: what a shop's server would try again.
        if ((response.status === 429 || response.status >= 500) && attempt < 6) await pause(100 * 2 ** attempt);
        else throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 600)}`);
      }
    },
  };
}

/** Asks again until the answer is what one waits for. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer>,
  good: (answer: Answer) => boolean,
  timeoutMs = 120_000,
): Promise<Answer> {
  const started = performance.now();
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (performance.now() - started > timeoutMs)
      throw new Error(`${what}: waited ${timeoutMs / 1000} s, last answer ${JSON.stringify(answer).slice(0, 400)}`);
    await pause(150);
  }
}

interface Execution {
  readonly name: string;
  readonly status: string;
  readonly output?: unknown;
  readonly error?: { readonly error: string; readonly cause: string };
}
/** Starts a workflow and waits for its end. */
export async function execute(
  api: BrandApi,
  workflow: string,
  input: Readonly<Record<string, unknown>>,
  at: string,
): Promise<Execution> {
  const { name } = await api.call<{ name: string }>('POST', '/v1/executions', { body: { workflow, input }, at });
  const ended = await until(
    `${workflow} ${name}`,
    () => api.call<Execution>('GET', `/v1/executions/${workflow}/${name}`),
    ({ status }) => status !== 'running',
    600_000,
  );
  if (ended.status !== 'succeeded')
    throw new Error(`${workflow} ${ended.status}: ${ended.error?.error} ${ended.error?.cause}`);
  return ended;
}

interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextCursor?: string;
}

/** All rows of a paged answer. */
export async function everyPage<Row>(api: BrandApi, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Row> = await api.call(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams({ limit: '200', ...(cursor ? { cursor } : {}) })}`,
    );
    rows.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return rows;
}
