import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Click } from '../../../lib/tracking/click.ts';
import { BRAND, PARTNER, PROGRAM, type TrackingGround, trackingGround } from '../../support/tracking-ground.ts';

const AT = '2026-03-29T10:00:00.000Z';
const click = (over: Partial<Click> = {}): Click => ({
  brandId: BRAND,
  programId: PROGRAM,
  partnerId: PARTNER,
  link: '0a1b2c00000001',
  at: AT,
  visitor: 'AAECAwQFBgc',
  nonce: 'beef',
  expiresAt: 1_782_554_400,
  ...over,
});
const batch = (...bodies: string[]) =>
  ({ Records: bodies.map((body, place) => ({ messageId: `m${place}`, body })) }) as never;

let ground: TrackingGround;
let handler: typeof import('../../../functions/queue/record-click.ts').handler;
beforeAll(async () => {
  ground = await trackingGround();
  ({ handler } = await ground.cold(() => import('../../../functions/queue/record-click.ts')));
});
afterAll(() => ground.stop());
const journey = (visitor: string) => ground.clicks.journey(BRAND, PROGRAM, visitor, AT, AT);

describe('clicks that come late', () => {
  test('are stored once, however often they are delivered', async () => {
    const [one, other] = [JSON.stringify(click({ visitor: 'once0000000' })), JSON.stringify(click({ nonce: '0001' }))];
    for (let i = 0; i < 3; i += 1) expect(await handler(batch(one, other, one))).toEqual({ batchItemFailures: [] });
    expect(await journey('once0000000')).toHaveLength(1);
  });

  test('are stored beside one that cannot be read, which alone is given back', async () => {
    const good = JSON.stringify(click({ visitor: 'good0000000' }));
    const bad = JSON.stringify({ ...click(), partnerId: undefined });
    expect(await handler(batch(bad, good, 'no JSON', JSON.stringify({ ...click(), expiresAt: 'soon' })))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }],
    });
    expect(await journey('good0000000')).toHaveLength(1);
  });

  test('are all given back while the table is away', async () => {
    ground.dynamodb.faults.set({ kind: 'throttle' });
    expect(await handler(batch(JSON.stringify(click()), JSON.stringify(click({ nonce: '0002' }))))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }],
    });
    ground.dynamodb.faults.clear();
  });
});
