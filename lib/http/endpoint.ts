import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { type Entropy, systemEntropy } from '../entropy.ts';
import { VisibleError } from '../errors.ts';
import { type IdKind, mint } from '../ids.ts';
import { ROUTES, type Route, type RouteId } from '../routes.ts';
import { type AuditEntry, auditLog } from '../store/audit.ts';
import { idempotency } from '../store/idempotency.ts';
import { epochMs, type Instant, instant } from '../time.ts';
import { admit, type Caller, expectOwnPartner } from './caller.ts';
import type { Contract } from './contract.ts';
import type { ApiAnswer, ApiEvent, ApiHandler } from './event.ts';
import { logged, refusals } from './middleware.ts';
import { type Attempt, once } from './once.ts';
import { type Read, readRequest } from './read-request.ts';
import { jsonReply, Reply, toResult } from './reply.ts';
import { idempotencyKey, reasonOf } from './request-headers.ts';
import type { SignatureCheck } from './signed-request.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A change as the audit log tells it. `before` and `after` hold the fields that changed. */
export interface Change {
  /** Path of what was changed: `ptr_…`, `prg_…/plans/3`. */
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Said by the system; the caller's own words come in the `X-Reason` header. */
  readonly why?: string;
}

/** A checked request, and what an operation may do in its name. */
export interface ApiRequest<C extends Contract = Contract> {
  readonly params: Parsed<C['params']>;
  readonly query: Parsed<C['query']>;
  readonly body: Parsed<C['body']>;
  /** The body of a contract that takes a text. */
  readonly text: string;
  readonly who: Caller;
  /** When the request was made; the first attempt's time for a repeat under an `Idempotency-Key`. */
  readonly at: Instant;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The caller's `Idempotency-Key`. */
  readonly idempotencyKey: string | undefined;
  /** A fresh id; under an `Idempotency-Key` every attempt gets the same ones, in the same order. */
  mint(kind: IdKind): string;
  /** Bytes for other public names, as repeatable as ids. Never for secrets: whoever knows the key could guess them. */
  readonly bytes: Entropy;
  /** A change as an entry to write in the change's own transaction: `auditLog(…).write(entry(change))`. */
  entry(change: Change): AuditEntry;
  /** Writes an entry by itself, right away: for changes that are no transaction of ours. */
  audit(change: Change): Promise<void>;
}

/** What one route does. */
export interface Operation {
  readonly contract: Contract;
  readonly run: (request: never) => Promise<unknown>;
}

/** Binds a contract and what to do: the request comes checked, the answer leaves checked. Refuse with a `VisibleError`. */
export function operation<const C extends Contract>(
  contract: C,
  run: (request: ApiRequest<C>) => Promise<z.input<C['answer']> | Reply>,
): Operation {
  return { contract, run };
}

/** Where requests' idempotency and audit rows live. */
export interface Core {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  /** Checks the signature of a key that signs; functions without it refuse such keys. */
  readonly signatures?: SignatureCheck;
}

/**
 * The Lambda handler of several routes: finds the route, lets in who may call it, reads the request by its contract, carries a POST out
 * once per `Idempotency-Key`, runs the operation and answers by the contract. A `VisibleError` becomes a problem document, anything else
 * is logged and answers `500`. Without a core table (public documents) nothing may change and nothing is audited.
 *
 * @example
 * export const handler = serve({ getLink: operation(linksContracts.getLink, async ({ params, who }) => …) }, { client, table });
 */
export function serve(operations: { readonly [Id in RouteId]?: Operation }, core?: Core): ApiHandler {
  const served = new Map<string, { route: Route; operation: Operation }>();
  for (const route of ROUTES as readonly Route[]) {
    const operation = operations[route.id as RouteId];
    if (operation) served.set(`${route.method} ${route.path}`, { route, operation });
  }
  const books = core && { once: idempotency(core.client, core.table), audit: auditLog(core.client, core.table) };

  /** A key that signs its requests signs all of them: where signatures are not checked, it may not call. */
  const signed = async (event: ApiEvent, caller: Caller): Promise<void> => {
    if (caller.signing === undefined) return;
    if (core?.signatures) return core.signatures(event, caller);
    const why = 'This key signs its requests and is for reporting conversions; use another key for this route.';
    throw new VisibleError('forbidden', 'signing-key', why);
  };

  const answer = async (event: ApiEvent, context: Context): Promise<ApiAnswer> => {
    const found = served.get(event.routeKey);
    if (!found) throw new VisibleError('not-found', 'no-such-route', `There is no ${event.routeKey} here.`);
    const { route, operation } = found;
    const { contract } = operation;
    const caller = admit(route, event.requestContext.authorizer?.lambda);
    await signed(event, caller);
    const key = route.method === 'POST' ? idempotencyKey(event.headers) : undefined;
    const why = reasonOf(event.headers['x-reason']);
    const read = readRequest(contract, event);
    expectOwnPartner(caller, (read.params ?? {}) as Readonly<Record<string, unknown>>);
    const at = instant(event.requestContext.timeEpoch);
    const run = (attempt: Attempt) =>
      carryOut(operation, { route, caller, read, why, key, headers: event.headers, attempt, books });

    if (!books || key === undefined || contract.repeat === 'natural') return toResult(await run({ at }));
    const remainingMs = context.getRemainingTimeInMillis?.() ?? 30_000;
    return toResult(
      await once({ store: books.once, contract, route: route.id, caller, key, read, at, remainingMs }, run),
    );
  };
  return middy<ApiEvent, ApiAnswer>(answer).use([logged(), refusals()]) as unknown as ApiHandler;
}

interface Call {
  readonly route: Route;
  readonly caller: Caller;
  readonly read: Read;
  readonly why: string | undefined;
  readonly key: string | undefined;
  readonly headers: ApiRequest['headers'];
  readonly attempt: Attempt;
  readonly books: { readonly audit: ReturnType<typeof auditLog> } | undefined;
}

async function carryOut({ contract, run }: Operation, call: Call): Promise<Reply> {
  const { caller, attempt } = call;
  const bytes = attempt.seed === undefined ? systemEntropy : seeded(attempt.seed);
  const mintId = (kind: IdKind) => mint(kind, epochMs(attempt.at), bytes(8));
  const entry = (change: Change): AuditEntry => ({
    auditId: mintId('audit'),
    brandId: caller.brandId,
    at: attempt.at,
    person: caller.person,
    keyId: caller.keyId,
    action: call.route.id,
    ...change,
    why: call.why ?? change.why,
  });
  const request = {
    ...call.read,
    who: caller,
    at: attempt.at,
    headers: call.headers,
    idempotencyKey: call.key,
    mint: mintId,
    bytes,
    entry,
    audit: async (change: Change) => {
      if (!call.books) throw new Error(`${call.route.id} is served without a core table and cannot be audited`);
      await call.books.audit.record(entry(change));
    },
  };
  const answer = await run(request as never);
  return answer instanceof Reply ? answer : jsonReply(contract.status, contract.answer.parse(answer));
}

/** Repeatable bytes from a seed: SHA-256 over a counter. */
function seeded(seed: string): Entropy {
  let drawn = 0;
  return (bytes) => {
    drawn += 1;
    if (bytes > 32) throw new RangeError('at most 32 repeatable bytes at a time');
    return createHash('sha256').update(`${seed}:${drawn}`).digest().subarray(0, bytes);
  };
}
