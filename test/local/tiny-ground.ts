import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assembly, AwsCall, AwsService, Ground, Invocation, Resource } from '../../local/contract.ts';

/** The ground a module stands on, without the rest of the laptop: a real socket, a temporary folder, an assembly by hand. */
export interface TinyGround extends Ground {
  /** Puts services behind the door; may be called again after a restart of one. */
  mount(...services: AwsService[]): void;
  /** What a function does when called; by name. */
  readonly functions: Map<string, (event: never) => unknown>;
  /** `role action resource` that is refused; everything else is allowed. */
  readonly refused: Set<string>;
  readonly lines: string[];
  /** Events handed over the asynchronous way, in order. */
  readonly later: { name: string; event: unknown }[];
  readonly client: {
    region: string;
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  /** Client settings of a role. */
  as(role: string): TinyGround['client'];
  close(): Promise<void>;
}

export const REGION = 'eu-west-1';
export const ACCOUNT = '111122223333';

export async function tinyGround(
  resources: readonly Resource[],
  folder = mkdtempSync(join(tmpdir(), 'ground-')),
): Promise<TinyGround> {
  const services = new Map<string, AwsService>();
  const functions: TinyGround['functions'] = new Map();
  const refused = new Set<string>();
  const allows = (principal: string, action: string, resource: string) =>
    !refused.has(`${principal} ${action} ${resource}`);

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      const [, principal = '', service = ''] =
        /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
      const call: AwsCall = {
        service,
        principal,
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: request.headers as AwsCall['headers'],
        body: Buffer.concat(parts),
      };
      const room = services.get(service);
      if (!room) return response.writeHead(501).end(`no service ${service}`);
      const missing = room.needs(call).find(({ action, resource }) => !allows(principal, action, resource));
      const answer = missing
        ? room.denied(
            call,
            `User: ${principal} is not authorized to perform: ${missing.action} on resource: ${missing.resource}`,
          )
        : await room.answer(call).catch(() => undefined);
      if (!answer) return request.socket.destroy();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const awsEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const as = (accessKeyId: string) => ({
    region: REGION,
    endpoint: awsEndpoint,
    credentials: { accessKeyId, secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const lines: string[] = [];
  const later: TinyGround['later'] = [];

  return {
    assembly: assemblyOf(resources),
    dataDir: (module) => join(folder, module),
    region: REGION,
    account: ACCOUNT,
    awsEndpoint,
    allows,
    log: (module, line) => lines.push(`${module}: ${line}`),
    async invoke(name, event): Promise<Invocation> {
      const run = functions.get(name.split(':').at(-1) ?? name);
      if (!run) throw new Error(`no function ${name}`);
      try {
        return { ok: true, payload: await run(event as never), durationMs: 1 };
      } catch (error) {
        const { name: errorType, message } = error as Error;
        return { ok: false, errorType, errorMessage: message, stack: [], durationMs: 1 };
      }
    },
    async invokeLater(name, event) {
      later.push({ name, event });
    },
    credentials: (role = 'operator') => as(role.split('/').at(-1) ?? role).credentials,
    later,
    mount: (...mounted) => {
      for (const service of mounted) services.set(service.signingName, service);
    },
    functions,
    refused,
    lines,
    client: as('operator'),
    as,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function assemblyOf(resources: readonly Resource[]): Assembly {
  return {
    resources,
    outputs: {},
    asset: () => undefined,
    ofType: (type) => resources.filter((resource) => resource.type === type),
    find: (name) =>
      resources.find((resource) => [resource.physicalName, resource.logicalId, resource.arn].includes(name)),
  };
}

const SERVICE_OF: Record<string, (name: string) => string> = {
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::KMS::Key': (name) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`,
  'AWS::SSM::Parameter': (name) => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
  'AWS::Events::EventBus': (name) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`,
  'AWS::Events::Rule': (name) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`,
  'AWS::Scheduler::Schedule': (name) => `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
};

/** A resource as the assembly reading hands it over, its ARN formed as AWS would. */
export function resource(type: string, physicalName: string, properties: Record<string, unknown> = {}): Resource {
  const arn = SERVICE_OF[type]?.(physicalName) ?? `arn:aws:local:${REGION}:${ACCOUNT}:${physicalName}`;
  return { stack: 'test', logicalId: physicalName.replace(/\W/g, ''), type, physicalName, arn, properties };
}

/** Waits until something holds; fails with what was awaited. */
export async function eventually<T>(what: string, probe: () => T | Promise<T>, withinMs = 5_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (performance.now() > until) throw new Error(`Waited ${withinMs} ms for: ${what}`);
    await new Promise((later) => setTimeout(later, 15));
  }
}
