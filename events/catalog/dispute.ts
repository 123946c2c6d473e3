import * as z from 'zod';
import { contract } from './envelope.ts';
import { Count, conversionFields, DayText, enrolmentFields, idOf } from './fields.ts';

const kind = z.enum(['untracked', 'incorrect', 'declined']);
const dispute = {
  ...enrolmentFields,
  ...conversionFields,
  disputeId: idOf('dispute'),
  kind,
  dueOn: DayText,
};

/** A partner says that something about an order is wrong; the receipt by mail hangs on it. */
export const DisputeRaised = contract('dispute.raised', z.object(dispute));
/** The brand answered; the mail to the partner hangs on it. */
export const DisputeAnswered = contract(
  'dispute.answered',
  z.object({
    ...dispute,
    outcome: z.enum(['upheld', 'partly-upheld', 'refused']),
    refusal: z
      .enum([
        'already-credited',
        'another-partner-credited',
        'terms-not-met',
        'order-undone',
        'order-unknown',
        'evidence-missing',
        'other',
      ])
      .optional(),
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
          kind,
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
