import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { addDays, dayIn, isTimeZone, monthOf, startOfDay } from '../../lib/calendar.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Asia/Kolkata', 'Pacific/Apia'] as const;

describe('dayIn', () => {
  test.each([
    ['one instant is two days', '2026-03-15T23:30:00.000Z', 'UTC', '2026-03-15'],
    ['…', '2026-03-15T23:30:00.000Z', 'Europe/Berlin', '2026-03-16'],
    ['the last millisecond of a day', '2026-03-15T22:59:59.999Z', 'Europe/Berlin', '2026-03-15'],
    ['the first of the next', '2026-03-15T23:00:00.000Z', 'Europe/Berlin', '2026-03-16'],
    ['a day of 23 hours ends an hour early', '2026-03-29T22:00:00.000Z', 'Europe/Berlin', '2026-03-30'],
    ['…', '2026-03-29T21:59:59.999Z', 'Europe/Berlin', '2026-03-29'],
    ['a day of 25 hours ends an hour late', '2026-10-25T22:59:59.999Z', 'Europe/Berlin', '2026-10-25'],
    ['half an hour off', '2026-03-15T18:30:00.000Z', 'Asia/Kolkata', '2026-03-16'],
    ['a day that never was: Samoa jumped over 2011-12-30', '2011-12-30T10:00:00.000Z', 'Pacific/Apia', '2011-12-31'],
    ['…', '2011-12-30T09:59:59.999Z', 'Pacific/Apia', '2011-12-29'],
    [
      'clocks that went back over midnight: it is the 7th for a minute',
      '2010-11-07T02:30:30.000Z',
      'America/St_Johns',
      '2010-11-07',
    ],
    ['and then the 6th again', '2010-11-07T02:31:00.000Z', 'America/St_Johns', '2010-11-06'],
    ['and then the 7th for good', '2010-11-07T03:30:00.000Z', 'America/St_Johns', '2010-11-07'],
  ])('%s', (_, at, zone, day) => expect(dayIn(at, zone)).toBe(day));

  test('knows a day that went on after another, even when it learned that other day from its end', () => {
    // A zone of its own, so that nothing about it was asked before: Goose Bay also went from 00:01 back to 23:01.
    expect(dayIn('2010-11-07T05:00:00.000Z', 'America/Goose_Bay')).toBe('2010-11-07');
    expect(dayIn('2010-11-07T03:01:00.000Z', 'America/Goose_Bay')).toBe('2010-11-06');
    expect(dayIn('2010-11-07T03:00:59.999Z', 'America/Goose_Bay')).toBe('2010-11-07');
    expect(dayIn('2010-11-07T02:59:59.999Z', 'America/Goose_Bay')).toBe('2010-11-06');
    expect(dayIn('2010-11-07T03:59:59.999Z', 'America/Goose_Bay')).toBe('2010-11-06');
    expect(dayIn('2010-11-07T04:00:00.000Z', 'America/Goose_Bay')).toBe('2010-11-07');
  });

  test('is what the calendar says, whatever was asked before', () => {
    const around = [
      Date.UTC(2010, 10, 7, 2, 30),
      Date.UTC(2026, 2, 29, 1),
      Date.UTC(2026, 9, 25, 1),
      Date.UTC(2011, 11, 30, 10),
    ];
    const moment = fc.oneof(
      fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2035, 0) }),
      fc
        .tuple(fc.constantFrom(...around), fc.integer({ min: -10_000_000, max: 10_000_000 }))
        .map(([at, by]) => at + by),
    );
    fc.assert(
      fc.property(moment, fc.constantFrom(...ZONES), (ms, zone) => {
        const expected = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();
        expect(dayIn(new Date(ms).toISOString(), zone)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('starts where the day starts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 7000 }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
        (days, zone) => {
          const day = addDays('2012-01-01', days);
          expect(dayIn(startOfDay(day, zone), zone)).toBe(day);
          expect(dayIn(new Date(Date.parse(startOfDay(day, zone)) - 1).toISOString(), zone)).toBe(addDays(day, -1));
        },
      ),
      { numRuns: 200 },
    );
  });
});

test.each([
  ['2026-03-01', 30, '2026-03-31'],
  ['2026-02-28', 1, '2026-03-01'],
  ['2028-02-28', 1, '2028-02-29'],
  ['2026-12-31', 1, '2027-01-01'],
  ['2026-03-28', 2, '2026-03-30'],
  ['2026-01-01', -1, '2025-12-31'],
  ['2026-01-01', 0, '2026-01-01'],
])('%s and %i days is %s', (day, days, expected) => expect(addDays(day, days)).toBe(expected));

test('a day that starts at 01:00 starts at 01:00', () => {
  expect(startOfDay('2018-11-04', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
});
test('the month of a day', () => expect(monthOf('2026-03-29')).toBe('2026-03'));
test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['', false],
])('%j is a time zone: %s', (name, known) => expect(isTimeZone(name)).toBe(known));
