import { type EventData, type EventType, readEvent, type TributaryEvent } from '../../events/catalog/catalog.ts';
import { MOST_LINES } from '../../events/catalog/commission.ts';
import type { Adjustment } from '../adjustments/adjustment.ts';
import { type CapLevel, levelOf } from '../caps/cap.ts';
import { remainingOrder } from '../commission/order.ts';
import type { PlanVersion } from '../commission/plan.ts';
import type { Dispute } from '../disputes/dispute.ts';
import { derive } from '../ids.ts';
import { adjustmentIn } from '../ledger/adjustment.ts';
import { itemOf } from '../ledger/chain.ts';
import type { Account, Journal } from '../ledger/journal.ts';
import type { PayoutRun, RunStatus } from '../payouts/run.ts';
import type { StatementRecord } from '../payouts/statement-record.ts';
import { type Instant, instant } from '../time.ts';
import { clickOf } from '../tracking/click-id.ts';
import { flagsOf, mayHaveFlags, partnersConcerned } from '../tracking/flags.ts';
import { type CounterRow, isCounter } from './cap-counters.ts';
import type { Change, Row } from './changes.ts';
import { toConversionEvent } from './conversion-event-row.ts';
import { isConversion } from './conversion-keys.ts';
import { toConversion } from './conversion-row.ts';
import type { StoredEnrolment } from './enrolments.ts';
import { toJournal } from './ledger.ts';
import type { StoredItem } from './payout-runs.ts';

/**
 * What happened, read from the rows that say so. The row is the outbox: no second write can be forgotten or left behind, and an event's
 * id is derived from the row's own key and state, so that a record delivered twice is the same event twice.
 */
export type Outbox = 'core' | 'conversions' | 'ledger';

/** The events that a change tells of: none for most. Throws on a row that no code of ours writes. */
export function eventsOf(change: Change, table: Outbox): TributaryEvent[] {
  const event = READERS[table](change);
  if (!event) return [];
  const read = readEvent(event);
  if ('problem' in read) throw new Error(read.problem);
  return [read.event];
}

/** An event as a row tells it, before it is checked against the catalog. */
type Told = {
  readonly [Type in EventType]: { type: Type; id: string; brandId: string; at: Instant; data: EventData<Type> };
}[EventType];

const READERS: Readonly<Record<Outbox, (change: Change) => Told | undefined>> = {
  ledger: ({ kind, after }) => (kind === 'INSERT' && after ? ofJournal(toJournal(after)) : undefined),
  conversions: (change) => {
    const { kind, after } = change;
    if (after && isCounter(after)) return ofCounter(change);
    if (!after) return undefined;
    if (kind !== 'INSERT') return isConversion(after) ? ofFlags(change) : undefined;
    return isConversion(after) ? ofNewConversion(after) : ofConversionEvent(after);
  },
  core: (change) => {
    if (change.after && isCounter(change.after)) return ofCounter(change);
    switch (change.after?.__edb_e__) {
      case 'enrolment':
        return ofEnrolment(change);
      case 'plan':
        return change.kind === 'INSERT' ? ofPlan(change.after as unknown as StoredPlan) : undefined;
      case 'payoutRun':
        return ofRun(change);
      case 'adjustment':
        return ofAdjustment(change);
      case 'dispute':
        return ofDispute(change);
      case 'payoutItem':
        return ofItem(change);
      case 'statement':
        return change.kind === 'INSERT' ? ofStatement(change.after as unknown as StatementRecord) : undefined;
      default:
        return undefined;
    }
  },
};

function told<Type extends EventType>(
  type: Type,
  key: readonly (string | number)[],
  { brandId, at }: { readonly brandId: string; readonly at: Instant },
  data: EventData<Type>,
): Told {
  return { type, id: derive('event', type, ...key), brandId, at, data } as unknown as Told;
}

function ofJournal(journal: Journal): Told | undefined {
  const { brandId, programId, partnerId, currency, journalId, sequence, at, cause } = journal;
  const who = { brandId, at };
  const key = [journalId];
  const data = { programId, partnerId, currency, journalId, sequence };
  const moved = (account: Account) =>
    journal.entries.reduce((sum, entry) => (entry.account === account ? sum + entry.cents : sum), 0);
  const { withholds = 0 } = journal;
  /** What goes out of the payment, as the item says it too, and the tax kept back from it. */
  const payment = (cents: number, withheldCents: number) => ({
    ...data,
    itemId: itemOf(journal),
    cents,
    ...(withheldCents !== 0 && { withheldCents }),
  });
  switch (journal.kind) {
    case 'accrual': {
      const lines = journal.lines.slice(0, MOST_LINES).map(({ eventType, orderId, cents, totalCents, reason }) => ({
        eventType,
        orderId,
        cents,
        totalCents,
        reason,
      }));
      const moreLines = journal.lines.length - lines.length;
      return told('commission.posted', key, who, { ...data, cents: 0 - moved('expense'), lines, moreLines });
    }
    case 'release':
      return told('commission.released', key, who, { ...data, cents: 0 - moved('pending') });
    case 'adjustment':
      return told('commission.adjusted', key, who, { ...data, ...adjustmentIn(journal) });
    case 'exchange': {
      const { exchange, corrects } = journal;
      // The journal in the other chain says the same.
      if (exchange?.from.currency !== currency) return undefined;
      const { to, rateId, rate } = exchange;
      return told('payout.item-exchanged', key, who, {
        ...{ ...data, itemId: itemOf(journal), cents: exchange.from.cents, rateId, rate },
        ...{ toCurrency: to.currency, toCents: to.cents, undone: corrects !== undefined },
      });
    }
    case 'reserve':
      return told('payout.item-reserved', key, who, payment(moved('inTransit') - withholds, withholds));
    case 'settle':
      return told('payout.item-paid', key, who, payment(moved('paid'), moved('withheld')));
    case 'bounce':
      return told('payout.item-returned', key, who, {
        ...payment(0 - moved('paid'), 0 - moved('withheld')),
        cause,
      });
    case 'unreserve':
      return told('payout.item-unreserved', key, who, {
        ...payment(0 - moved('inTransit') - withholds, withholds),
        cause,
      });
  }
}

function ofNewConversion(row: Row): Told | undefined {
  const conversion = toConversion(row);
  // Nobody who counts what the bus tells should count a trial.
  if (conversion.test) return undefined;
  const { brandId, programId, eventType, orderId, occurredAt, receivedAt, currency } = conversion;
  const amountCents = remainingOrder({ ...conversion, returned: {}, cancelled: undefined }).commissionableCents;
  const data = { programId, eventType, orderId, occurredAt, currency, amountCents };
  const key = [brandId, programId, eventType, orderId];
  return told('conversion.received', key, { brandId, at: receivedAt }, data);
}

/** A settlement that flagged an order with something else than the one before; most flag none, and are not read for it. */
function ofFlags({ before, after, at }: Change): Told | undefined {
  if (![before, after].some((row) => row && mayHaveFlags(row.fl, row.un))) return undefined;
  const conversion = toConversion(after!);
  const flags = flagsOf(conversion);
  const previous = before ? flagsOf(toConversion(before)).map(({ flag }) => flag) : [];
  if (flags.length === previous.length && flags.every(({ flag }, place) => flag === previous[place])) return undefined;
  const { brandId, programId, eventType, orderId, occurredAt, revision } = conversion;
  const partners = partnersConcerned(conversion, clickOf(conversion)?.partnerId);
  return told(
    'conversion.flagged',
    [brandId, programId, eventType, orderId, revision],
    { brandId, at: instant(at * 1000) },
    {
      ...{ programId, eventType, orderId, occurredAt, previous: { flags: previous } },
      flags: flags.map(({ flag, reason }) => ({ flag, reason })),
      partners: partners.map(({ partnerId, flags: theirs }) => ({ partnerId, flags: [...theirs] })),
    },
  );
}

function ofConversionEvent(row: Row): Told {
  const event = toConversionEvent(row);
  const { brandId, programId, eventType, orderId, occurredAt, receivedAt, reason } = event;
  const key = [brandId, programId, eventType, orderId];
  const who = { brandId, at: receivedAt };
  const data = { programId, eventType, orderId, occurredAt, reason };
  if (event.kind === 'cancellation') return told('conversion.cancelled', key, who, data);
  if (event.kind === 'chargeback') {
    const cause = `chargeback: ${reason}`;
    return told('conversion.cancelled', [...key, 'chargeback', event.chargebackId], who, { ...data, reason: cause });
  }
  if (event.kind === 'amendment') {
    const fields = Object.keys(event.set).sort();
    return told('conversion.amended', [...key, event.amendmentId], who, {
      ...data,
      amendmentId: event.amendmentId,
      fields,
    });
  }
  const { returnId, lines } = event;
  return told('conversion.returned', [...key, returnId], who, { ...data, returnId, lines: [...lines] });
}

function ofEnrolment({ kind, before, after, at }: Change): Told | undefined {
  const enrolment = after as unknown as StoredEnrolment;
  const previous = before as unknown as StoredEnrolment | undefined;
  const { brandId, programId, partnerId, group, status, tier, revision } = enrolment;
  const data = { programId, partnerId, group, status, ...(tier !== undefined && { tier }) };
  const key = [brandId, programId, partnerId];
  if (kind === 'INSERT') return told('partner.enrolled', key, { brandId, at: enrolment.enrolledAt }, data);
  if (!previous || (previous.group === group && previous.status === status && previous.tier === tier)) return undefined;
  const was = { group: previous.group, status: previous.status, ...(previous.tier && { tier: previous.tier }) };
  const changed = { ...data, previous: was };
  return told('partner.enrolment-changed', [...key, revision], { brandId, at: instant(at * 1000) }, changed);
}

/** A proposal, or that it was declined; an approved one is told by its journal. */
function ofAdjustment({ before, after }: Change): Told | undefined {
  const row = after as unknown as Adjustment;
  if (before?.status === row.status || row.status === 'approved') return undefined;
  const { brandId, programId, partnerId, currency, adjustmentId, cents, reason, note, proposedBy, proposedAt } = row;
  const data = { programId, partnerId, currency, adjustmentId, cents, reason, note, proposedBy };
  if (row.status === 'proposed') return told('adjustment.proposed', [adjustmentId], { brandId, at: proposedAt }, data);
  const { declinedBy = '', declinedWhy = '', declinedAt = proposedAt } = row;
  return told('adjustment.declined', [adjustmentId], { brandId, at: declinedAt }, { ...data, declinedBy, declinedWhy });
}

/** A dispute passes each of its statuses at most once. */
type StoredPlan = PlanVersion & { readonly brandId: string; readonly programId: string };

/** The first version came with its program, and is nobody's news. */
function ofPlan({ brandId, programId, version, effectiveFrom, addedAt, shortNotice }: StoredPlan): Told | undefined {
  if (version === 1 || addedAt === undefined) return undefined;
  const data = { programId, version, effectiveFrom, ...(shortNotice !== undefined && { shortNotice }) };
  return told('plan.added', [brandId, programId, version], { brandId, at: addedAt }, data);
}

function ofDispute({ before, after }: Change): Told | undefined {
  const row = after as unknown as Dispute;
  if (before?.status === row.status) return undefined;
  const {
    brandId,
    programId,
    partnerId,
    eventType,
    orderId,
    disputeId,
    kind,
    dueOn,
    raisedAt,
    closedAt = raisedAt,
  } = row;
  const data = { programId, partnerId, eventType, orderId, disputeId, kind, dueOn };
  if (row.status === 'open') return told('dispute.raised', [disputeId], { brandId, at: raisedAt }, data);
  const who = { brandId, at: closedAt };
  if (row.status === 'withdrawn' || !row.answer) return told('dispute.withdrawn', [disputeId], who, data);
  const { outcome, refusal, note, adjustmentId } = row.answer;
  return told('dispute.answered', [disputeId], who, { ...data, outcome, refusal, note, adjustmentId });
}

/** Statuses that others wait for. A run passes each at most once. */
const RUN_EVENTS = {
  'awaiting-approval': 'payout.drafted',
  approved: 'payout.approved',
  rejected: 'payout.rejected',
  paid: 'payout.paid',
} as const satisfies Partial<Record<RunStatus, EventType>>;

function ofRun({ before, after, at }: Change): Told | undefined {
  const run = after as unknown as PayoutRun;
  if (before?.status === run.status || !isTold(run.status)) return undefined;
  const { brandId, runId, programId, currency, itemCount, totalCents, madeBy, fileHash = '', approvedBy = '' } = run;
  const type = RUN_EVENTS[run.status];
  const moment = run.status === 'approved' ? run.approvedAt : run.status === 'rejected' ? run.rejectedAt : undefined;
  const data = { runId, programId, currency, itemCount, totalCents, madeBy, fileHash, approvedBy };
  return told(type, [runId], { brandId, at: moment ?? instant(at * 1000) }, data);
}

/** An item that the brand pays itself is marked as sent when its run is approved: that is the brand's word to pay. */
function ofItem({ before, after }: Change): Told | undefined {
  const item = after as unknown as StoredItem;
  const { brandId, programId, partnerId, runId, itemId, currency, amountCents: cents, updatedAt: at } = item;
  if (item.rail !== 'external' || item.status !== 'sent' || before?.status === 'sent') return undefined;
  const data = { programId, partnerId, runId, itemId, currency, cents };
  return told('payout.item-requested', [itemId], { brandId, at }, data);
}

const isTold = (status: RunStatus): status is keyof typeof RUN_EVENTS => status in RUN_EVENTS;

/** A counter that rose to 90 % or 100 % of its limit, or turned something away. A jump past both tells of the higher. */
function ofCounter({ before, after, at }: Change): Told | undefined {
  const row = after as unknown as CounterRow;
  const threshold = counterLevel(row);
  if (threshold === 0 || threshold <= (before ? counterLevel(before as unknown as CounterRow) : 0)) return undefined;
  const [brandId, programId, , capId] = row.pk.split('#') as [string, string, string, string];
  const { used, lim: limit, what, scope, hard, sk: window } = row;
  return told(
    'cap.reached',
    [brandId, capId, window, threshold, limit],
    { brandId, at: instant(at * 1000) },
    {
      programId,
      capId,
      measure: what,
      scope: scope.kind,
      ...(scope.kind === 'partner' && { partnerId: scope.partnerId }),
      ...(scope.kind === 'group' && { group: scope.group }),
      window,
      limit,
      used,
      threshold,
      hard,
    },
  );
}

/** A counter of clicks that was never told of has no limit yet. */
const counterLevel = ({ used = 0, lim, turned }: Partial<CounterRow>): CapLevel =>
  lim === undefined ? 0 : levelOf({ used, limit: lim, turned: turned === lim });

function ofStatement(record: StatementRecord): Told {
  const { brandId, programId, partnerId, statementId, number, currency, since, issuedAt } = record;
  const { earnedCents, paidCents, exchangedCents, closingCents, notPaid, recordedAt } = record;
  return told(
    'statement.issued',
    [statementId],
    { brandId, at: recordedAt },
    {
      programId,
      partnerId,
      statementId,
      number,
      currency,
      ...(since !== undefined && { from: since }),
      through: issuedAt,
      earnedCents,
      paidCents,
      ...(exchangedCents && { exchangedCents }),
      closingCents,
      ...(notPaid && { notPaid: [...notPaid] }),
    },
  );
}
