import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addTallies, centsOf, NOTHING_SETTLED, type SettlementTally } from '../../../lib/settlement/tally.ts';
import { line } from '../../support/ledgers.ts';

describe('tallies', () => {
  test('earned and taken back are kept apart; nothing moved is not mentioned', () => {
    expect(centsOf('USD', [line(800), line(-300, { totalCents: 500 }), line(50)])).toEqual({
      USD: { earned: 850, takenBack: 300 },
    });
    expect(centsOf('USD', [])).toEqual({});
  });

  test('reasons, currencies and exceptions add up; a report is kept', () => {
    const one = addTallies(NOTHING_SETTLED, {
      conversions: 3,
      unattributed: { 'no-click': 2 },
      cents: { USD: { earned: 10, takenBack: 0 } },
      report: 'reports/a',
    });
    const two = addTallies(one, {
      conversions: 1,
      unattributed: { 'no-click': 1, 'outside-window': 1 },
      cents: { EUR: { earned: 5, takenBack: 2 }, USD: { earned: 1, takenBack: 4 } },
    });
    expect(two).toMatchObject({
      conversions: 4,
      unattributed: { 'no-click': 3, 'outside-window': 1 },
      cents: { USD: { earned: 11, takenBack: 4 }, EUR: { earned: 5, takenBack: 2 } },
      report: 'reports/a',
    });
  });

  const anyTally: fc.Arbitrary<SettlementTally> = fc.record({
    conversions: fc.nat(9),
    posted: fc.nat(9),
    journals: fc.nat(9),
    cents: fc.dictionary(fc.constantFrom('USD', 'EUR'), fc.record({ earned: fc.nat(99), takenBack: fc.nat(99) })),
    unattributed: fc.dictionary(fc.constantFrom('no-click', 'outside-window'), fc.nat(9)),
    parked: fc.nat(9),
    leftOpen: fc.nat(9),
    exceptions: fc.array(
      fc.record({
        programId: fc.constant('prg'),
        eventType: fc.constant('sale'),
        orderId: fc.string(),
        why: fc.string(),
      }),
      { maxLength: 20 },
    ),
  });
  test('it does not matter how shards are added up, and the exceptions named stay few', () =>
    fc.assert(
      fc.property(anyTally, anyTally, anyTally, (a, b, c) => {
        const left = addTallies(addTallies(a, b), c);
        expect(addTallies(a, addTallies(b, c))).toEqual(left);
        expect(addTallies(NOTHING_SETTLED, left)).toEqual(left);
        expect(left.exceptions.length).toBeLessThanOrEqual(3);
      }),
    ));
});
