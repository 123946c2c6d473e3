import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { MACROS } from '../../../lib/webhooks/macros.ts';
import { BRAND_NOTICES } from '../../../lib/webhooks/notices.ts';
import { secretOf, signedHeaders } from '../../../lib/webhooks/signature.ts';
import { rotated, signingAt } from '../../../lib/webhooks/webhook.ts';

describe('a signature', () => {
  test('is that of the Standard Webhooks specification’s own example', () => {
    const signed = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    expect(signedHeaders(signed, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('is taken by an independent verifier, whatever the body, with any secret that signs; by no other', () => {
    const timestamp = Math.floor(Date.now() / 1000);
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(secretOf);
    fc.assert(
      fc.property(fc.json(), secret, secret, secret, (body, old, fresh, strange) => {
        fc.pre(new Set([old, fresh, strange]).size === 3);
        const headers = signedHeaders({ id: 'evt_1', timestamp, body }, [fresh, old]);
        for (const known of [old, fresh]) expect(new Webhook(known).verify(body, headers)).toEqual(JSON.parse(body));
        expect(() => new Webhook(strange).verify(body, headers)).toThrow();
        expect(() => new Webhook(fresh).verify(`${body} `, headers)).toThrow();
        expect(() => new Webhook(fresh).verify(body, { ...headers, 'webhook-id': 'evt_2' })).toThrow();
      }),
    );
  });
});

describe('the lines of docs/webhooks.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');

  test('verify what we sign and nothing else', async () => {
    const [, script = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
    const { verified } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`)) as {
      verified(secret: string, headers: object, body: string): boolean;
    };
    const [known, other] = [secretOf(Buffer.alloc(32, 1)), secretOf(Buffer.alloc(32, 2))];
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = signedHeaders({ id: 'evt_1', timestamp, body: '{}' }, [other, known]);
    expect(verified(known, headers, '{}')).toBe(true);
    expect(verified(known, headers, '{ }')).toBe(false);
    expect(verified(secretOf(Buffer.alloc(32, 3)), headers, '{}')).toBe(false);
    const old = signedHeaders({ id: 'evt_1', timestamp: timestamp - 301, body: '{}' }, [known]);
    expect(verified(known, old, '{}')).toBe(false);
  });

  test('name every macro and every event', () => {
    for (const name of Object.keys(MACROS).filter((one) => !/^sub[234]$/.test(one)))
      expect(page).toContain(`{${name}}`);
    for (const type of BRAND_NOTICES) expect(page).toContain(type.replace('payout-run', ''));
  });
});

describe('a secret that is replaced', () => {
  const first = [{ sealed: 'a', madeAt: '2026-03-01T00:00:00.000Z' }];
  const second = rotated(first, 'b', '2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z');
  const signing = (secrets: typeof second, at: string) => signingAt({ secrets }, at).map(({ sealed }) => sealed);

  test.each([
    ['before the overlap ends both sign, the new one first', '2026-03-02T23:59:59.999Z', ['b', 'a']],
    ['from then on the new one alone', '2026-03-03T00:00:00.000Z', ['b']],
  ])('%s', (_, at, expected) => expect(signing(second, at)).toEqual(expected));

  test('twice leaves two, not three', () => {
    const third = rotated(second, 'c', '2026-03-02T01:00:00.000Z', '2026-03-04T00:00:00.000Z');
    expect(signing(third, '2026-03-02T02:00:00.000Z')).toEqual(['c', 'b']);
  });

  test('without an overlap is gone at once', () => {
    expect(rotated(first, 'b', '2026-03-02T00:00:00.000Z', '2026-03-02T00:00:00.000Z')).toHaveLength(1);
  });
});
