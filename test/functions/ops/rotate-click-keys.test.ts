import { createSecretKey } from 'node:crypto';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickKeyRing } from '../../../lib/aws/click-keys.ts';
import { leanClient } from '../../../lib/aws/lean-client.ts';
import { parameters } from '../../../lib/aws/parameters.ts';
import type { ClickFacts } from '../../../lib/tracking/click-id.ts';
import { mintClickId } from '../../../lib/tracking/click-id.ts';
import { type TrackingGround, trackingGround } from '../../support/tracking-ground.ts';

const NAME = '/tributary/test/click-keys';
const PROGRAM = 'prg_01jqg0000000yyyy';
const facts: ClickFacts = {
  brandId: 'brd_0a1b2c',
  link: '0a1b2c00000001',
  partnerId: 'ptr_01jqg0000000zzzz',
  at: '2026-03-29T10:00:00.000Z',
  visitor: 'AAECAwQFBgc',
  nonce: 'beef',
};

let ground: TrackingGround;
let rotate: typeof import('../../../functions/ops/rotate-click-keys.ts').handler;
beforeAll(async () => {
  ground = await trackingGround();
  rotate = (await ground.cold(() => import('../../../functions/ops/rotate-click-keys.ts'))).handler;
});
afterAll(() => ground.stop());
const ring = () => clickKeyRing(parameters(leanClient('ssm')), NAME);

describe('the signing keys, from the first to the next', () => {
  test('given none, when rotated, then there is one, kept secret', async () => {
    await expect(ring().keys()).rejects.toThrow('run the function ops/rotate-click-keys once');
    expect(await rotate({ onlyIfAbsent: true })).toEqual({ outcome: 'created', current: 1, keys: 1 });
    const { Parameter } = await new SSMClient(ground.ground.client).send(new GetParameterCommand({ Name: NAME }));
    expect(Parameter?.Type).toBe('SecureString');
    expect(Parameter?.Value).not.toContain('current');
  });

  test('given one, when an installation is repeated, then it stays', async () => {
    const before = await ring().keys();
    expect(await rotate({ onlyIfAbsent: true })).toEqual({ outcome: 'kept', current: 1, keys: 1 });
    expect(await ring().keys()).toEqual(before);
  });

  test('given ids of before, when rotated, then they verify, and so do new ones where the new key was not known', async () => {
    const running = ring();
    const old = mintClickId(facts, await running.keys(), PROGRAM);
    expect(await rotate()).toEqual({ outcome: 'rotated', current: 2, keys: 2 });
    const fresh = mintClickId(facts, await ring().keys(), PROGRAM);
    expect(await running.verify(old, PROGRAM)).toEqual(facts);
    expect(await running.verify(fresh, PROGRAM)).toEqual(facts);
    expect(await ring().verify(old, PROGRAM)).toEqual(facts);
  });

  test('given a number that nobody signed with, when asked again and again, then the keys are read once more and no more', async () => {
    let reads = 0;
    const store = parameters(leanClient('ssm'));
    const counting: typeof store.read = (name, deadlineMs) => {
      reads += 1;
      return store.read(name, deadlineMs);
    };
    const counted = clickKeyRing({ read: counting }, NAME);
    const keys = await counted.keys();
    const foreign = mintClickId(
      facts,
      { current: 9, keys: new Map([[9, createSecretKey(Buffer.alloc(32))]]) },
      PROGRAM,
    );
    for (let i = 0; i < 5; i += 1) expect(await counted.verify(foreign, PROGRAM)).toBe('unknown-key');
    expect(reads).toBe(2);
    expect(await counted.keys()).toEqual(keys);
  });

  test('given a store that is away, when a number is new, then that is no refusal, and what is known goes on verifying', async () => {
    const store = parameters(leanClient('ssm'));
    let away = false;
    const read: typeof store.read = (name, deadlineMs) =>
      away ? Promise.reject(new Error('away')) : store.read(name, deadlineMs);
    const running = clickKeyRing({ read }, NAME);
    const known = mintClickId(facts, await running.keys(), PROGRAM);
    await rotate();
    const fresh = mintClickId(facts, await ring().keys(), PROGRAM);
    away = true;
    for (let i = 0; i < 2; i += 1) await expect(running.verify(fresh, PROGRAM)).rejects.toThrow('away');
    expect(await running.verify(known, PROGRAM)).toEqual(facts);
    away = false;
    expect(await running.verify(fresh, PROGRAM)).toEqual(facts);
  });
});
