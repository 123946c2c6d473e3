import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What may go wrong with a request. `before`: the provider did nothing; `after`: it did it, and the answer is lost or useless. `late`: the
 * connection ends first, and the request takes effect a moment later.
 */
export const FAULTS = [
  'cut-before',
  'cut-after',
  'cut-late',
  'error-before',
  'error-after',
  'busy',
  'unauthorized',
  'garbage-after',
  'broken-off-after',
] as const;
export type Fault = (typeof FAULTS)[number] | 'hang-after';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a provider reads what it is sent
  readonly json: any;
}
export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export interface ProviderServer {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly asked: Asked[];
  /** Faults of the next requests, in their order; nothing for a request that goes well. Requests that `only` does not match do not count. */
  misbehave(faults: readonly (Fault | undefined)[], only?: RegExp): void;
  close(): Promise<void>;
}

/** A provider's server on this machine, which misbehaves on demand. `answer` is the provider; `forget` makes its access tokens expire. */
export async function providerServer(answer: (asked: Asked) => Answered, forget: () => void): Promise<ProviderServer> {
  const asked: Asked[] = [];
  let faults: (Fault | undefined)[] = [];
  let matching = /^/;

  async function serve(request: Asked, response: ServerResponse): Promise<void> {
    const matches = matching.test(`${request.method} ${request.path}`);
    const fault = matches ? faults.shift() : undefined;
    const cut = () => void response.socket?.destroy();
    switch (fault) {
      case 'cut-before':
        return cut();
      case 'cut-late':
        cut();
        await pause(15);
        return void answer(request);
      case 'error-before':
        return void response.writeHead(502).end('<html>Bad gateway</html>');
      case 'busy':
        return void response.writeHead(429, { 'retry-after': '1' }).end('{"name":"RATE_LIMIT_REACHED"}');
      case 'unauthorized':
        forget();
        return void response.writeHead(401).end('{"error":"invalid_token","error_description":"Token expired"}');
    }
    const { status, body } = answer(request);
    const text = JSON.stringify(body);
    switch (fault) {
      case 'cut-after':
        return cut();
      case 'hang-after':
        return;
      case 'error-after':
        return void response.writeHead(503).end('{"name":"INTERNAL_SERVICE_ERROR"}');
      case 'garbage-after':
        return void response.writeHead(status < 300 ? status : 200).end('<html>Maintenance</html>');
      case 'broken-off-after':
        response.writeHead(status, { 'content-length': text.length });
        response.write(text.slice(0, text.length / 2), cut);
        return;
      default:
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    }
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', headers } = request;
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider.example');
      const body = Buffer.concat(parts).toString('utf8');
      const isJson = String(headers['content-type']).includes('json') && body !== '';
      const one: Asked = {
        method,
        path: pathname,
        query: searchParams,
        headers,
        body,
        json: isJson ? JSON.parse(body) : undefined,
      };
      asked.push(one);
      void serve(one, response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    misbehave(next, only = /^/) {
      faults = [...next];
      matching = only;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
