import { describe, expect, test } from 'vitest';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import {
  FLAGS,
  flagsFor,
  flagsOf,
  isLate,
  lineFlags,
  lineFlagWords,
  mayHaveFlags,
  partnersConcerned,
} from '../../../lib/tracking/flags.ts';
import { ANN, BOB, CAT, credits, item, order } from '../../support/orders.ts';

const OTHER = 'SECRET-77';
const settled = { at: '2026-03-25T12:00:00.000Z', policyVersion: 3, planVersion: 1 };
const given = (over: Partial<Conversion> = {}) =>
  order([item(1000)], { receivedAt: '2026-03-25T10:00:00.001Z', settled, ...over });
const everything = given({
  credits: credits([ANN, 6000], [BOB, 4000]),
  posted: { [BOB]: { cents: 40, matures: '2026-04-14', returnedUnits: 0 } },
  unattributed: 'over-cap: 3 conversions a day of the program (cap_01kp3q8z4m7yc2hd)',
  findings: {
    lateAfterDays: 7,
    duplicateOf: { orderId: OTHER, occurredAt: '2026-03-15T09:55:00.000Z', withinMinutes: 10 },
  },
});
const names = (flags: readonly { flag: string }[]) => flags.map(({ flag }) => flag);

describe('the flags of a conversion', () => {
  test('are all there is to say, with the reason in words and the figures', () => {
    expect(flagsOf(everything)).toEqual([
      {
        flag: 'late',
        reason: 'It was reported on 2026-03-25 10:00 UTC, more than 7 days after it was made.',
        data: { receivedAt: '2026-03-25T10:00:00.001Z', lateAfterDays: 7 },
      },
      {
        flag: 'over-cap',
        reason: 'It found no room under a cap: 3 conversions a day of the program (cap_01kp3q8z4m7yc2hd).',
        data: { capId: 'cap_01kp3q8z4m7yc2hd' },
      },
      {
        flag: 'duplicate-suspect',
        reason:
          'It looks like SECRET-77 of 2026-03-15 09:55 UTC: the same amount, and the same customer, e-mail address or click, at most 10 minutes apart.',
        data: { orderId: OTHER, occurredAt: '2026-03-15T09:55:00.000Z', withinMinutes: 10 },
      },
    ]);
    expect(flagsOf(given({ unattributed: 'outside-window' }))).toEqual([
      {
        flag: 'out-of-window',
        reason: 'Every click before it is older than version 3 of the attribution policy looks back.',
        data: { policyVersion: 3 },
      },
    ]);
  });

  test.each([
    ['over-cap: 1 conversions a day of the program (cap_1)', ['over-cap']],
    ['click-over-cap', ['over-cap']],
    ['outside-window', ['out-of-window']],
    ['no-click', []],
    ['click-after-order', []],
    ['cannot-settle: over-cap: no', []],
  ])('%s', (unattributed, expected) => {
    expect(names(flagsOf(given({ unattributed })))).toEqual(expected);
    expect(mayHaveFlags(undefined, unattributed)).toBe(expected.length > 0);
  });

  test('are none before it is settled', () => {
    const { settled: _, ...open } = everything;
    expect(flagsOf(open as Conversion)).toEqual([]);
  });
});

test('late begins after the last of so many days, to the millisecond', () => {
  const occurredAt = '2026-03-15T10:00:00.000Z';
  expect(isLate({ occurredAt, receivedAt: '2026-03-22T10:00:00.000Z' }, 7)).toBe(false);
  expect(isLate({ occurredAt, receivedAt: '2026-03-22T10:00:00.001Z' }, 7)).toBe(true);
  expect(isLate({ occurredAt, receivedAt: '2026-03-14T10:00:00.000Z' }, 1)).toBe(false);
});

describe('what a partner is told', () => {
  test('never names another order, another partner or a cap', () => {
    const told = [flagsFor(ANN, everything, ANN), flagsFor(BOB, everything, ANN)].flat();
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toMatch(/SECRET-77|cap_|ptr_|09:55/);
    expect(lineFlags(everything, everything.findings!).map(lineFlagWords).join(' ')).not.toMatch(/SECRET-77|09:55/);
  });

  test('is of orders credited to them; that a cap left no room only who earned nothing', () => {
    expect(names(flagsFor(ANN, everything, undefined))).toEqual(['late', 'over-cap', 'duplicate-suspect']);
    expect(names(flagsFor(BOB, everything, undefined))).toEqual(['late', 'duplicate-suspect']);
    expect(flagsFor(CAT, everything, undefined)).toEqual([]);
  });

  test('is nothing of a cap on another partner', () => {
    const cap = (of: string) => `over-cap: 3 conversions a day of ${of} (cap_01kp3q8z4m7yc2hd)`;
    const shared = (of: string) => given({ credits: credits([ANN, 6000], [BOB, 4000]), unattributed: cap(of) });
    expect(names(flagsFor(ANN, shared(ANN), undefined))).toEqual(['over-cap']);
    expect(flagsFor(BOB, shared(ANN), undefined)).toEqual([]);
  });

  test('is, of an order that credits nobody, a matter of whose click it was reported with', () => {
    const old = given({ unattributed: 'outside-window' });
    expect(partnersConcerned(old, ANN)).toMatchObject([{ partnerId: ANN, flags: [{ flag: 'out-of-window' }] }]);
    expect(partnersConcerned(old, undefined)).toEqual([]);
    expect(partnersConcerned(everything, CAT).map(({ partnerId }) => partnerId)).toEqual([ANN, BOB]);
  });

  test('has words for every flag', () => {
    const all = [everything, given({ unattributed: 'outside-window' })].flatMap((one) => flagsFor(ANN, one, ANN));
    expect(new Set(names(all))).toEqual(new Set(FLAGS));
    for (const { reason } of all) expect(reason).toMatch(/^It .*\.$|^Every .*\.$/);
  });
});
