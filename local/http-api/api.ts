import type { Assembly, Resource } from '../contract.ts';
import { refuseUnserved } from '../unserved.ts';
import { functionOf } from './authorizer.ts';
import type { Cors } from './cors.ts';
import { parseRoute, type RoutePattern } from './routes.ts';
import type { Throttle } from './throttle.ts';

/** One route with the function it calls. */
export interface RouteHere {
  readonly pattern: RoutePattern;
  readonly functionArn: string;
  readonly timeoutMs: number;
  readonly authorizer: Resource | undefined;
}

/** An HTTP API of the templates, its pieces put together. */
export interface ApiHere {
  readonly resource: Resource;
  readonly id: string;
  readonly routes: readonly RouteHere[];
  readonly cors: Cors | undefined;
  readonly stage: string;
  readonly throttle: Throttle | undefined;
  readonly routeThrottles: ReadonlyMap<string, Throttle>;
  /** The access log's format; `undefined` when the stage keeps none. */
  readonly logFormat: string | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** API Gateway waits this long for an integration unless told to wait less. */
const LONGEST_WAIT_MS = 30_000;

/** All HTTP APIs in template order. @throws for what the front does not serve: WebSocket APIs, other integrations, named stages. */
export function apisOf(assembly: Assembly): ApiHere[] {
  return assembly.ofType('AWS::ApiGatewayV2::Api').map((resource) => apiHere(resource, assembly));
}

function apiHere(resource: Resource, assembly: Assembly): ApiHere {
  const { properties, physicalName } = resource;
  const where = whereIs(resource);
  refuseUnserved(resource, ['Body', 'BodyS3Location', 'Target', 'CredentialsArn']);
  if (properties.ProtocolType !== 'HTTP') throw new Error(`${where}: only HTTP APIs are served on the laptop`);
  const id = apiId(resource);
  const ofThis = (type: string) => assembly.ofType(type).filter(({ properties: own }) => own.ApiId === id);
  const stages = ofThis('AWS::ApiGatewayV2::Stage');
  const stage = stages[0];
  if (stages.length !== 1 || stage?.properties.StageName !== '$default') {
    throw new Error(
      `${where} (${physicalName}): the laptop serves an API with one stage, $default; it has ${stages.length}`,
    );
  }
  return {
    resource,
    id,
    routes: ofThis('AWS::ApiGatewayV2::Route').map((route) => routeHere(route, assembly)),
    cors: properties.CorsConfiguration as Cors | undefined,
    stage: '$default',
    throttle: throttleOf(stage.properties.DefaultRouteSettings as Row | undefined),
    routeThrottles: new Map(
      Object.entries((stage.properties.RouteSettings ?? {}) as Record<string, Row>).flatMap(([routeKey, settings]) => {
        const throttle = throttleOf(settings);
        return throttle ? [[routeKey, throttle] as const] : [];
      }),
    ),
    logFormat: (stage.properties.AccessLogSettings as { Format?: string } | undefined)?.Format,
  };
}

/** What `Ref` of an API gives, which its routes and stages name. */
export const apiId = ({ arn }: Resource): string => arn.slice(arn.lastIndexOf('/') + 1);

function routeHere(route: Resource, assembly: Assembly): RouteHere {
  const where = whereIs(route);
  const { RouteKey, Target, AuthorizationType = 'NONE', AuthorizerId } = route.properties;
  const integrationId = String(Target).replace('integrations/', '');
  const found = assembly.find(integrationId, 'AWS::ApiGatewayV2::Integration');
  if (!found) throw new Error(`${where}: there is no integration ${integrationId}`);
  refuseUnserved(found, ['RequestParameters', 'ResponseParameters', 'ConnectionId']);
  const integration = found.properties;
  if (
    integration.IntegrationType !== 'AWS_PROXY' ||
    integration.IntegrationSubtype ||
    integration.PayloadFormatVersion !== '2.0'
  ) {
    throw new Error(`${where}: only functions with payload format 2.0 are called on the laptop`);
  }
  const authorizer =
    AuthorizationType === 'CUSTOM' ? assembly.find(String(AuthorizerId), 'AWS::ApiGatewayV2::Authorizer') : undefined;
  if (AuthorizationType !== 'NONE' && !authorizer) {
    throw new Error(`${where}: authorization ${String(AuthorizationType)} is not served on the laptop`);
  }
  return {
    pattern: parseRoute(String(RouteKey)),
    functionArn: functionOf(String(integration.IntegrationUri)),
    timeoutMs: Number(integration.TimeoutInMillis ?? LONGEST_WAIT_MS),
    authorizer,
  };
}

function throttleOf({ ThrottlingRateLimit, ThrottlingBurstLimit }: Row = {}): Throttle | undefined {
  if (ThrottlingRateLimit === undefined && ThrottlingBurstLimit === undefined) return undefined;
  const rate = Number(ThrottlingRateLimit ?? 10_000);
  return { rate, burst: Number(ThrottlingBurstLimit ?? Math.max(rate, 5_000)) };
}

const whereIs = ({ stack, logicalId }: Resource) => `${stack}/${logicalId}`;
