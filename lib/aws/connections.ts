import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type HttpAnswer, readAnswer } from './http-answer.ts';

/** Why no answer came: `Timeout`, or the system's code such as `ECONNREFUSED`. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string;
  /** Whether the connection had served before. Most likely the far end closed it while the function was frozen. */
  readonly reused: boolean;

  constructor(code: string, reused: boolean, message: string) {
    super(message);
    this.code = code;
    this.reused = reused;
  }
}

const CLOSED = 'the connection was closed before the answer came';

interface Connection {
  exchange(request: string, deadlineMs: number): Promise<HttpAnswer>;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: ConnectionError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Kept-alive HTTP/1.1 connections to one origin, each of which carries one request at a time. Over bare sockets, because Node's own
 * client costs more than everything else a click does (`docs/decisions/0002-slim-signed-client.md`).
 */
export function connections({ protocol, hostname, port }: URL) {
  const secure = protocol === 'https:';
  const address = { host: hostname, port: Number(port || (secure ? 443 : 80)), noDelay: true };
  const idle = new Set<Connection>();
  let session: Buffer | undefined;

  const connect = () => {
    if (!secure) return connectTcp(address);
    const named = isIP(hostname) === 0 && { servername: hostname };
    return connectTls({ ...address, ...named, ...(session && { session }), ALPNProtocols: ['http/1.1'] }).on(
      'session',
      (ticket) => {
        session = ticket;
      },
    );
  };

  function open(): Connection {
    const socket = connect();
    let waiting: Waiting | undefined;
    let received: Buffer | undefined;
    let served = 0;

    function settle(): Waiting | undefined {
      const settled = waiting;
      clearTimeout(settled?.timer);
      waiting = undefined;
      received = undefined;
      return settled;
    }
    function fail(code: string, message: string): void {
      socket.destroy();
      idle.delete(connection);
      settle()?.reject(new ConnectionError(code, served > 0, message));
    }
    function read(bytes: Buffer, ended: boolean): void {
      let answer: HttpAnswer | undefined;
      try {
        answer = readAnswer(bytes, ended);
      } catch (error) {
        fail(ended ? 'ECONNRESET' : 'BadAnswer', (error as Error).message);
      }
      if (!answer) return;
      if (answer.keepsAlive && answer.bytes === bytes.length) {
        served += 1;
        // An idle connection keeps no process from ending.
        socket.unref();
        idle.add(connection);
      } else socket.destroy();
      settle()?.resolve(answer);
    }

    socket.on('data', (part: Buffer) => {
      // What nobody asked for could not be told from the next answer.
      if (!waiting) return fail('BadAnswer', 'bytes came that nobody asked for');
      received = received ? Buffer.concat([received, part]) : part;
      read(received, false);
    });
    socket.on('end', () => (received ? read(received, true) : fail('ECONNRESET', CLOSED)));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'ConnectionFailed', error.message));
    socket.on('close', () => fail('ECONNRESET', CLOSED));

    const connection: Connection = {
      exchange: (request, deadlineMs) =>
        new Promise((resolve, reject) => {
          const late = () => fail('Timeout', `no answer in ${deadlineMs} ms`);
          waiting = { resolve, reject, timer: setTimeout(late, deadlineMs) };
          socket.ref();
          socket.write(request);
        }),
    };
    return connection;
  }

  return {
    /**
     * Sends a request and gives its answer; on a connection that served before when one is idle, unless it must be `fresh`.
     * Rejects with {@link ConnectionError}.
     */
    exchange(request: string, deadlineMs: number, fresh = false): Promise<HttpAnswer> {
      const [kept] = fresh ? [] : idle;
      if (kept) idle.delete(kept);
      return (kept ?? open()).exchange(request, deadlineMs);
    },
  };
}
