import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { type Day, dayIn } from '../../lib/calendar.ts';
import {
  type Answer,
  answer,
  type Dispute,
  dueDayOf,
  expectPossible,
  isOverdue,
  MOST_ROUNDS,
  withdraw,
} from '../../lib/disputes/dispute.ts';
import { VisibleError } from '../../lib/errors.ts';
import { disputesContracts } from '../../lib/http/contracts/disputes.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { missing, revisedRow } from '../../lib/http/revision.ts';
import { adjustments as adjustmentStore } from '../../lib/store/adjustments.ts';
import type { AuditEntry } from '../../lib/store/audit.ts';
import { conversions as conversionStore } from '../../lib/store/conversions.ts';
import { disputes as disputeStore } from '../../lib/store/disputes.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import type { Conversion } from '../../lib/tracking/conversion.ts';

const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const enrolments = enrolmentStore(client, table);
const disputes = disputeStore(client, table);
const adjustments = adjustmentStore(client, table);
const conversions = conversionStore(client, env('conversionsTable'));

const raiseDispute = operation(disputesContracts.raiseDispute, async ({ params, body, who, at, entry }) => {
  const account = { brandId: who.brandId, ...params };
  const program = await programOf(account);
  if (!(await enrolments.get(who.brandId, params.programId, params.partnerId)))
    throw missing('enrolment', `${params.programId}/${params.partnerId}`);
  const today = dayIn(at, program.timeZone);
  if (body.orderDay !== undefined && body.orderDay > today) {
    const field = { field: 'orderDay', message: `must not lie after today, ${today} in the program’s time zone` };
    throw new VisibleError('invalid', 'invalid-fields', `orderDay: ${field.message}`, [field]);
  }
  const [order] = await conversions.load([{ ...account, eventType: body.eventType, orderId: body.orderId }]);
  expectPossible(body, order !== undefined && earnedBy(order, params.partnerId));
  const dispute = {
    ...account,
    ...body,
    currency: body.currency ?? program.currency,
    status: 'open' as const,
    raisedAt: at,
    raisedBy: who.person,
    dueOn: dueDayOf(at, program),
  };
  const raised = await disputes.raise(dispute, (made) => entry({ target: targetOf(made), after: body }));
  if (raised.outcome === 'exhausted') {
    throw new VisibleError(
      'refused',
      'said-too-often',
      `This was said of ${body.eventType} ${body.orderId} ${MOST_ROUNDS} times, and each was answered or withdrawn.`,
    );
  }
  return { outcome: raised.outcome, dispute: shown(raised.dispute, today) };
});

const listDisputes = operation(disputesContracts.listDisputes, async ({ params, query, who, at }) => {
  const { programId } = params;
  const { brandId } = who;
  const { timeZone } = await programOf({ brandId, programId });
  const today = dayIn(at, timeZone);
  const { status, overdue, limit } = query;
  if (overdue && status !== 'open') {
    const field = {
      field: 'overdue',
      message: `must be left out with the status ${status}: only open disputes are overdue`,
    };
    throw new VisibleError('invalid', 'invalid-fields', `overdue: ${field.message}`, [field]);
  }
  const scope = [brandId, programId, 'disputes', status, overdue ?? ''];
  const request = { limit, cursor: fromCursor(query.cursor, scope), dueBefore: overdue && today };
  const page = await disputes.ofStatus({ brandId, programId }, status, request);
  return answerPage({ ...page, items: page.items.map((dispute) => shown(dispute, today)) }, scope);
});

const listPartnerDisputes = operation(disputesContracts.listPartnerDisputes, async ({ params, query, who, at }) => {
  const { programId, partnerId } = params;
  const account = { brandId: who.brandId, programId, partnerId };
  const { timeZone } = await programOf(account);
  if (!(await enrolments.get(who.brandId, programId, partnerId)))
    throw missing('enrolment', `${programId}/${partnerId}`);
  const scope = [who.brandId, programId, partnerId, 'disputes'];
  const page = await disputes.ofPartner(account, { limit: query.limit, cursor: fromCursor(query.cursor, scope) });
  const today = dayIn(at, timeZone);
  return answerPage({ ...page, items: page.items.map((dispute) => shown(dispute, today)) }, scope);
});

const getDispute = operation(disputesContracts.getDispute, async ({ params, who, at }) => {
  const account = { brandId: who.brandId, ...params };
  const { timeZone } = await programOf(account);
  const dispute = await disputes.get(account, params.disputeId);
  if (!dispute) throw missing('dispute', params.disputeId);
  return shown(dispute, dayIn(at, timeZone));
});

const answerDispute = operation(disputesContracts.answerDispute, async ({ params, body, who, at, entry }) => {
  const account = { brandId: who.brandId, ...params };
  await expectThere(account, body);
  const decision = { by: who.person, at };
  return changed(account, at, (dispute) => answer(dispute, body, decision), entry);
});

const withdrawDispute = operation(disputesContracts.withdrawDispute, async ({ params, who, at, entry }) =>
  changed({ brandId: who.brandId, ...params }, at, (dispute) => withdraw(dispute, { by: who.person, at }), entry),
);

/** Whether the order is credited to the partner, or earned them something beside the credits, as recruiters do. */
const earnedBy = ({ credits = [], posted }: Conversion, partnerId: string): boolean =>
  credits.some((credit) => credit.partnerId === partnerId) || (posted[partnerId]?.cents ?? 0) > 0;

type Account = Pick<Dispute, 'brandId' | 'programId' | 'partnerId'>;

async function changed(
  account: Account & Pick<Dispute, 'disputeId'>,
  at: string,
  to: (dispute: Dispute) => Dispute,
  entry: (change: { target: string; before: object; after: object }) => AuditEntry,
) {
  const { timeZone } = await programOf(account);
  const { disputeId } = account;
  const tell = (before: object, after: object) => entry({ target: targetOf(account), before, after });
  const dispute = revisedRow(await disputes.change(account, disputeId, to, tell), 'dispute', disputeId);
  return shown(dispute, dayIn(at, timeZone));
}

/** Refuses an answer that points to what is not there. */
async function expectThere(account: Account, { adjustmentId, conversion }: Answer): Promise<void> {
  const [adjustment, order] = await Promise.all([
    adjustmentId === undefined ? undefined : adjustments.get(account, adjustmentId),
    conversion && conversions.load([{ ...account, ...conversion }]),
  ]);
  if (adjustmentId !== undefined && !adjustment) throw missing('adjustment', adjustmentId);
  if (adjustment?.status === 'declined') {
    const field = { field: 'adjustmentId', message: 'must be an adjustment that was not declined' };
    throw new VisibleError(
      'conflict',
      'adjustment-is-declined',
      `${adjustmentId} was declined and puts nothing right.`,
      [field],
    );
  }
  if (conversion && order?.length === 0) throw missing('conversion', `${conversion.eventType}/${conversion.orderId}`);
}

async function programOf({ brandId, programId }: Pick<Dispute, 'brandId' | 'programId'>) {
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  return program;
}

const shown = (dispute: Dispute, today: Day) => ({ ...dispute, overdue: isOverdue(dispute, today) });

const targetOf = ({ programId, partnerId, disputeId }: Pick<Dispute, 'programId' | 'partnerId' | 'disputeId'>) =>
  `${programId}/${partnerId}/disputes/${disputeId}`;

export const handler = serve(
  { raiseDispute, listDisputes, listPartnerDisputes, getDispute, answerDispute, withdrawDispute },
  { client, table },
);
