import { Agent, createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createFaults, type Faults } from '../../local/dynamodb/faults.ts';

/** An AWS endpoint in front of a real one, that fails on demand. Actions are named as in `x-amz-target`. */
export interface FaultyEndpoint {
  readonly url: string;
  readonly faults: Faults;
  /** Actions that came in, in order. */
  readonly calls: string[];
  /** TCP connections made to it so far. */
  connections(): number;
  close(): Promise<void>;
}

export async function faultyEndpoint(target: string): Promise<FaultyEndpoint> {
  const faults = createFaults();
  const calls: string[] = [];
  const agent = new Agent({ keepAlive: true });
  let connections = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      const action = String(request.headers['x-amz-target']).split('.').at(-1)!;
      calls.push(action);
      const body = Buffer.concat(parts);
      const fault = faults.strike({ action, principal: 'operator', tables: [JSON.parse(String(body)).TableName] });
      if (fault?.kind === 'down') return request.socket.destroy();
      if (fault?.kind === 'throttle') {
        const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
        return response.writeHead(400).end(JSON.stringify({ __type: type, message: 'The level is exceeded.' }));
      }
      if (fault?.kind === 'delay') await wait(fault.delayMs);
      const { method = 'POST', url: path = '/', headers } = request;
      const onward = forward(`${target}${path}`, { method, headers, agent }, (answer) => {
        if (fault?.kind === 'lost-reply') {
          answer.resume();
          return request.socket.destroy();
        }
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => request.socket.destroy());
      onward.end(body);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    calls,
    connections: () => connections,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
