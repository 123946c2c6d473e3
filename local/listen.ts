import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on 127.0.0.1 that exists before what it serves does: its address is needed first. */
export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Requests from now on, and those that have waited, go to the handler. */
  serve(handler: RequestListener): void;
  close(): Promise<void>;
}

/** Listens at a port, 0 for any free one. @throws with what to do when the port is taken. */
export async function listen(port: number, what: string): Promise<Listener> {
  const waiting: Parameters<RequestListener>[] = [];
  let handler: RequestListener = (...exchange) => void waiting.push(exchange);
  const server = createServer((request, response) => handler(request, response));
  // Longer than any client keeps an idle connection, so that none is closed under a request on its way.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  await bound(server, port, what);
  const { port: actual } = server.address() as AddressInfo;
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    serve(next) {
      handler = next;
      for (const exchange of waiting.splice(0)) next(...exchange);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bound(server: Server, port: number, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port}, wanted for ${what}, is taken. Stop what listens there, or set TRIBUTARY_PORT to another first port.`,
            )
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** A request's whole body; `undefined` once it is longer than the limit. */
export function bodyOf(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else resolve(undefined);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}
