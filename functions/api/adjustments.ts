import { type Adjustment, approve, decline, expectOwed, postingOf } from '../../lib/adjustments/adjustment.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { VisibleError } from '../../lib/errors.ts';
import { adjustmentsContracts } from '../../lib/http/contracts/adjustments.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { missing } from '../../lib/http/revision.ts';
import { NO_BALANCES } from '../../lib/ledger/chain.ts';
import { post } from '../../lib/ledger/post.ts';
import { adjustments as adjustmentStore, type StoredAdjustment } from '../../lib/store/adjustments.ts';
import { type AuditEntry, auditLog } from '../../lib/store/audit.ts';
import { conversions as conversionStore } from '../../lib/store/conversions.ts';
import { disputes as disputeStore } from '../../lib/store/disputes.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { ledger as ledgerStore } from '../../lib/store/ledger.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { carriedOut, type Write } from '../../lib/store/transaction.ts';
import { type Instant, instant } from '../../lib/time.ts';

const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const enrolments = enrolmentStore(client, table);
const adjustments = adjustmentStore(client, table);
const disputes = disputeStore(client, table);
const conversions = conversionStore(client, env('conversionsTable'));
const ledger = ledgerStore(client, env('ledgerTable'));
const audit = auditLog(client, table);

const ATTEMPTS = 5;

const proposeAdjustment = operation(
  adjustmentsContracts.proposeAdjustment,
  async ({ params, body, who, at, mint, entry }) => {
    const { brandId } = who;
    const account = { brandId, ...params };
    const { currency } = await accountOf(account);
    if (body.currency !== currency) {
      const field = { field: 'currency', message: `must be ${currency}, the currency of the program` };
      throw new VisibleError('refused', 'currency-differs', `The program pays in ${currency}.`, [field]);
    }
    const { conversion, disputeId } = body;
    const [order, dispute] = await Promise.all([
      conversion && conversions.load([{ ...account, ...conversion }]),
      disputeId === undefined ? undefined : disputes.get(account, disputeId),
    ]);
    if (conversion && order?.length === 0) throw missing('conversion', `${conversion.eventType}/${conversion.orderId}`);
    if (disputeId !== undefined && !dispute) throw missing('dispute', disputeId);
    if (body.reason === 'write-off')
      expectOwed((await ledger.head({ ...account, currency }))?.after.balances ?? NO_BALANCES, body);
    const adjustment: Adjustment = {
      ...account,
      ...body,
      adjustmentId: mint('adjustment'),
      status: 'proposed',
      proposedBy: who.person,
      proposedAt: at,
    };
    const told = audit.write(entry({ target: targetOf(adjustment), after: body }));
    // A minted id that is taken was taken by this very request, so the answer is the same either way.
    if (carriedOut(await adjustments.propose(adjustment, told), 1)) return adjustment;
    throw new Error(`adjustment ${adjustment.adjustmentId} could not be stored`);
  },
);

const listAdjustments = operation(adjustmentsContracts.listAdjustments, async ({ params, query, who }) => {
  const { programId } = params;
  if (!(await programs.get(who.brandId, programId))) throw missing('program', programId);
  const { status, limit } = query;
  const scope = [who.brandId, programId, 'adjustments', status];
  const request = { limit, cursor: fromCursor(query.cursor, scope) };
  return answerPage(await adjustments.ofStatus({ brandId: who.brandId, programId }, status, request), scope);
});

const listPartnerAdjustments = operation(
  adjustmentsContracts.listPartnerAdjustments,
  async ({ params, query, who }) => {
    const account = { brandId: who.brandId, ...params };
    await accountOf(account);
    const scope = [who.brandId, params.programId, params.partnerId, 'adjustments'];
    const request = { limit: query.limit, cursor: fromCursor(query.cursor, scope) };
    return answerPage(await adjustments.ofPartner(account, request), scope);
  },
);

const getAdjustment = operation(adjustmentsContracts.getAdjustment, ({ params, who }) =>
  adjustmentOf({ ...params, brandId: who.brandId }),
);

/**
 * The decision and the journal are one transaction: an adjustment that says approved is in the ledger, and only once. What others post
 * meanwhile means reading again and deciding again.
 */
const approveAdjustment = operation(adjustmentsContracts.approveAdjustment, async ({ params, body, who, at, entry }) =>
  decide({ ...params, brandId: who.brandId }, async (stored) => {
    if (body.cents !== stored.cents) {
      const field = { field: 'cents', message: `must be ${stored.cents}, the amount of the adjustment` };
      throw new VisibleError('conflict', 'cents-differ', `The adjustment is of ${stored.cents}, not ${body.cents}.`, [
        field,
      ]);
    }
    const approved = approve(stored, { by: who.person, at });
    if (approved === stored) return undefined;
    const head = await ledger.head(stored);
    expectOwed(head?.after.balances ?? NO_BALANCES, stored);
    const journal = post(head, stored, { kind: 'adjustment', ...postingOf(stored) }, posting(who.person, at));
    if (!journal) throw new RangeError(`adjustment ${stored.adjustmentId} moves nothing`);
    const { journalId, sequence } = journal;
    const after = { ...approved, journal: { journalId, sequence } };
    return { after, writes: [ledger.putWrite(journal), audit.write(toldOf(entry, stored, after))] };
  }),
);

const declineAdjustment = operation(adjustmentsContracts.declineAdjustment, async ({ params, body, who, at, entry }) =>
  decide({ ...params, brandId: who.brandId }, async (stored) => {
    const after = decline(stored, { by: who.person, at, why: body.why });
    return after === stored ? undefined : { after, writes: [audit.write(toldOf(entry, stored, after))] };
  }),
);

type Named = Pick<Adjustment, 'brandId' | 'programId' | 'partnerId' | 'adjustmentId'>;
type Step = { readonly after: Adjustment; readonly writes: readonly Write[] };

/** Changes an adjustment by a decision, which says nothing when it was made before; the answer is the row as it stands then. */
async function decide(
  named: Named,
  step: (stored: StoredAdjustment) => Promise<Step | undefined>,
): Promise<Adjustment> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const stored = await adjustmentOf(named);
    const decided = await step(stored);
    if (!decided) return stored;
    if (await adjustments.change(stored, decided.after, ...decided.writes)) return decided.after;
  }
  throw new VisibleError(
    'throttled',
    'busy',
    `The ledger of ${named.partnerId} is being changed by others; try again.`,
  );
}

async function accountOf({ brandId, programId, partnerId }: Omit<Named, 'adjustmentId'>) {
  const [program, enrolment] = await Promise.all([
    programs.get(brandId, programId),
    enrolments.get(brandId, programId, partnerId),
  ]);
  if (!program) throw missing('program', programId);
  if (!enrolment) throw missing('enrolment', `${programId}/${partnerId}`);
  return program;
}

async function adjustmentOf(named: Named): Promise<StoredAdjustment> {
  const stored = await adjustments.get(named, named.adjustmentId);
  if (!stored) throw missing('adjustment', named.adjustmentId);
  return stored;
}

type Entry = (change: { target: string; before: object; after: object }) => AuditEntry;

const toldOf = (entry: Entry, before: Adjustment, after: Adjustment): AuditEntry =>
  entry({
    target: targetOf(after),
    before: { status: before.status },
    after: {
      status: after.status,
      cents: after.cents,
      reason: after.reason,
      journal: after.journal,
      declinedWhy: after.declinedWhy,
    },
  });

const targetOf = ({ programId, partnerId, adjustmentId }: Named) =>
  `${programId}/${partnerId}/adjustments/${adjustmentId}`;

const posting = (actor: string, at: Instant) => ({ at, recordedAt: instant(wallClockMs()), actor });

export const handler = serve(
  {
    ...{ proposeAdjustment, listAdjustments, listPartnerAdjustments, getAdjustment },
    ...{ approveAdjustment, declineAdjustment },
  },
  { client, table },
);
