import fc from 'fast-check';
import { expect, test } from 'vitest';
import { journeyOf, type Touch } from '../../../lib/attribution/journey.ts';
import { ANN, BOB } from '../../support/orders.ts';

const policy = { model: 'last-touch', lookbackDays: 30 } as const;
const ORDERED = '2026-03-31T10:00:00.000Z';
const touch = (touchId: string, at: string, partnerId = ANN): Touch => ({
  touchId,
  partnerId,
  kind: 'click',
  link: 'link',
  at,
});

test.each([
  ['a touch before the order counts', '2026-03-30T10:00:00.000Z', true],
  ['a touch at the very moment of the order counts', ORDERED, true],
  ['a touch a millisecond after it does not', '2026-03-31T10:00:00.001Z', false],
  ['exactly 30 × 24 h before it still counts', '2026-03-01T10:00:00.000Z', true],
  ['a millisecond earlier does not', '2026-03-01T09:59:59.999Z', false],
  ['a clock change in between moves nothing: 24 h are 24 h', '2026-03-29T02:30:00.000Z', true],
])('%s', (_, at, counts) => {
  expect(journeyOf([touch('a', at)], ORDERED, policy)).toEqual(counts ? [touch('a', at)] : []);
});

test('stands oldest first, equal times by id', () => {
  const [first, second, third] = [
    touch('z', '2026-03-10T10:00:00.000Z'),
    touch('a', '2026-03-11T10:00:00.000Z', BOB),
    touch('b', '2026-03-11T10:00:00.000Z'),
  ] as const;
  expect(journeyOf([third, second, first], ORDERED, policy)).toEqual([first, second, third]);
});

test('has each touch once', () => {
  const twice = touch('a', '2026-03-10T10:00:00.000Z');
  expect(journeyOf([twice, { ...twice }], ORDERED, policy)).toHaveLength(1);
});

test('is the same whatever the order and number of deliveries', () => {
  const touches = fc.uniqueArray(
    fc.record({ day: fc.integer({ min: 1, max: 31 }), touchId: fc.string({ minLength: 1, maxLength: 3 }) }),
    { selector: ({ touchId }) => touchId, maxLength: 8 },
  );
  fc.assert(
    fc.property(
      touches.chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }),
        ),
      ),
      ([all, redelivered]) => {
        const made = ({ day, touchId }: { day: number; touchId: string }) =>
          touch(touchId, `2026-03-${String(day).padStart(2, '0')}T08:00:00.000Z`);
        expect(journeyOf(redelivered.map(made), ORDERED, policy)).toEqual(journeyOf(all.map(made), ORDERED, policy));
      },
    ),
  );
});
