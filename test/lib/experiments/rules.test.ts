import { describe, expect, test } from 'vitest';
import { checkPower } from '../../../lib/experiments/power-check.ts';
import { flawsOf } from '../../../lib/experiments/rules.ts';
import { planFor, regions, turns } from './given.ts';

const on = { couponBox: 'on', links: 'on', extension: 'on' };
const blocks = { baseline: { relativeSdBps: 300 }, expectedUnits: undefined };

describe('a plan', () => {
  test.each([
    ['of units', {}],
    ['of revenue', { metric: 'revenue-per-unit', baseline: { meanCents: 500, sdCents: 2_000 } }],
    ['of regions', { ...blocks, design: regions(['A', 'B', 'C', 'D', 'E', 'F'], 3) }],
    ['of turns', { ...blocks, design: turns(2) }],
    [
      'of a stand-down',
      {
        design: { kind: 'stand-down', holdoutBps: 2_000 },
        arms: { exposed: { sees: on }, holdout: { sees: { ...on, extension: 'off' } } },
      },
    ],
    [
      'whose arms differ in credit beside what they see',
      { arms: { exposed: { sees: on }, holdout: { sees: { ...on, links: 'off' }, credit: 'withheld' } } },
    ],
  ])('is sound: %s', (_, over) => {
    expect(flawsOf(planFor(over))).toEqual([]);
  });

  const same = { exposed: { sees: on }, holdout: { sees: on } };
  test.each([
    ['arms that see the same', { arms: same }, 'arms-see-the-same', 'arms.holdout.sees.links'],
    [
      'arms that see the same, of regions',
      { ...blocks, design: regions(['A', 'B', 'C', 'D', 'E', 'F'], 3), arms: same },
      'arms-see-the-same',
      'arms.holdout.sees.links',
    ],
    [
      'credit withheld, nothing else',
      { arms: { ...same, holdout: { sees: on, credit: 'withheld' } } },
      'arms-see-the-same',
      'arms.holdout.sees.links',
    ],
    [
      'another surface than the design’s',
      { arms: { ...same, holdout: { sees: { ...on, couponBox: 'off' } } } },
      'arms-differ-otherwise',
      'arms.holdout.sees.couponBox',
    ],
    [
      'arms the wrong way round',
      { arms: { exposed: { sees: { ...on, links: 'off' } }, holdout: { sees: on } } },
      'plan-incomplete',
      'arms.holdout.sees.links',
    ],
    [
      'two regions in an arm',
      { ...blocks, design: regions(['A', 'B', 'C', 'D', 'E'], 2) },
      'plan-incomplete',
      'design.holdoutGeos',
    ],
    [
      'a region twice',
      { ...blocks, design: regions(['A', 'B', 'C', 'D', 'E', 'A'], 3) },
      'plan-incomplete',
      'design.geos',
    ],
    ['an odd number of blocks', { ...blocks, design: turns(4) }, 'plan-incomplete', 'endsOn'],
    ['a washout as long as its block', { ...blocks, design: turns(2, 2) }, 'plan-incomplete', 'design.washoutDays'],
    ['no expected units', { expectedUnits: undefined }, 'plan-incomplete', 'expectedUnits'],
    ['a longer time than a year', { endsOn: '2027-05-28' }, 'plan-incomplete', 'endsOn'],
    [
      'revenue without its spread',
      { metric: 'revenue-per-unit', baseline: { meanCents: 500, sdCents: 0 } },
      'plan-incomplete',
      'baseline.sdCents',
    ],
  ])('is refused: %s', (_, over, code, field) => {
    expect(flawsOf(planFor(over)).map((flaw) => [flaw.code, flaw.problem.field])).toContainEqual([code, field]);
  });
});

describe('a power check', () => {
  test('says how many are needed, and what so many show', () => {
    expect(checkPower(planFor({ expectedUnits: 50_000 }))).toEqual({
      of: 'units',
      expected: 50_000,
      required: 106_421,
      detectableBps: 1_475,
      enough: false,
      sentence:
        'Too few: to show a lift of 10 % with a chance of 80 % 106,421 customers or visitors are needed, and 50,000 are expected. With 50,000 the smallest lift shown with that chance is 14.75 %.',
    });
  });
  test('knows that few of the units see it', () => {
    expect(checkPower(planFor({ exposureBps: 2_000 })).required).toBeGreaterThan(2_000_000);
  });
  test.each([
    ['regions', { ...blocks, design: regions(['A', 'B', 'C', 'D', 'E', 'F'], 3) }, 6],
    ['pairs', { ...blocks, design: turns(2) }, 7],
  ])('counts %s', (of, over, expected) => {
    expect(checkPower(planFor(over))).toMatchObject({ of, expected, enough: true });
  });
});
