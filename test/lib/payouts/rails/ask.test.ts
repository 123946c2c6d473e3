import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outbound } from '../../../../lib/http/outbound.ts';
import { ask, troubleOf } from '../../../../lib/payouts/rails/ask.ts';
import { type Fault, type ProviderServer, providerServer } from '../../../support/provider-server.ts';
import { type Receiver, receiver } from '../../../support/receiver.ts';

let provider: ProviderServer;
let elsewhere: Receiver;
beforeAll(async () => {
  elsewhere = await receiver();
  provider = await providerServer(
    ({ path }) =>
      path === '/refused'
        ? { status: 422, body: { name: 'VALIDATION_ERROR', details: [{ issue: 'bad\u0007 value' }] } }
        : { status: 200, body: { ok: path.length } },
    () => {},
  );
});
afterAll(async () => {
  await provider.close();
  await elsewhere.close();
});

const asking = (path = '/') => {
  const send = outbound({ exceptions: [provider.origin, elsewhere.origin], timeoutMs: 400, mostRedirects: 0 });
  return ask(send, { method: 'GET', url: `${provider.origin}${path}`, headers: { authorization: 'Bearer secret' } });
};

describe('what an answer is worth', () => {
  test.each([
    ['cut-before', 'unknown', 'no connection'],
    ['cut-after', 'unknown', 'no connection'],
    ['hang-after', 'unknown', 'no answer within'],
    ['error-before', 'unknown', 'answered 502'],
    ['error-after', 'unknown', 'answered 503'],
    ['garbage-after', 'unknown', 'no JSON'],
    ['broken-off-after', 'unknown', 'no JSON'],
    ['busy', 'busy', 'too many'],
    ['unauthorized', 'refused', '401 invalid_token'],
  ] as const)('%s: %s', async (fault: Fault, kind, words) => {
    provider.misbehave([fault]);
    expect(await asking()).toMatchObject({ kind, words: expect.stringContaining(words) });
  });

  test('a refusal says why, without control characters', async () => {
    const reply = await asking('/refused');
    expect(reply).toMatchObject({ kind: 'refused', status: 422, words: '422 VALIDATION_ERROR, bad  value' });
    if (reply.kind !== 'done') expect(troubleOf('No', reply)).toBe('No: 422 VALIDATION_ERROR, bad  value');
  });

  test('a redirect is followed nowhere: the secret stays with the server it is for', async () => {
    const mover = await receiver();
    mover.answer((_, response) => response.writeHead(307, { location: `${elsewhere.origin}/` }).end());
    const send = outbound({ exceptions: [mover.origin, elsewhere.origin], mostRedirects: 0 });
    const headers = { authorization: 'Bearer secret' };
    expect(await ask(send, { method: 'POST', url: mover.origin, headers, body: '{}' })).toMatchObject({
      kind: 'unknown',
    });
    expect(elsewhere.got).toEqual([]);
    await mover.close();
  });
});
