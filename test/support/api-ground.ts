import { join } from 'node:path';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { vi } from 'vitest';
import type { Caller } from '../../lib/http/caller.ts';
import type { ApiAnswer, ApiEvent } from '../../lib/http/event.ts';
import { Env, WORKFLOWS } from '../../lib/names.ts';
import { ROUTES, type Route, type RouteId } from '../../lib/routes.ts';
import { epochMs } from '../../lib/time.ts';
import { startKeys } from '../../local/keys/keys.ts';
import { startParameters } from '../../local/parameters/parameters.ts';
import { startQueues } from '../../local/queues/queues.ts';
import { startStates } from '../../local/states/states.ts';
import { ACCOUNT, resource, tinyGround } from '../local/tiny-ground.ts';
import { startDynamodb } from './dynamodb.ts';

export const AT = '2026-03-29T10:00:00.000Z';
export const ADA: Caller = {
  brandId: 'brd_aaaaaa',
  keyId: 'key_01kaaaaaaaaaaaaa',
  person: 'ada@shop.example',
  role: 'owner',
};
/** An owner too, of another brand. */
export const EVE: Caller = {
  brandId: 'brd_eeeeee',
  keyId: 'key_01keeeeeeeeeeeee',
  person: 'eve@other.example',
  role: 'owner',
};

export interface CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: Caller | null;
  readonly at?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export type ApiGround = Awaited<ReturnType<typeof apiGround>>;

const DONE = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });

/** What the brand API stands on: its tables in a real engine, keys, parameters and workflows behind the AWS protocols. */
export async function apiGround() {
  const engine = await startDynamodb();
  const tables = await engine.createTables();
  const RoleArn = 'arn:aws:iam::111122223333:role/workflow';
  const machines = WORKFLOWS.map((name) =>
    resource('AWS::StepFunctions::StateMachine', name, { RoleArn, DefinitionString: DONE }),
  );
  const vaultKey = resource('AWS::KMS::Key', 'vault');
  const ground = await tinyGround([...machines, vaultKey, resource('AWS::SQS::Queue', 'webhooks')]);
  const keys = await startKeys(ground);
  const parameters = await startParameters(ground, keys);
  const states = await startStates(ground);
  const queues = await startQueues(ground);
  ground.mount(keys.service, parameters.service, states.service, queues.service);

  const settings: Record<string, string> = {
    AWS_ENDPOINT_URL: ground.awsEndpoint,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    [Env.coreTable]: tables.core,
    [Env.clicksTable]: tables.clicks,
    [Env.conversionsTable]: tables.conversions,
    [Env.ledgerTable]: tables.ledger,
    [Env.vaultTable]: tables.vault,
    [Env.webhooksTable]: tables.webhooks,
    [Env.webhooksQueue]: `${ground.awsEndpoint}/${ACCOUNT}/webhooks`,
    [Env.vaultKey]: vaultKey.arn,
    [Env.documentsBucket]: 'documents',
    [Env.clickKeysParameter]: '/tributary/test/click-keys',
    [Env.trackingUrl]: 'https://go.shop.example',
    [Env.clickRetentionDays]: '90',
    [Env.workflows]: JSON.stringify(Object.fromEntries(machines.map(({ physicalName, arn }) => [physicalName, arn]))),
  };
  Object.assign(process.env, settings);
  vi.resetModules();

  const send = async (id: RouteId, options: CallOptions = {}): Promise<Answered> => {
    const route: Route = ROUTES.find((one) => one.id === id)!;
    const file = join(import.meta.dirname, `../../functions/${route.function}.ts`);
    const { handler } = (await import(/* @vite-ignore */ file)) as {
      handler: (event: ApiEvent, context: Context) => Promise<ApiAnswer>;
    };
    const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 5_000 } as Context;
    const { statusCode = 0, headers = {}, body = '' } = await handler(eventOf(route, options), context);
    const json = String(headers['content-type']).includes('json');
    return { status: statusCode, headers: headers as Record<string, string>, body: json ? JSON.parse(body) : body };
  };

  return {
    tables,
    client: engine.client,
    ground,
    states,
    vaultKey,
    send,
    /** Sends a request that must succeed; answers the body. */
    async ok(id: RouteId, options: CallOptions = {}) {
      const { status, body } = await send(id, options);
      if (status >= 300) throw new Error(`${id} answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    /** Bodies of the messages that wait for the sender of webhooks. */
    queued: (): unknown[] => queues.peek('webhooks', 1_000).map(({ body }) => JSON.parse(body)),
    async close() {
      await queues.close();
      await states.close();
      await parameters.close();
      await keys.close();
      await ground.close();
      await engine.stop();
    },
  };
}

/** The event that API Gateway would send (payload format 2.0). */
export function eventOf(
  route: Route,
  { params = {}, query = {}, body, headers = {}, as = ADA, at = AT }: CallOptions,
): ApiEvent {
  const rawPath = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const event: Partial<APIGatewayProxyEventV2> = {
    version: '2.0',
    routeKey: `${route.method} ${route.path}`,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
    pathParameters: { ...params },
    queryStringParameters: { ...query },
    ...(text !== undefined && { body: text }),
    isBase64Encoded: false,
  };
  const requestContext = {
    requestId: 'request-1',
    timeEpoch: epochMs(at),
    http: { method: route.method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
    ...(as && { authorizer: { lambda: { ...as } } }),
  };
  return { ...event, requestContext } as unknown as ApiEvent;
}

let people = 0;

/** A program of a brand, through the API. */
export const aProgram = (api: ApiGround, more: object = {}, as = ADA) =>
  api.ok('createProgram', {
    as,
    body: {
      name: 'Shop partners',
      currency: 'EUR',
      destinationUrl: 'https://shop.example/welcome',
      plan: { name: 'Plan', rules: [{ id: 'base', label: 'Everything', pay: { kind: 'percent', rateBps: 800 } }] },
      ...more,
    },
  });

/** A partner of a brand, with an address of its own. */
export const aPartner = (api: ApiGround, more: object = {}, as = ADA) => {
  people += 1;
  return api.ok('createPartner', {
    as,
    body: { name: `Partner ${people}`, email: `p${people}@partners.example`, type: 'content', ...more },
  });
};
