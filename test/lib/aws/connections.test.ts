import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { connections } from '../../../lib/aws/connections.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../../support/test-certificate.ts';

const REQUEST = 'POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\n\r\n';
const said = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

/** A server that answers the requests of each connection, numbered from 1, as told. */
async function serve(
  answer: (socket: Socket, number: number) => void,
  tls?: { readonly key: string; readonly cert: string },
) {
  const take = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let number = 0;
    socket.on('data', () => {
      number += 1;
      answer(socket, number);
    });
  };
  server = tls ? createTlsServer(tls, take) : createServer(take);
  await new Promise<void>((listening) => server!.listen(0, '127.0.0.1', listening));
  return new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

describe('a connection', () => {
  test('serves one request after the other, and a request beside it gets another', async () => {
    const { exchange } = connections(await serve((socket, number) => socket.write(said(`${number}`))));
    expect((await exchange(REQUEST, 2000)).text).toBe('1');
    const beside = await Promise.all([exchange(REQUEST, 2000), exchange(REQUEST, 2000)]);
    expect(beside.map(({ text }) => text)).toEqual(['2', '1']);
    expect(sockets.size).toBe(2);
  });

  test('takes an answer that comes byte by byte', async () => {
    const { exchange } = connections(
      await serve(async (socket) => {
        for (const byte of Buffer.from(said('byte by byte'))) {
          socket.write(Buffer.from([byte]));
          await wait(1);
        }
      }),
    );
    expect((await exchange(REQUEST, 5000)).text).toBe('byte by byte');
  });

  test('is left when the server says it closes it, and when it sends more than the answer', async () => {
    const close = said('bye').replace('\r\n', '\r\nconnection: close\r\n');
    const url = await serve((socket) => socket.write(sockets.size === 1 ? close : `${said('more')}than asked`));
    const { exchange } = connections(url);
    for (const text of ['bye', 'more', 'more']) expect((await exchange(REQUEST, 2000)).text).toBe(text);
    expect(sockets.size).toBe(3);
  });

  test('is left when bytes come that nobody asked for', async () => {
    const { exchange } = connections(await serve((socket) => socket.write(said('first'))));
    await exchange(REQUEST, 2000);
    for (const socket of sockets) socket.write(said('a stranger’s'));
    await wait(50);
    expect((await exchange(REQUEST, 2000)).text).toBe('first');
    expect(sockets.size).toBe(2);
  });

  test('that was closed while idle is not used', async () => {
    const { exchange } = connections(await serve((socket) => socket.write(said('here'))));
    await exchange(REQUEST, 2000);
    for (const socket of sockets) socket.end();
    await wait(50);
    expect((await exchange(REQUEST, 2000)).text).toBe('here');
  });

  test('that is closed by the request it gets says that it had served before', async () => {
    const { exchange } = connections(
      await serve((socket, number) => (number === 1 ? socket.write(said('once')) : socket.destroy())),
    );
    await exchange(REQUEST, 2000);
    await expect(exchange(REQUEST, 2000)).rejects.toMatchObject({ code: 'ECONNRESET', reused: true });
    expect((await exchange(REQUEST, 2000, true)).text).toBe('once');
  });

  test.each([
    ['closed half way', (socket: Socket) => socket.end(said('half').slice(0, -1)), 'ECONNRESET'],
    ['answered by something else', (socket: Socket) => socket.write('220 mail.example ready\r\n\r\n'), 'BadAnswer'],
    ['never answered', () => {}, 'Timeout'],
  ])('that is %s fails the request', async (_, answer, code) => {
    const { exchange } = connections(await serve(answer));
    await expect(exchange(REQUEST, 300)).rejects.toMatchObject({ code, reused: false });
    await wait(20);
    expect([...sockets].every(({ destroyed, readyState }) => destroyed || readyState !== 'open')).toBe(true);
  });
});

describe('over TLS', () => {
  const tls = { key: CERTIFICATE_KEY, cert: CERTIFICATE };
  const known = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(known));

  test('a server that nobody vouches for gets nothing', async () => {
    const got: string[] = [];
    const url = await serve((socket) => {
      got.push('request');
      socket.write(said('secret'));
    }, tls);
    await expect(connections(url).exchange(REQUEST, 2000)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(got).toEqual([]);
  });

  test('a server of another name gets nothing', async () => {
    setDefaultCACertificates([...known, CERTIFICATE]);
    const url = await serve((socket) => socket.write(said('secret')), tls);
    const code = 'ERR_TLS_CERT_ALTNAME_INVALID';
    await expect(connections(url).exchange(REQUEST, 2000)).rejects.toMatchObject({ code });
  });

  test('a connection is kept, and the next one takes the session up again', async () => {
    setDefaultCACertificates([...known, CERTIFICATE]);
    const resumed: boolean[] = [];
    const url = await serve((socket, number) => {
      resumed.push((socket as TLSSocket).isSessionReused());
      socket.write(said(`${number}`));
    }, tls);
    url.hostname = 'localhost';
    const { exchange } = connections(url);
    expect((await exchange(REQUEST, 2000)).text).toBe('1');
    expect((await exchange(REQUEST, 2000)).text).toBe('2');
    expect((await exchange(REQUEST, 2000, true)).text).toBe('1');
    expect(resumed).toEqual([false, false, true]);
  });
});
