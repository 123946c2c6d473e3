import { afterAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../lib/routes.ts';
import { synthesizedStage } from './synthesized.ts';

describe('HTTP APIs', () => {
  const stage = synthesizedStage('prod');
  afterAll(() => stage.remove());
  const routesOf = (stack: string) =>
    stage.ofType('AWS::ApiGatewayV2::Route').filter((route) => route.stack === `tributary-prod-${stack}`);
  const settings = (stack: string) =>
    stage.ofType('AWS::ApiGatewayV2::Stage').find((one) => one.stack === `tributary-prod-${stack}`)?.properties;

  test('the brand API has the routes of lib/routes.ts and no other', () => {
    expect(
      routesOf('api')
        .map(({ properties }) => properties.RouteKey)
        .sort(),
    ).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (routeKey, route) => {
    const deployed = routesOf('api').find(({ properties }) => properties.RouteKey === routeKey);
    expect(deployed?.properties.AuthorizationType).toBe(route.access === 'public' ? 'NONE' : 'CUSTOM');
    const integrationId = deployed?.properties.Target['Fn::Join'][1][1].Ref;
    const integration = stage
      .ofType('AWS::ApiGatewayV2::Integration')
      .find(({ logicalId }) => logicalId === integrationId);
    const functionId = integration?.properties.IntegrationUri['Fn::GetAtt'][0];
    const fn = stage.ofType('AWS::Lambda::Function').find(({ logicalId }) => logicalId === functionId);
    expect(fn?.properties.Description).toBe(`functions/${route.function}.ts`);
  });

  test('the track API follows links, takes postbacks, serves the script and takes its clicks, and does nothing else', () => {
    expect(routesOf('tracking').map(({ properties }) => properties.RouteKey)).toEqual([
      'GET /c/{link}',
      'HEAD /c/{link}',
      'GET /postback',
      'POST /v/{link}',
      'GET /t.js',
    ]);
  });

  test('callers are told apart by their key, and remembered for a minute', () => {
    expect(stage.ofType('AWS::ApiGatewayV2::Authorizer').map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        IdentitySource: ['$request.header.Authorization'],
        AuthorizerResultTtlInSeconds: 60,
      }),
    ]);
  });

  test.each(['api', 'tracking'])('requests to %s are limited and logged as JSON without addresses', (stack) => {
    const { DefaultRouteSettings, AccessLogSettings } = settings(stack);
    expect(DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(0);
    expect(DefaultRouteSettings.ThrottlingBurstLimit).toBeGreaterThan(0);
    const format = JSON.parse(AccessLogSettings.Format);
    expect(format).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
    expect(AccessLogSettings.Format).not.toMatch(/sourceIp|userAgent|queryString/);
  });

  test('a batch of conversions is limited more tightly than any other request', () => {
    const { DefaultRouteSettings, RouteSettings } = settings('api');
    const batch = RouteSettings['POST /v1/conversions:batch'];
    expect(batch.ThrottlingRateLimit).toBeLessThan(DefaultRouteSettings.ThrottlingRateLimit);
    expect(batch.ThrottlingBurstLimit).toBeLessThan(DefaultRouteSettings.ThrottlingBurstLimit);
  });

  test('the addresses are outputs', () => {
    expect(stage.templates['tributary-prod-api']?.Outputs).toHaveProperty('ApiUrl');
    expect(stage.templates['tributary-prod-tracking']?.Outputs).toHaveProperty('TrackingUrl');
  });
});
