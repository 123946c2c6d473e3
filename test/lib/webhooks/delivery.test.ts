import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochMs } from '../../../lib/time.ts';
import {
  afterAttempt,
  DELIVERY_ID,
  delaySeconds,
  deliveryIdOf,
  LONGEST_DELAY_MS,
  lookAt,
  verdictOf,
} from '../../../lib/webhooks/delivery.ts';
import { WAITS_MS } from '../../../lib/webhooks/retry.ts';

const NOON = Date.parse('2026-03-29T12:00:00.000Z');
const HOURS = 3_600_000;

describe('the schedule', () => {
  test.each([
    [1, 5_000],
    [2, 5 * 60_000],
    [3, 30 * 60_000],
    [4, 2 * HOURS],
    [5, 5 * HOURS],
    [6, 10 * HOURS],
    [7, 14 * HOURS],
    [8, 20 * HOURS],
    [9, 24 * HOURS],
  ])('after %i failed attempts the next is %i ms away', (made, wait) => {
    expect(afterAttempt({ made: made - 1 }, 'failed', NOON, 0)).toEqual({
      state: 'pending',
      made,
      dueAtMs: NOON + wait,
    });
  });

  test('after the tenth there is none', () => {
    expect(WAITS_MS).toHaveLength(10);
    expect(afterAttempt({ made: 9 }, 'failed', NOON, 0)).toMatchObject({ state: 'dead', made: 10 });
  });

  test('what was taken is done, what is gone is dead, at any attempt', () => {
    expect(afterAttempt({ made: 3 }, 'taken', NOON, 0)).toMatchObject({ state: 'delivered', made: 4 });
    expect(afterAttempt({ made: 0 }, 'gone', NOON, 0)).toMatchObject({ state: 'dead', made: 1 });
  });

  test('chance makes a wait longer by up to a tenth, never shorter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (made, jitter) => {
        const wait = afterAttempt({ made }, 'failed', NOON, jitter).dueAtMs - NOON;
        expect(wait).toBeGreaterThanOrEqual(WAITS_MS[made + 1]!);
        expect(wait).toBeLessThanOrEqual(WAITS_MS[made + 1]! * 1.1 + 1);
      }),
    );
  });

  test.each([
    [200, 'taken'],
    [204, 'taken'],
    [299, 'taken'],
    [302, 'failed'],
    [400, 'failed'],
    [410, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
    [undefined, 'failed'],
  ] as const)('%s is %s', (status, verdict) => expect(verdictOf(status)).toBe(verdict));
});

describe('a waiting delivery', () => {
  test('is queued never early, and by a sweep each quarter of an hour never late', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90_000_000 }), (wait) => {
        const due = NOON + wait;
        const delay = delaySeconds(due, NOON);
        if (delay !== undefined) {
          expect(NOON + delay * 1000).toBeGreaterThanOrEqual(due);
          expect(delay).toBeLessThanOrEqual(900);
          expect(epochMs(lookAt(due, NOON)), 'the net lies behind the message').toBeGreaterThan(due + LONGEST_DELAY_MS);
          return;
        }
        // Some sweep falls within the quarter of an hour before it is due, sees it, and can hold the message back until then.
        const seen = epochMs(lookAt(due, NOON)) - LONGEST_DELAY_MS;
        expect(seen).toBeGreaterThan(NOON);
        for (const sweep of [seen, seen + LONGEST_DELAY_MS / 2, due]) expect(delaySeconds(due, sweep)).toBeDefined();
      }),
    );
  });
});

describe('a delivery’s id', () => {
  const of = (id: string, at: string, webhook = 'whk_a') => deliveryIdOf(webhook, { id, at });

  test('is the same for the same event and webhook, and another for any other', () => {
    const id = of('evt_1', '2026-03-29T12:00:00.000Z');
    expect(id).toMatch(DELIVERY_ID);
    expect(of('evt_1', '2026-03-29T12:00:00.000Z')).toBe(id);
    expect(of('evt_2', '2026-03-29T12:00:00.000Z')).not.toBe(id);
    expect(of('evt_1', '2026-03-29T12:00:00.000Z', 'whk_b')).not.toBe(id);
  });

  test('sorts by the event’s time', () => {
    const instants = fc.date({ min: new Date(0), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        fc.pre(a.getTime() !== b.getTime());
        expect(of('evt_1', a.toISOString()) < of('evt_2', b.toISOString())).toBe(a < b);
      }),
    );
  });
});
