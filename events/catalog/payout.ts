import * as z from 'zod';
import { contract } from './envelope.ts';
import { Count, Currency, enrolmentFields, idOf, journalFields } from './fields.ts';

const run = {
  runId: idOf('payoutRun'),
  programId: idOf('program'),
  currency: Currency,
  itemCount: Count,
  totalCents: Count,
  madeBy: z.string().min(1),
};
const item = {
  ...journalFields,
  itemId: idOf('payoutItem'),
  /** What goes out. */
  cents: z.int().min(1),
  /** Tax kept back from the payment, beside `cents`. */
  withheldCents: z.int().min(1).optional(),
};

/** A run is frozen and waits for a second person. */
export const PayoutDrafted = contract('payout.drafted', z.object({ ...run, fileHash: z.string().min(1) }));
export const PayoutApproved = contract(
  'payout.approved',
  z.object({ ...run, fileHash: z.string().min(1), approvedBy: z.string().min(1) }),
);
/** A run was refused; its items are payable again. */
export const PayoutRejected = contract('payout.rejected', z.object(run));
/** Every item of a run is settled or failed. */
export const PayoutPaid = contract('payout.paid', z.object(run));

/** An item that the brand pays by its own means is due: its run is approved. The brand answers whether it paid. */
export const PayoutItemRequested = contract(
  'payout.item-requested',
  z.object({
    ...enrolmentFields,
    runId: idOf('payoutRun'),
    itemId: idOf('payoutItem'),
    currency: Currency,
    cents: z.int().min(1),
  }),
);
/** A partner's money went from the program's currency to the one they are paid in, for an item; or, undone, came back as it went. */
export const PayoutItemExchanged = contract(
  'payout.item-exchanged',
  z.object({
    ...journalFields,
    itemId: idOf('payoutItem'),
    cents: z.int().min(1),
    toCurrency: Currency,
    toCents: z.int().min(1),
    rateId: z.string().min(1),
    rate: z.string().min(1),
    undone: z.boolean(),
  }),
);
/** A partner's money is set aside for a run. */
export const PayoutItemReserved = contract('payout.item-reserved', z.object(item));
export const PayoutItemPaid = contract('payout.item-paid', z.object(item));
/** The bank returned a payment that was settled; the money is payable again. The cause names its code. */
export const PayoutItemReturned = contract('payout.item-returned', z.object({ ...item, cause: z.string().min(1) }));
/** An item was not paid after all: run refused, or the payment failed; the money is payable again. */
export const PayoutItemUnreserved = contract('payout.item-unreserved', z.object({ ...item, cause: z.string().min(1) }));
