import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Domain, Throttle } from '../stages.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm, type Watched } from './alarm.ts';
import type { HouseStack } from './house-stack.ts';
import type { Lambda } from './lambda.ts';

export interface HttpRoutesProps extends Watched {
  readonly throttle: Throttle;
  readonly domain?: Domain;
  /** Origins whose scripts may call it; none when not said. */
  readonly origins?: readonly string[];
}

export interface HttpRouteProps {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly handler: Lambda;
  /** Who may call: an authorizer, or the reason why everybody may. */
  readonly access: IHttpRouteAuthorizer | { readonly everybody: string };
  /** Tighter than the API's own. */
  readonly throttle?: Throttle;
}

/**
 * An HTTP API with JSON access logs, throttling, an alarm on server errors and, when the stage has one, the owner's domain.
 * The address is written to the stack's outputs as `output`.
 */
export class HttpRoutes extends Construct {
  readonly api: HttpApi;
  /** Without a slash at the end. */
  readonly url: string;
  private readonly stage: CfnStage;
  private readonly integrations = new Map<Lambda, HttpLambdaIntegration>();
  private readonly routeThrottles: Record<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }> = {};

  constructor(stack: HouseStack, name: string, output: string, props: HttpRoutesProps) {
    super(stack, name);
    this.api = new HttpApi(this, 'http', {
      apiName: stack.named(name),
      description: `Tributary ${name} (${stack.stage.name})`,
      createDefaultStage: false,
      corsPreflight: props.origins && {
        allowOrigins: [...props.origins],
        allowMethods: [CorsHttpMethod.ANY],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
        exposeHeaders: ['retry-after', 'location'],
        maxAge: Duration.hours(1),
      },
    });
    const stage = new HttpStage(this, 'stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.rate, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'access-log', {
            // A name under which AWS keeps no resource policy for each log group; those policies may hold 5,120 characters in all.
            logGroupName: `/aws/vendedlogs/tributary/${stack.stage.name}/access/${name}`,
            retention: stack.stage.logRetention,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: accessLogFormat(),
      },
    });
    this.stage = stage.node.defaultChild as CfnStage;
    this.url = props.domain ? this.under(props.domain, stage) : this.api.apiEndpoint;
    new CfnOutput(stack, output, { value: this.url });

    alarm(stack, `${name}-errors`, {
      impact: props.impact,
      article: `${name}-errors`,
      metric: this.api.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 5,
      essential: true,
    });
  }

  add(id: string, props: HttpRouteProps): void {
    const open = 'everybody' in props.access ? props.access.everybody : undefined;
    const route = new HttpRoute(this, id, {
      httpApi: this.api,
      routeKey: HttpRouteKey.with(props.path, HttpMethod[props.method]),
      integration: this.integrationOf(props.handler),
      authorizer: 'everybody' in props.access ? undefined : props.access,
    });
    if (open !== undefined) acknowledge(route, { 'AwsSolutions-APIG4': open });
    if (props.throttle) {
      this.routeThrottles[`${props.method} ${props.path}`] = {
        ThrottlingRateLimit: props.throttle.rate,
        ThrottlingBurstLimit: props.throttle.burst,
      };
      this.stage.addPropertyOverride('RouteSettings', this.routeThrottles);
      // API Gateway refuses settings for a route that is not there yet.
      this.stage.node.addDependency(route);
    }
  }

  /** One integration and one permission a function, however many routes lead to it: a function's policy holds 20 KB at most. */
  private integrationOf(handler: Lambda): HttpLambdaIntegration {
    const known = this.integrations.get(handler);
    if (known) return known;
    const made = new HttpLambdaIntegration(handler.entry.replace('/', '-'), handler, { scopePermissionToRoute: false });
    this.integrations.set(handler, made);
    return made;
  }

  private under(domain: Domain, stage: HttpStage): string {
    const name = new DomainName(this, 'domain', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'certificate', domain.certificateArn),
    });
    new ApiMapping(this, 'mapping', { api: this.api, domainName: name, stage });
    new CfnOutput(this, 'PointDomainAt', {
      value: name.regionalDomainName,
      description: `Make a CNAME or alias record for ${domain.name} with this value`,
    });
    return `https://${domain.name}`;
  }
}

/** What is needed to answer "what happened to my request": no address of the caller, no query, so nothing personal. */
const accessLogFormat = () =>
  AccessLogFormat.custom(
    JSON.stringify({
      requestId: AccessLogField.contextRequestId(),
      time: AccessLogField.contextRequestTimeEpoch(),
      routeKey: '$context.routeKey',
      status: AccessLogField.contextStatus(),
      latencyMs: AccessLogField.contextResponseLatency(),
      functionMs: AccessLogField.contextIntegrationLatency(),
      bytes: AccessLogField.contextResponseLength(),
      error: AccessLogField.contextErrorMessage(),
      functionError: AccessLogField.contextIntegrationErrorMessage(),
      authorizerError: AccessLogField.contextAuthorizerError(),
    }),
  );
