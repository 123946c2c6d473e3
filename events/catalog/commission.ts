import * as z from 'zod';
import { contract } from './envelope.ts';
import { Count, Currency, conversionFields, DayText, enrolmentFields, journalFields, SignedCents } from './fields.ts';

const { eventType, orderId } = conversionFields;

/** Lines that an event carries at most, so that it always fits on the bus. */
export const MOST_LINES = 200;

/** Commission was earned or corrected: one accrual journal, with the orders behind it. */
export const CommissionPosted = contract(
  'commission.posted',
  z.object({
    ...journalFields,
    /** What the journal moves in all; negative when returns outweigh sales. */
    cents: SignedCents,
    /** Lines of the journal beyond the ones given here; the ledger has them. */
    moreLines: Count,
    lines: z
      .array(
        z.object({
          eventType,
          orderId,
          cents: SignedCents,
          totalCents: SignedCents,
          reason: z.enum(['earned', 'returned', 'cancelled', 'recomputed']),
        }),
      )
      .max(MOST_LINES),
  }),
);

/** Pending commission passed its hold and may be paid. */
export const CommissionReleased = contract('commission.released', z.object({ ...journalFields, cents: SignedCents }));

/** A partner's day is over and something moved: the digest mail is due. Goes straight to the mail queue, not over the bus. */
export const DigestDue = contract(
  'commission.digest-due',
  z.object({
    ...enrolmentFields,
    /** The day reported on, in the program's time zone. */
    day: DayText,
    currency: Currency,
    clicks: z.int(),
    /** Orders of the day that credit the partner, wholly or in part. */
    conversions: z.int(),
    revenueCents: SignedCents,
    commissionCents: SignedCents,
    returns: Count,
  }),
);

/** A version of a commission plan takes effect soon, and the partner should know. Goes straight to the mail queue, not over the bus. */
export const PlanChangeDue = contract(
  'commission.plan-change-due',
  z.object({
    ...enrolmentFields,
    version: z.int().min(2),
    /** First day it applies to, in the program's time zone. */
    day: DayText,
    /** Which of the two notices it is: about three days before, or the day before. */
    notice: z.enum(['3-days', '1-day']),
    /** What it pays, in the plan's order: what earns nothing, rules, bonuses, recruiters. */
    rules: z.array(z.object({ label: z.string(), pays: z.string() })).max(20),
    /** Parts beyond the ones given here. */
    moreRules: Count,
  }),
);
