import * as z from 'zod';
import { DISPUTE_KINDS, DISPUTE_OUTCOMES, DISPUTE_REFUSALS } from '../../lib/disputes/dispute.ts';
import { contract } from './envelope.ts';
import { Count, conversionFields, DayText, enrolmentFields, idOf } from './fields.ts';

const dispute = {
  ...enrolmentFields,
  ...conversionFields,
  disputeId: idOf('dispute'),
  kind: z.enum(DISPUTE_KINDS),
  dueOn: DayText,
};

/** A partner says that something about an order is wrong; the receipt by mail hangs on it. */
export const DisputeRaised = contract('dispute.raised', z.object(dispute));
/** The brand answered; the mail to the partner hangs on it. */
export const DisputeAnswered = contract(
  'dispute.answered',
  z.object({
    ...dispute,
    outcome: z.enum(DISPUTE_OUTCOMES),
    refusal: z.enum(DISPUTE_REFUSALS).optional(),
    note: z.string().min(1),
    adjustmentId: idOf('adjustment').optional(),
  }),
);
export const DisputeWithdrawn = contract('dispute.withdrawn', z.object(dispute));

/** Disputes of a program wait longer than promised; the brand's owner is mailed, once a day. Goes straight to the mail queue, not over the bus. */
export const DisputesOverdue = contract(
  'dispute.overdue',
  z.object({
    programId: idOf('program'),
    /** The day of the mail, in the program's time zone. */
    day: DayText,
    disputes: z
      .array(
        z.object({
          partnerId: idOf('partner'),
          disputeId: idOf('dispute'),
          kind: z.enum(DISPUTE_KINDS),
          orderId: z.string(),
          dueOn: DayText,
        }),
      )
      .min(1)
      .max(20),
    /** 0, or 1 when there are more than the ones given here. */
    more: Count,
  }),
);
