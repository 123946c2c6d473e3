import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, FilterCriteria, Function as LambdaFunction, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { type BootOptions, bootStacks, type Laptop } from '../../local/boot.ts';

const folders: string[] = [];
// Registered first, so it runs last: when the file's own hooks have closed what uses the folders.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for a test, below the system's temporary one; gone when the file's tests are over. */
export function scratch(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tributary-${what}-`));
  folders.push(folder);
  return folder;
}

/** Names and ids of the fixture that tests ask for. */
export const FIXTURE = { items: 'fixture-items', seen: 'fixture-seen', failures: 'fixture-failures' } as const;

/**
 * A small app that uses everything half the laptop stands on: an HTTP API with an authorizer, functions that write, read, misbehave
 * and lack permissions, a table with an index, expiry and a stream, and what follows that stream. In two stacks, so that references cross.
 */
export async function synthesizeFixture(change: (data: Stack, work: Stack) => void = () => {}): Promise<string> {
  const bundle = scratch('bundle');
  await build({
    entryPoints: [join(import.meta.dirname, 'fixture-functions.ts')],
    outfile: join(bundle, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  process.env.CDK_VALIDATION = 'false';
  const outdir = scratch('assembly');
  const app = new App({ outdir, analyticsReporting: false });
  const data = new Stack(app, 'fixture-data');
  const items = new Table(data, 'Items', {
    tableName: FIXTURE.items,
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: 'expiresAt',
  });
  items.addGlobalSecondaryIndex({ indexName: 'by-owner', partitionKey: { name: 'owner', type: AttributeType.STRING } });
  const seen = new Table(data, 'Seen', {
    tableName: FIXTURE.seen,
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
  });
  const work = new Stack(app, 'fixture-work');
  const code = Code.fromAsset(bundle);
  const fn = (name: string, timeout = 5, environment: Record<string, string> = {}) =>
    new LambdaFunction(work, name, {
      code,
      handler: `index.${name}`,
      runtime: Runtime.NODEJS_24_X,
      memorySize: 256,
      timeout: Duration.seconds(timeout),
      environment: { ITEMS: items.tableName, SEEN: seen.tableName, ...environment },
    });
  const failures = new Queue(work, 'Failures', { queueName: FIXTURE.failures });
  const [write, read, watch, trespass, guard, echo] = [
    fn('write'),
    fn('read'),
    fn('watch'),
    fn('trespass'),
    fn('guard'),
    fn('echo'),
  ];
  const behave = fn('behave', 1, { ONLY_MINE: 'yes' });
  behave.configureAsyncInvoke({ onFailure: new SqsDestination(failures), retryAttempts: 1 });
  items.grantWriteData(write);
  items.grantReadData(read);
  seen.grantWriteData(watch);
  watch.addEventSource(
    new DynamoEventSource(items, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 2,
      tumblingWindow: Duration.seconds(60),
      onFailure: new SqsDlq(failures),
      filters: [
        FilterCriteria.filter({ dynamodb: { Keys: { id: { S: [{ 'anything-but': { prefix: 'ignored' } }] } } } }),
      ],
    }),
  );

  const api = new HttpApi(work, 'Api', {
    corsPreflight: {
      allowOrigins: ['https://shop.example'],
      allowMethods: [CorsHttpMethod.POST],
      allowHeaders: ['content-type'],
    },
  });
  const authorizer = new HttpLambdaAuthorizer('guarded', guard, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    resultsCacheTtl: Duration.minutes(5),
  });
  const route = (method: HttpMethod, path: string, handler: LambdaFunction, guarded = false) =>
    api.addRoutes({
      path,
      methods: [method],
      integration: new HttpLambdaIntegration(`${handler.node.id}-integration`, handler),
      ...(guarded && { authorizer }),
    });
  route(HttpMethod.POST, '/items', write);
  route(HttpMethod.POST, '/items:batch', write);
  route(HttpMethod.GET, '/owners/{owner}', read);
  route(HttpMethod.GET, '/trespass', trespass);
  route(HttpMethod.GET, '/behave/{how}', behave);
  route(HttpMethod.GET, '/private', echo, true);
  route(HttpMethod.ANY, '/echo/{rest+}', echo);
  new CfnOutput(work, 'ApiUrl', { value: api.apiEndpoint });
  new CfnOutput(work, 'DefaultUrl', { value: api.url ?? '' });
  change(data, work);
  app.synth();
  return outdir;
}

/** Boots an assembly at free ports in a folder of its own. */
export function bootFixture(assemblyDir: string, options: Partial<BootOptions> = {}): Promise<Laptop> {
  return bootStacks({
    assemblyDir,
    dataDir: scratch('data'),
    ...options,
    settings: { port: 0, dynamodbEndpoint: undefined, ...options.settings },
  });
}

/** The fixture's one HTTP API. */
export const apiOf = (laptop: Laptop): string => laptop.assembly.outputs.ApiUrl ?? '';
