import * as z from 'zod';
import { derive, idPattern } from '../ids.ts';
import { PartnerId } from '../partners/partner.ts';
import { BrandId } from '../programs/brand.ts';
import { CurrencyField, InstantField, ProgramId } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import { optional } from '../workflow-input.ts';

export const RunId = z.string().regex(idPattern('payoutRun'), 'must be a payout run id such as pay_01h…');
export const ItemId = z.string().regex(idPattern('payoutItem'), 'must be a payout item id such as itm_01h…');

/** What a finding of a run is called: its kind and the partner it is about. */
export const FindingId = z
  .string()
  .regex(/^[a-z-]{1,40}:ptr_[0-9a-z]{16}$/, 'must be the findingId of a finding, such as jump:ptr_01h…');
/** A run with more severe findings than this is better rejected. */
export const MOST_ACKNOWLEDGED = 500;

/**
 * A run is the payment of a program as of a time: drafting it again lands on the same run.
 *
 * @param currency of a run that pays in another currency than the program's; left out of one in the program's own.
 */
export const runIdOf = (
  { brandId, programId, asOf }: { brandId: string; programId: string; asOf: Instant },
  currency?: string,
) => derive('payoutRun', brandId, programId, asOf, ...(currency === undefined ? [] : [currency]));
/**
 * Executions of a run are named after it, so that asking twice starts one; the brand's id in front says whose they are.
 *
 * @param occasion tells later executions for the same run from the first.
 */
export const executionOf = ({ brandId, runId }: { brandId: string; runId: string }, occasion?: string) =>
  [brandId, runId, ...(occasion === undefined ? [] : [occasion])].join('-');
/** Where the NACHA file of a run lies, by its hash. */
export const nachaKeyOf = ({ brandId, runId }: { brandId: string; runId: string }, hash: string) =>
  `payouts/${brandId}/${runId}/${hash}.ach`;
/** Where the orders to providers of a run lie, by their hash. */
export const ordersKeyOf = ({ brandId, runId }: { brandId: string; runId: string }, hash: string) =>
  `payouts/${brandId}/${runId}/${hash}.jsonl`;
/** A partner has one item in a run. */
export const itemIdOf = (runId: string, partnerId: string) => derive('payoutItem', runId, partnerId);

/** What draft-payout is started with. */
export const PayoutOrder = z.object({
  asOf: InstantField,
  brandId: BrandId,
  programId: ProgramId,
  /** The person who may not approve the run. */
  madeBy: z.string('must name the person who drafts the run: somebody else approves it').min(1).max(254),
  /** What the run pays in: one of the program's payout currencies; the program's own when left out. */
  currency: optional(CurrencyField),
  /** Where the plan's next page starts: after this partner. */
  after: optional(PartnerId),
});

export type PayoutOrder = z.output<typeof PayoutOrder>;

/** Partners whose payable money is to be reserved; together one transaction. */
export const ReserveShard = z.object({
  asOf: InstantField,
  brandId: BrandId,
  programId: ProgramId,
  runId: RunId,
  partnerIds: z.array(PartnerId).min(1).max(45),
});
export type ReserveShard = z.output<typeof ReserveShard>;

/** A drafted run whose items are reserved. */
export const FreezeOrder = z.object({ asOf: InstantField, brandId: BrandId, programId: ProgramId, runId: RunId });

/** The same, with the item after which the check goes on. */
export const CheckOrder = FreezeOrder.extend({ cursor: optional(ItemId) });

/** What pay-payout is started with. */
export const PaymentOrder = z.object({
  asOf: InstantField,
  brandId: BrandId,
  runId: RunId,
  /** Where the plan's next page starts: after this item. */
  after: optional(ItemId),
  /** Every item was looked at: see whether the run is done. */
  closing: z.boolean().default(false),
  /** Only ask PayPal and Wise what became of payments; the schedule asks so. */
  follow: z.boolean().default(false),
  /** Approves the run first, in the name of a person who may: for who starts the workflow by hand, in the console of AWS. */
  approval: optional(
    z.object({
      by: z.email('must be the e-mail of a person with a key of the brand').max(254),
      hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be the fileHash of the run: 64 hexadecimal digits'),
      acknowledge: z.array(FindingId).max(MOST_ACKNOWLEDGED).default([]),
    }),
  ),
});
export type PaymentOrder = z.output<typeof PaymentOrder>;

/** Items to pay; together one transaction. */
export const PaymentShard = z.object({
  asOf: InstantField,
  brandId: BrandId,
  runId: RunId,
  itemIds: z.array(ItemId).min(1).max(45),
});

/** A run whose payments PayPal or Wise make: send what is not sent, and ask what became of the rest. */
export const ProviderOrder = z.object({
  asOf: InstantField,
  brandId: BrandId,
  programId: ProgramId,
  runId: RunId,
  follow: z.boolean().default(false),
  /** The batch to go on with; the first when left out. */
  cursor: z.int().min(0).nullish(),
  /** How often all batches were gone through; the workflow waits longer from one to the next. */
  round: z.int().min(0).default(0),
  tally: z.object({ settled: z.int(), failed: z.int(), returned: z.int(), waiting: z.int(), left: z.int() }).optional(),
  trouble: z.string().nullish(),
});
export type ProviderOrder = z.output<typeof ProviderOrder>;
