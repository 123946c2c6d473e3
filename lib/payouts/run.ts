import { VisibleError } from '../errors.ts';
import type { Exchange } from '../ledger/journal.ts';
import { format } from '../money.ts';
import type { PayoutMethod } from '../partners/partner.ts';
import type { Instant } from '../time.ts';
import type { RunDifference } from './findings.ts';
import { PROVIDERS, type ProviderName } from './rails/provider.ts';

/** Why a partner is not paid in a run; `words` is what both sides read. */
export interface BlockReason {
  readonly code:
    | 'nothing-payable'
    | 'below-minimum'
    | 'below-own-minimum'
    | 'deferred'
    | 'agreement-missing'
    | 'tax-form-missing'
    | 'tax-form-expired'
    | 'tax-form-outdated'
    | 'tax-withholding-due'
    | 'payout-method-missing'
    | 'account-returned'
    | 'payout-method-changed'
    | 'payout-provider-missing'
    | 'withholding-changed'
    | 'enrolment-not-active'
    | 'owes'
    | 'no-fx-rate'
    | 'paid-in-another-currency'
    | 'currency-not-offered';
  readonly words: string;
}

export type RunStatus = 'drafting' | 'awaiting-approval' | 'approved' | 'paying' | 'paid' | 'rejected' | 'empty';

/** One payment to many partners of one program, in one currency. */
export interface PayoutRun {
  readonly runId: string;
  readonly brandId: string;
  readonly programId: string;
  readonly currency: string;
  readonly asOf: Instant;
  readonly status: RunStatus;
  readonly madeBy: string;
  readonly madeAt: Instant;
  readonly itemCount: number;
  /** What goes out, without the tax withheld. */
  readonly totalCents: number;
  /** Tax withheld from its items; absent when that is none. */
  readonly withheldCents?: number;
  /** Items that fall under backup withholding, also those too small for any tax; absent when there are none. */
  readonly withholdingCount?: number;
  /** SHA-256 of the frozen payment file; what is approved. */
  readonly fileHash?: string;
  readonly fileKey?: string;
  /** The NACHA file beside it, when accounts are paid by ACH. Its hash stands in the payment file, so approving that approves both. */
  readonly nachaKey?: string;
  /** What PayPal and Wise are told to pay, when somebody is paid by them. Its hash stands in the payment file too. */
  readonly ordersKey?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: Instant;
  /** The severe findings that were named in approving it. */
  readonly acknowledged?: readonly string[];
  readonly rejectedBy?: string;
  readonly rejectedAt?: Instant;
  readonly rejectedWhy?: string;
  /** Partners with money who are not paid in it; each is an {@link Exclusion} of its own. */
  readonly excludedCount: number;
  /** How many findings the check before the approval made; absent on runs drafted before there was one. */
  readonly findings?: { readonly severe: number; readonly notable: number };
  /** How it stands to the run before it; absent on the first. */
  readonly difference?: RunDifference;
}

/** A partner with money whom a run does not pay, and every reason why. */
export interface Exclusion {
  readonly runId: string;
  readonly partnerId: string;
  /** In the run's currency. */
  readonly payableCents: number;
  /** In a run of another currency than the program's: what is payable in the program's, and would be exchanged. */
  readonly exchangeable?: { readonly currency: string; readonly cents: number } | undefined;
  readonly reasons: readonly BlockReason[];
}

/**
 * How money leaves. `bank-csv`: a row of the bank's file. `nacha`: an entry of the NACHA file beside it. `external`: the brand pays by its
 * own means and confirms. `paypal`, `wise`: the provider is told to pay, and asked what became of it.
 */
export const RAILS = ['external', 'bank-csv', 'nacha', ...PROVIDERS] as const;
export type Rail = (typeof RAILS)[number];
/** Whether handing over a file is the payment; what comes back later is a return. */
export const paidByFile = (rail: Rail): boolean => rail === 'bank-csv' || rail === 'nacha';

/** Whether a provider pays over HTTP; its word, not a person's, says whether the payment failed. */
export const paidByProvider = (rail: Rail): rail is ProviderName => (PROVIDERS as readonly Rail[]).includes(rail);

export const ITEM_STATUSES = ['reserved', 'sent', 'settled', 'failed', 'released', 'returned'] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];

/** That a payment falls under backup withholding, and what of it is kept back by the law of the year. */
export interface ItemWithholding {
  /** Of the payment. */
  readonly year: number;
  /** 0 when the year's payments stay below the threshold. */
  readonly cents: number;
  readonly words: string;
}

/** One partner's payment in a run. Paid at most once; a failed or returned one is payable again exactly once. */
export interface PayoutItem {
  readonly itemId: string;
  readonly runId: string;
  readonly partnerId: string;
  /** What goes out: what is set aside in the ledger, less the tax withheld. */
  readonly amountCents: number;
  readonly withholding?: ItemWithholding | undefined;
  /** What of it came from the program's currency, by which journals; absent on an item in the program's currency, or of money that was exchanged before. */
  readonly exchange?: Exchange | undefined;
  readonly currency: string;
  readonly rail: Rail;
  /** The partner's payout method that it was reserved for; absent on items from before that was kept. */
  readonly method?: MethodVersion | undefined;
  readonly status: ItemStatus;
  readonly updatedAt: Instant;
  readonly failure?: string;
  /** It was released before the run was frozen, so it is in no file and in none of the run's sums. */
  readonly leftOut?: true | undefined;
}

/** Tells a payout method from what it is changed to. */
export type MethodVersion = Pick<PayoutMethod, 'rail'> & { readonly changedAt?: Instant | undefined };

export const withheldOf = ({ withholding }: Pick<PayoutItem, 'withholding'>): number => withholding?.cents ?? 0;
/** What an item takes from what is payable. */
export const grossOf = (item: Pick<PayoutItem, 'amountCents' | 'withholding'>): number =>
  item.amountCents + withheldOf(item);

/** What drafting found, once every item is reserved and the file is written. */
export type Frozen = Required<Pick<PayoutRun, 'itemCount' | 'totalCents' | 'fileHash' | 'fileKey' | 'excludedCount'>> &
  Pick<PayoutRun, 'nachaKey' | 'ordersKey' | 'findings' | 'difference' | 'withheldCents' | 'withholdingCount'>;

/** Ends the draft: the run waits for a second person, or is empty when nobody can be paid. Freezing the same again changes nothing. */
export function freeze(run: PayoutRun, frozen: Frozen): PayoutRun {
  if (run.status === 'awaiting-approval' && run.fileHash === frozen.fileHash) return run;
  expectStatus(run, ['drafting'], 'frozen');
  if (frozen.itemCount > 0) return { ...run, ...frozen, status: 'awaiting-approval' };
  const { excludedCount, findings, difference } = frozen;
  const told = { ...(findings && { findings }), ...(difference && { difference }) };
  return { ...run, ...told, itemCount: 0, totalCents: 0, excludedCount, status: 'empty' };
}

export interface Decision {
  readonly by: string;
  readonly at: Instant;
}

export interface Approval extends Decision {
  readonly fileHash: string;
  /** Ids of the severe findings that the approver has seen. */
  readonly acknowledge?: readonly string[] | undefined;
}

/**
 * A person other than the maker approves exactly the file they saw, knowing what looks wrong with it. The same person saying so twice
 * changes nothing.
 *
 * @param severe ids of the run's severe findings.
 * @throws VisibleError `maker-cannot-approve`, `hash-differs`, `findings-not-acknowledged`, or `run-is-<status>` when there is nothing to
 * approve.
 */
export function approve(
  run: PayoutRun,
  { by, at, fileHash, acknowledge = [] }: Approval,
  severe: readonly string[],
): PayoutRun {
  if (run.approvedBy === by && run.fileHash === fileHash) return run;
  expectStatus(run, ['awaiting-approval'], 'approved');
  if (by.toLowerCase() === run.madeBy.toLowerCase()) {
    throw new VisibleError(
      'refused',
      'maker-cannot-approve',
      `${by} made this payout run; another person must approve its ${format(run.totalCents, run.currency)}.`,
    );
  }
  if (fileHash !== run.fileHash) {
    throw new VisibleError('conflict', 'hash-differs', `The payment file has hash ${run.fileHash}, not ${fileHash}.`, [
      { field: 'hash', message: 'must be the fileHash of the run as it is now' },
    ]);
  }
  const unseen = severe.filter((findingId) => !acknowledge.includes(findingId));
  if (unseen.length > 0) {
    throw new VisibleError(
      'refused',
      'findings-not-acknowledged',
      `${unseen.length === 1 ? 'One severe finding was' : `${unseen.length} severe findings were`} not acknowledged; name each in approving, or reject the run.`,
      unseen.slice(0, 20).map((findingId) => ({ field: 'acknowledge', message: `must name ${findingId}` })),
    );
  }
  const unknown = acknowledge.find((findingId) => !severe.includes(findingId));
  if (unknown !== undefined) {
    const message = `names ${unknown}, which is no severe finding of the run`;
    throw new VisibleError('invalid', 'invalid-fields', `acknowledge: ${message}`, [{ field: 'acknowledge', message }]);
  }
  const acknowledged = severe.length > 0 ? { acknowledged: [...severe] } : {};
  return { ...run, status: 'approved', approvedBy: by, approvedAt: at, ...acknowledged };
}

/**
 * A person, the maker included, stops a run of which nothing was paid yet: also a draft that got stuck, or one that was approved and whose
 * payment never began. Its items become payable again.
 */
export function reject(run: PayoutRun, { by, at, why }: Decision & { readonly why: string }): PayoutRun {
  if (run.rejectedBy === by) return run;
  expectStatus(run, ['drafting', 'awaiting-approval', 'approved'], 'rejected');
  return { ...run, status: 'rejected', rejectedBy: by, rejectedAt: at, rejectedWhy: why };
}

/** Whether somebody approved it, so that it pays or has paid. */
export const isReleased = ({ status }: Pick<PayoutRun, 'status'>): boolean =>
  status === 'approved' || status === 'paying' || status === 'paid';

/** The payment of an approved run begins, or goes on after an interruption. */
export function startPaying(run: PayoutRun): PayoutRun {
  if (run.status === 'paying') return run;
  expectStatus(run, ['approved'], 'paid');
  return { ...run, status: 'paying' };
}

/** The run once its items stand so: paid when none is open any more. */
export function finishPaying(run: PayoutRun, items: readonly Pick<PayoutItem, 'status'>[]): PayoutRun {
  if (run.status === 'paid') return run;
  expectStatus(run, ['paying'], 'finished');
  return items.some(({ status }) => status === 'reserved' || status === 'sent') ? run : { ...run, status: 'paid' };
}

function expectStatus(run: PayoutRun, allowed: readonly RunStatus[], step: string): void {
  if (allowed.includes(run.status)) return;
  throw new VisibleError(
    'conflict',
    `run-is-${run.status}`,
    `Payout run ${run.runId} is ${run.status}; it can be ${step} only while ${allowed.join(' or ')}.`,
  );
}

/** Where an item may go next. What has ended stays: money that failed to arrive is paid by a new item of a later run. */
const NEXT: Readonly<Record<ItemStatus, readonly ItemStatus[]>> = {
  reserved: ['sent', 'released'],
  sent: ['settled', 'failed'],
  settled: ['returned'],
  returned: [],
  failed: [],
  released: [],
};

/**
 * An item's next state, or `undefined` when it is there already and nothing is left to do.
 *
 * @throws VisibleError `item-is-<status>` when it cannot go there from where it is.
 */
export function advanceItem(
  item: PayoutItem,
  status: ItemStatus,
  { at, failure }: { readonly at: Instant; readonly failure?: string },
): PayoutItem | undefined {
  if (item.status === status) return undefined;
  if (!NEXT[item.status].includes(status)) {
    const next = NEXT[item.status].join(' or ') || 'nothing else';
    throw new VisibleError(
      'conflict',
      `item-is-${item.status}`,
      `Payout item ${item.itemId} is ${item.status}; from there it can become ${next}, not ${status}.`,
    );
  }
  return { ...item, status, updatedAt: at, ...(failure !== undefined && { failure }) };
}
