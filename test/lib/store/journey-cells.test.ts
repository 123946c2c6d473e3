import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Touch } from '../../../lib/attribution/journey.ts';
import { packJourney, unpackJourney } from '../../../lib/store/journey-cells.ts';
import { ANN, BOB } from '../../support/orders.ts';

const facts = ({ kind, partnerId, at }: Touch) => ({ kind, partnerId, at });
const anyTouch = fc.record({
  touchId: fc.string(),
  kind: fc.constantFrom('click' as const, 'code' as const, 'deal' as const, 'lead' as const),
  partnerId: fc.constantFrom(ANN, BOB),
  at: fc
    .date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
    .map((d) => d.toISOString()),
});

test('a journey comes back as it was, in twelve characters a touch of a credited partner and twenty-six of another', () => {
  fc.assert(
    fc.property(fc.array(anyTouch, { maxLength: 20 }), (journey) => {
      const text = packJourney(journey, [{ partnerId: BOB }]);
      const bobs = journey.filter(({ partnerId }) => partnerId === BOB).length;
      expect(text).toHaveLength(12 * bobs + 26 * (journey.length - bobs));
      expect(unpackJourney(text, [{ partnerId: BOB }]).map(facts)).toEqual(journey.map(facts));
    }),
  );
});

test('a long one keeps its beginning and its end, and half a kilobyte or so', () => {
  const journey = Array.from({ length: 100 }, (_, hour): Touch => {
    const at = new Date(Date.UTC(2026, 2, 1, hour)).toISOString();
    return { touchId: String(hour), kind: 'click', partnerId: ANN, at };
  });
  const text = packJourney(journey, []);
  expect(text.length).toBe(520);
  expect(unpackJourney(text, []).map(facts)).toEqual([...journey.slice(0, 4), ...journey.slice(-16)].map(facts));
});

test('a code is the one the order was reported with', () => {
  const code: Touch = { touchId: 'x', kind: 'code', partnerId: ANN, code: 'SAVE10', at: '2026-03-01T00:00:00.000Z' };
  expect(unpackJourney(packJourney([code], []), [], 'SAVE10')[0]).toMatchObject({ kind: 'code', code: 'SAVE10' });
});
