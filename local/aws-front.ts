import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsAnswer, AwsCall, AwsService } from './contract.ts';
import type { Access } from './iam/access.ts';
import { bodyOf, type Listener } from './listen.ts';
import type { Meter } from './meter.ts';

/**
 * One address for every AWS API: the signature says which service is meant and who calls.
 *
 * A request is handed on only when the caller's role allows everything it needs. Signatures are read, not verified: whoever reaches
 * 127.0.0.1 already is the person at the keyboard, but for web pages open in their browser, which are sent away.
 */
export interface FrontDoor {
  readonly listener: Listener;
  readonly services: readonly AwsService[];
  readonly access: Access;
  readonly meter: Meter;
  log(line: string): void;
}

export function openFrontDoor({ listener, services, access, meter, log }: FrontDoor): void {
  const byName = new Map(services.map((service) => [service.signingName, service]));

  const answer = async (request: IncomingMessage): Promise<AwsAnswer> => {
    if (isFromAWebPage(request)) return plain(403, 'AccessDenied', 'Web pages may not call the AWS front door.');
    const signed = credentialOf(request);
    if (!signed)
      return plain(403, 'MissingAuthenticationToken', 'The request is not signed; any AWS SDK or CLI signs it.');
    const service = byName.get(signed.service);
    if (!service) {
      return plain(
        400,
        'UnknownService',
        `${signed.service} is not on the laptop; there is ${[...byName.keys()].join(', ')}.`,
      );
    }
    const call: AwsCall = {
      service: signed.service,
      principal: access.principalOf(signed.accessKeyId),
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers as Readonly<Record<string, string | undefined>>,
      body: (await bodyOf(request)) ?? Buffer.alloc(0),
    };
    const needs = service.needs(call);
    const named = service.metered?.(call) ?? needs[0];
    meter.count(call.principal, named?.action ?? `${service.signingName}:?`, withoutObjectKey(named?.resource ?? '*'));
    const refusal = access.refusal(call.principal, needs);
    return refusal ? service.denied(call, refusal) : service.answer(call);
  };

  listener.serve((request, response) => {
    answer(request).then(
      (ready) => send(response, request, ready),
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException)?.code === 'ECONNRESET') return request.socket.destroy();
        log(`${request.headers['x-amz-target'] ?? `${request.method} ${request.url}`}: ${describe(error)}`);
        send(
          response,
          request,
          plain(500, 'InternalServerError', 'The laptop could not serve this; its log says why.'),
        );
      },
    );
  });
}

/** Any page can make a browser post to 127.0.0.1, also under a name of its own; SDKs and the CLI send neither such header. */
function isFromAWebPage({ headers }: IncomingMessage): boolean {
  const { hostname } = new URL(`http://${headers.host ?? '127.0.0.1'}`);
  return headers.origin !== undefined || !/^(127\.0\.0\.1|(.+\.)?localhost)$/.test(hostname);
}

/** A bucket has keys without end; the meter has one row for all of them. */
const withoutObjectKey = (resource: string) => resource.replace(/^(arn:aws:s3:::[^/]+)\/.*$/, '$1');

/** From the `Authorization` header, or from the query of a presigned URL. */
function credentialOf(request: IncomingMessage): { accessKeyId: string; service: string } | undefined {
  const scope =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ??
    new URL(request.url ?? '/', 'http://door').searchParams.get('X-Amz-Credential');
  const [accessKeyId, , , service] = scope?.split('/') ?? [];
  return accessKeyId && service ? { accessKeyId, service } : undefined;
}

function send(response: ServerResponse, request: IncomingMessage, { status, headers, body }: AwsAnswer): void {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  response.writeHead(status, {
    ...headers,
    ...(!names.includes('x-amzn-requestid') && { 'x-amzn-requestid': randomUUID() }),
    ...(request.method !== 'HEAD' && status !== 204 && { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(request.method === 'HEAD' || status === 204 ? undefined : body);
}

/** In a form that JSON clients read, and that people do. */
const plain = (status: number, type: string, message: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
  body: JSON.stringify({ __type: type, message }),
});

const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
