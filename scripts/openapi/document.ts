import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Contract } from '../../lib/http/contract.ts';
import { MAX_BODY_BYTES } from '../../lib/http/read-request.ts';
import { ROUTES, type Route, type RouteId } from '../../lib/routes.ts';
import { OVERVIEW } from './overview.ts';

/** The OpenAPI document of the brand API, made from the route table and the contracts. */
export function openApiDocument(contracts: Readonly<Record<RouteId, Contract>>, version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of ROUTES as readonly Route[]) {
    const described = operation(route, contracts[route.id as RouteId]);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: described };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Tributary brand API', version, description: OVERVIEW, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'Where this document was read' }],
    security: [{ apiKey: [] }],
    tags: [...new Set((ROUTES as readonly Route[]).map(areaOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem, GatewayRefusal },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer trb_…`' },
      },
    },
  });
}

/** `api/payout-methods` → `payout methods`. */
/** Reports have a function of their own for how fast it starts; for readers they belong to the conversions. */
const areaOf = (route: Route) => route.function.replace(/^api\/(report-)?/, '').replaceAll('-', ' ');

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, in words' }),
    instance: z.string().meta({ description: 'Names this occurrence; quote it when asking' }),
    code: z.string().meta({ description: 'Stable, to branch on' }),
    fields: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each field at fault: `items[2].quantity`, and what would be right' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

const GatewayRefusal = z
  .object({ message: z.string() })
  .meta({ id: 'GatewayRefusal', description: 'What the gateway answers before the API is asked' });

function operation(route: Route, contract: Contract): ZodOpenApiOperationObject {
  const { params, query, body, examples } = contract;
  const header = headersOf(route, contract);
  return {
    operationId: route.id,
    summary: route.summary,
    description: description(route, contract),
    tags: [areaOf(route)],
    ...(route.access === 'public' && { security: [] }),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(header && { header }),
    },
    ...(body && {
      requestBody: {
        // A body whose fields are all optional may be left out; `{}` is meant then.
        required: !body.safeParse({}).success,
        content: {
          'application/json': { schema: body, ...(examples?.body !== undefined && { example: examples.body }) },
          ...(contract.yaml && { 'application/yaml': { schema: body } }),
        },
      },
    }),
    ...(contract.text && {
      requestBody: {
        required: true,
        content: { [contract.text]: { schema: { type: 'string' as const }, example: examples?.body } },
      },
    }),
    responses: responses(route, contract),
  };
}

function headersOf(route: Route, { repeat, revises }: Contract): z.ZodObject | undefined {
  const text = (description: string) => z.string().optional().meta({ description });
  const shape = {
    ...(route.method === 'POST' &&
      repeat !== 'natural' && {
        'Idempotency-Key': text('Carries the request out once, however often it is sent'),
      }),
    ...(revises && { 'If-Match': text('The `revision` that the change is based on, in quotes') }),
    ...(route.method !== 'GET' && { 'X-Reason': text('Why, for the audit log') }),
  };
  return Object.keys(shape).length ? z.object(shape) : undefined;
}

function description(route: Route, { refusals, repeat, maxBytes }: Contract): string {
  const who = route.access === 'public' ? 'Everybody' : ['owner', ...route.access].join(', ');
  const lines = [`**Roles:** ${who}.`];
  if (repeat === 'natural')
    lines.push(
      'Sending the same again is answered with what is stored: the body names what it reports, so no `Idempotency-Key` is needed.',
    );
  if (repeat === 'secret')
    lines.push(
      'A repeat under the same `Idempotency-Key` gets `409 already-carried-out`: the answer holds a secret and is not kept.',
    );
  if (maxBytes && maxBytes !== MAX_BODY_BYTES) lines.push(`The body may have up to ${maxBytes / 1024} KiB.`);
  const own = Object.entries(refusals ?? {});
  if (own.length)
    lines.push('**Refusals of its own:**', own.map(([code, when]) => `- \`${code}\`: ${when}`).join('\n'));
  return lines.join('\n\n');
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is not what this route takes',
  401: 'No API key',
  403: 'The key is not accepted, or its role may not do that',
  404: 'There is no such thing in this brand',
  409: 'Contradicts what is stored, or the same request is at work',
  412: 'Changed since the revision that `If-Match` names',
  413: 'The body is too large',
  415: 'The body is not `application/json`',
  422: 'Well-formed, but the facts do not allow it',
  429: 'Too many requests',
  500: 'A fault of ours; the same request may be sent again',
  503: 'Busy; see `Retry-After`',
};

function responses(route: Route, contract: Contract): ZodOpenApiResponsesObject {
  const { answer, status, media = [], examples } = contract;
  const json = { schema: answer, ...(examples?.answer !== undefined && { example: examples.answer }) };
  const content = media.length > 0 && answer instanceof z.ZodString ? {} : { 'application/json': json };
  const others = Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' as const } }]));
  const refused = Object.fromEntries(
    refusalsOf(route, contract).map((code) => [code, { description: REFUSALS[code]!, content: refusalContent(code) }]),
  );
  return {
    [status]: {
      description: status === 202 ? 'Accepted' : status === 201 ? 'Created' : 'Done',
      content: { ...content, ...others },
    },
    ...refused,
  };
}

/** The gateway refuses bad keys and floods by itself, in its own words. */
const refusalContent = (code: number) => ({
  ...(![401, 429].includes(code) && { 'application/problem+json': { schema: Problem } }),
  ...([401, 403, 429].includes(code) && { 'application/json': { schema: GatewayRefusal } }),
});

function refusalsOf(route: Route, { params, body, revises, refusals }: Contract): number[] {
  if (route.access === 'public') return [429, 500];
  const changes = route.method !== 'GET';
  return [
    400,
    401,
    403,
    ...(params ? [404] : []),
    ...(changes ? [409] : []),
    ...(revises ? [412] : []),
    ...(body ? [413, 415] : []),
    ...(changes && refusals ? [422] : []),
    429,
    500,
    503,
  ];
}
