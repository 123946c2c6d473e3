import * as z from 'zod';
import { contract } from './envelope.ts';
import {
  Count,
  Currency,
  conversionFields,
  DayText,
  enrolmentFields,
  InstantText,
  journalFields,
  SignedCents,
} from './fields.ts';

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
    /** Time of that day on the program's clock, `15:30`, where it is not the day's beginning. */
    time: z.string().optional(),
    /** Which notice it is: about three days before, the day before, or at once because it was added too late for them. */
    notice: z.enum(['3-days', '1-day', 'at-once']),
    /** Why it comes at short notice, in the words of whoever added it. */
    shortNotice: z.string().optional(),
    /** It begins before it was added: orders made since then are counted again. */
    retroactive: z.boolean().optional(),
    /** First day of the next version, where there is one. */
    until: DayText.optional(),
    /** A version with the same beginning that partners may have been told of, and that never applies now. */
    replaces: z.int().min(1).optional(),
    /** What it pays, in the plan's order: what earns nothing, rules, bonuses, recruiters. */
    rules: z.array(z.object({ label: z.string(), pays: z.string() })).max(20),
    /** Parts beyond the ones given here. */
    moreRules: Count,
  }),
);

/** A further version of a program's commission plan was added. */
export const PlanAdded = contract(
  'plan.added',
  z.object({
    programId: enrolmentFields.programId,
    version: z.int().min(2),
    effectiveFrom: InstantText,
    /** Why partners are told of it less than three days before; absent where they are. */
    shortNotice: z.string().optional(),
  }),
);
