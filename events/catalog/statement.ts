import * as z from 'zod';
import { contract } from './envelope.ts';
import { Currency, enrolmentFields, InstantText, idOf, SignedCents } from './fields.ts';

/** A statement is final and its documents are stored; the mail with them hangs on it. */
export const StatementIssued = contract(
  'statement.issued',
  z.object({
    ...enrolmentFields,
    statementId: idOf('statement'),
    /** Counts a partner's statements in a program from 1, whatever their currency. */
    number: z.int().min(1),
    currency: Currency,
    /** The period: after the first instant, through the second. */
    from: InstantText.optional(),
    through: InstantText,
    earnedCents: SignedCents,
    paidCents: SignedCents,
    /** What came from the partner's account in another currency, less what went there. */
    exchangedCents: SignedCents.optional(),
    /** What is owed to the partner at the end, payable or not. */
    closingCents: SignedCents,
    /** Every reason why the payout run that it was issued for did not pay the partner, in words. */
    notPaid: z.array(z.string().min(1)).min(1).optional(),
  }),
);
