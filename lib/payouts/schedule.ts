import * as z from 'zod';
import { addDays, type Day, lastOfMonth } from '../calendar.ts';

const dayOfMonth = z.int().min(1).max(28);

/**
 * When payout runs of a program are drafted by themselves, in days of its time zone. A drafted run still waits for a person who approves it.
 */
export const PayoutSchedule = z
  .discriminatedUnion('every', [
    z.strictObject({ every: z.literal('day') }),
    z.strictObject({
      every: z.literal('week'),
      weekday: z.int().min(1).max(7).describe('1 is Monday, 7 is Sunday'),
    }),
    z.strictObject({
      every: z.literal('half-month'),
      days: z
        .tuple([dayOfMonth, dayOfMonth])
        .refine(([first, second]) => first < second, 'must be two days in order')
        .default([1, 16])
        .describe('Two days of each month, 1 to 28'),
    }),
    z.strictObject({
      every: z.literal('month'),
      day: z.union([dayOfMonth, z.literal('last')]).describe('Day of the month, 1 to 28, or `last`'),
    }),
    z.strictObject({
      every: z.literal('month-end'),
      netDays: z.int().min(0).max(90).describe('Net-X: so many days after the last day of each month'),
    }),
    z.strictObject({
      every: z
        .literal('release')
        .describe('As soon as commission is approved: when a release has made it payable, and somebody can be paid'),
    }),
  ])
  .describe('When runs are drafted by themselves; without it only a person drafts them');
export type PayoutSchedule = z.infer<typeof PayoutSchedule>;

/** Whether a run is due on a day; one that follows releases is due on none. */
export function isDue(schedule: PayoutSchedule, day: Day): boolean {
  const dayNumber = Number(day.slice(8));
  switch (schedule.every) {
    case 'day':
      return true;
    case 'week':
      return weekdayOf(day) === schedule.weekday;
    case 'half-month':
      return schedule.days.includes(dayNumber);
    case 'month':
      return schedule.day === 'last' ? isLastOfMonth(day) : dayNumber === schedule.day;
    case 'month-end':
      return isLastOfMonth(addDays(day, -schedule.netDays));
    case 'release':
      return false;
  }
}

/**
 * The days from `after` (left out) to `through` on which a run is due, oldest first. A job that looks back some days drafts also what fell
 * due while it did not run; a run has its name from its day, so none is drafted twice.
 */
export function dueDays(schedule: PayoutSchedule, after: Day, through: Day): Day[] {
  const due: Day[] = [];
  for (let day = addDays(after, 1); day <= through; day = addDays(day, 1)) if (isDue(schedule, day)) due.push(day);
  return due;
}

/** 1 is Monday, 7 is Sunday. */
const weekdayOf = (day: Day) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

const isLastOfMonth = (day: Day) => day === lastOfMonth(day);
