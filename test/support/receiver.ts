import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CERTIFICATE, CERTIFICATE_KEY } from './test-certificate.ts';

/** What a receiver got. */
export interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly got: Got[];
  /** How the next requests are answered; without it 200 and `ok`. */
  answer(listener: RequestListener | undefined): void;
  close(): Promise<void>;
}

/** Somebody's server for webhooks, on this machine, as well or as badly behaved as a test wants it. */
export async function receiver({ tls = false } = {}): Promise<Receiver> {
  const got: Got[] = [];
  let listener: RequestListener | undefined;
  const listen: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      got.push({ method, path: url, headers, body: Buffer.concat(parts).toString('utf8') });
      if (listener) listener(request, response);
      else response.end('ok');
    });
  };
  const server: Server = tls
    ? createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, listen)
    : createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    got,
    answer(next) {
      listener = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
