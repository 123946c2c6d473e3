import { createServer, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Handover, outbound } from '../../../lib/http/outbound.ts';
import { type Receiver, receiver } from '../../support/receiver.ts';
import { CERTIFICATE } from '../../support/test-certificate.ts';

let first: Receiver;
let second: Receiver;
beforeAll(async () => {
  [first, second] = await Promise.all([receiver(), receiver()]);
});
afterEach(() => {
  for (const one of [first, second]) {
    one.got.length = 0;
    one.answer(undefined);
  }
});
afterAll(() => Promise.all([first.close(), second.close()]));

const SIGNED = { 'webhook-id': 'evt_1', 'Webhook-Signature': 'v1,x', 'content-type': 'application/json' };
const post = (url: string) => ({ method: 'POST', url, headers: SIGNED, body: '{"a":1}' }) as const;
const get = (url: string) => ({ method: 'GET', url, headers: {} }) as const;
/** Allows the two receivers, by whatever names. */
const client = (options: Parameters<typeof outbound>[0] = {}) =>
  outbound({ exceptions: [first.origin, second.origin], timeoutMs: 1_000, ...options });
const redirectTo =
  (location: string, status = 307): Parameters<Receiver['answer']>[0] =>
  (_, response) =>
    response.writeHead(status, { location }).end();

describe('a request', () => {
  test('arrives as it is, and its answer comes back', async () => {
    first.answer((_, response) => response.writeHead(202).end('taken'));
    expect(await client()(post(`${first.origin}/hook?a=b%20c`))).toEqual({ status: 202, text: 'taken' });
    expect(first.got).toMatchObject([
      {
        method: 'POST',
        path: '/hook?a=b%20c',
        body: '{"a":1}',
        headers: { 'webhook-id': 'evt_1', 'content-length': '7' },
      },
    ]);
  });

  test('goes to the address that was judged and to no other: a name is looked up once', async () => {
    const origin = `http://hooks.test:${first.port}`;
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['10.0.0.1']];
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return answers.shift() ?? [];
    };
    expect(await client({ exceptions: [origin], resolve })(get(`${origin}/`))).toMatchObject({ status: 200 });
    expect(asked).toEqual(['hooks.test']);
    expect(first.got[0]?.headers.host).toBe(`hooks.test:${first.port}`);
  });
});

describe('refused without a connection', () => {
  const refused = async (url: string, addresses: string[] = []): Promise<Handover> => {
    const answer = await outbound({ resolve: async () => addresses, timeoutMs: 1_000 })(post(url));
    expect(answer.status).toBeUndefined();
    return answer;
  };

  test.each([
    ['loopback', ['127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['a private network', ['10.1.2.3']],
    ['a private address among public ones', ['1.1.1.1', '192.168.0.1']],
    ['IPv6 loopback', ['::1']],
    ['mapped metadata', ['::ffff:169.254.169.254']],
    ['an address that is none', ['hooks.example']],
  ])('a name that leads to %s', async (_, addresses) => {
    expect((await refused('https://hooks.example/', addresses)).reason).toMatch(
      /leads to a private or reserved address/,
    );
  });

  test('a name that leads nowhere', async () => {
    expect((await refused('https://hooks.example/')).reason).toBe('hooks.example has no address');
  });

  test('the receiver of this machine, where nobody allows it', async () => {
    expect((await refused(`${first.origin}/`)).reason).toMatch(/https/);
    expect((await refused(`https://127.0.0.1:8443/`)).reason).toMatch(/private/);
    expect(first.got).toEqual([]);
  });

  test('a resolver that fails', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('queryA hooks.example'), { code: 'ENOTFOUND' }));
    expect(await outbound({ resolve })(get('https://hooks.example/'))).toEqual({ reason: 'no connection: ENOTFOUND' });
  });

  test('a resolver that does not answer', async () => {
    const resolve = () => new Promise<never>(() => {});
    expect((await outbound({ resolve, timeoutMs: 50 })(get('https://hooks.example/'))).reason).toMatch(/within/);
  });
});

describe('a redirect', () => {
  test('on the same origin keeps method, body and signature', async () => {
    first.answer((request, response) =>
      request.url === '/a' ? response.writeHead(308, { location: '/b' }).end() : response.end('there'),
    );
    expect(await client()(post(`${first.origin}/a`))).toEqual({ status: 200, text: 'there' });
    expect(first.got[1]).toMatchObject({ path: '/b', body: '{"a":1}', headers: { 'webhook-signature': 'v1,x' } });
  });

  test('to another origin goes without the signature', async () => {
    first.answer(redirectTo(`${second.origin}/b`));
    expect(await client()(post(`${first.origin}/a`))).toMatchObject({ status: 200 });
    expect(second.got).toMatchObject([{ method: 'POST', body: '{"a":1}' }]);
    expect(Object.keys(second.got[0]!.headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  test('back to where it began does not bring the signature back', async () => {
    second.answer(redirectTo(`${first.origin}/end`));
    first.answer((request, response) =>
      request.url === '/a' ? response.writeHead(307, { location: `${second.origin}/` }).end() : response.end(),
    );
    await client()(post(`${first.origin}/a`));
    expect(first.got[1]?.path).toBe('/end');
    expect(first.got[1]?.headers['webhook-signature']).toBeUndefined();
  });

  test.each([
    ['metadata', 'https://169.254.169.254/latest/meta-data/', /private/],
    ['metadata over http', 'http://169.254.169.254/', /https/],
    ['loopback, spelled as a number', 'https://2130706433/', /private/],
    ['a name of the private network', 'https://inside.example/', /leads to a private/],
    ['a user’s address', 'https://a:b@hooks.example/', /user name/],
    ['a file', 'file:///etc/passwd', /https/],
    ['what is no address', 'https://[', /no address/],
  ])('to %s is refused', async (_, location, reason) => {
    first.answer(redirectTo(location));
    const answer = await client({ resolve: async () => ['10.0.0.7'] })(post(`${first.origin}/`));
    expect(answer.reason).toMatch(reason);
  });

  test('for the fourth time is one too many', async () => {
    first.answer((request, response) =>
      response.writeHead(307, { location: `/${Number(request.url?.slice(1)) + 1}` }).end(),
    );
    expect((await client()(get(`${first.origin}/0`))).reason).toBe('more than 3 redirects');
    expect(first.got.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3']);
  });

  test.each([301, 302, 303])('%i of a POST would lose the body and is no delivery', async (status) => {
    first.answer(redirectTo('/b', status));
    expect(await client()(post(`${first.origin}/`))).toMatchObject({
      status,
      reason: expect.stringMatching(/307 or 308/),
    });
    expect(first.got).toHaveLength(1);
  });

  test('302 of a GET is followed, as trackers do it', async () => {
    first.answer((request, response) =>
      request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : response.end(),
    );
    expect(await client()(get(`${first.origin}/a`))).toMatchObject({ status: 200 });
  });
});

describe('a server that misbehaves', () => {
  test('and says nothing is given up', async () => {
    first.answer(() => {});
    expect(await client({ timeoutMs: 100 })(get(`${first.origin}/`))).toEqual({
      reason: 'no answer within 0.1 seconds',
    });
  });

  test('and drips its head byte by byte is given up at the same time', async () => {
    const sockets: Socket[] = [];
    const dripping = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      const text = `HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(10_000)}`;
      let at = 0;
      const timer = setInterval(() => socket.write(text[at++] ?? 'a'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(dripping.address() as { port: number }).port}`;
    const started = performance.now();
    const answer = await client({ exceptions: [origin], timeoutMs: 200 })(get(`${origin}/`));
    expect(answer.reason).toMatch(/within 0.2 seconds/);
    expect(performance.now() - started).toBeLessThan(1_500);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => dripping.close(resolve));
  });

  test('and answers but never ends its body has answered', async () => {
    first.answer((_, response) => void response.writeHead(200).write('begin'));
    expect(await client({ timeoutMs: 200 })(get(`${first.origin}/`))).toEqual({ status: 200, text: 'begin' });
  });

  test('and sends without end is cut off', async () => {
    let sent = 0;
    first.answer((_, response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const answer = await client()(get(`${first.origin}/`));
    expect(answer.status).toBe(500);
    expect((answer as { text: string }).text.length).toBeLessThanOrEqual(4_096);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toBeLessThan(20_000_000);
  });

  test('and breaks the connection has not answered', async () => {
    first.answer((request) => request.socket.destroy());
    expect(await client()(get(`${first.origin}/`))).toEqual({ reason: 'no connection: ECONNRESET' });
  });

  test('and speaks no HTTP has not answered', async () => {
    first.answer((request) => request.socket.end('hello\r\n\r\n'));
    expect((await client()(get(`${first.origin}/`))).status).toBeUndefined();
  });
});

describe('TLS', () => {
  let secure: Receiver;
  const known = getCACertificates('default');
  beforeAll(async () => {
    secure = await receiver({ tls: true });
  });
  afterAll(async () => {
    setDefaultCACertificates(known);
    await secure.close();
  });
  const tell = (name: string) => {
    const origin = `https://${name}:${secure.port}`;
    return client({ exceptions: [origin], resolve: async () => ['127.0.0.1'] })(post(`${origin}/`));
  };

  test('with a certificate that nobody vouches for is no connection', async () => {
    expect((await tell('hooks.test')).reason).toBe('no connection: DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(secure.got).toEqual([]);
  });

  test('is to the name, although the connection is to the address', async () => {
    setDefaultCACertificates([...known, CERTIFICATE]);
    expect(await tell('hooks.test')).toMatchObject({ status: 200 });
    expect((await tell('other.test')).reason).toBe('no connection: ERR_TLS_CERT_ALTNAME_INVALID');
    expect(secure.got).toHaveLength(1);
  });
});
