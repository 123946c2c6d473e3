import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { readEvent } from '../../events/catalog/catalog.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { queue } from '../../lib/aws/queue.ts';
import { addDays, dayIn } from '../../lib/calendar.ts';
import { NO_PARTNER } from '../../lib/measures/day.ts';
import { isWorthAMail } from '../../lib/messages/digest.ts';
import { digestDue, disputesOverdueDue, type MailedEvent, planChangeDue } from '../../lib/messages/mail-order.ts';
import { changesDue } from '../../lib/messages/plan-notices.ts';
import { BrandId } from '../../lib/programs/brand.ts';
import { InstantField, ProgramId } from '../../lib/programs/program.ts';
import { brands } from '../../lib/store/brands.ts';
import { days } from '../../lib/store/days.ts';
import { disputes } from '../../lib/store/disputes.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { programs, type StoredProgram } from '../../lib/store/programs.ts';
import { terms } from '../../lib/store/terms.ts';
import { walk } from '../../lib/store/walk.ts';

/**
 * Orders a digest for each partner who had movement yesterday, "yesterday" being each program's own last full day. The figures are those
 * of the moment; a mail's id comes from partner, program and day, so a rerun orders the same mails and none is sent twice. Tells active
 * partners of a commission plan that takes effect in three days, and again the day before; a day that was missed is made up for. Reminds
 * the brand's owner of disputes that nobody answered by their due day.
 *
 * Called by the bus for a plan that was added at short notice, it orders the notices of that program alone.
 */
const client = documentClient();
const core = env('coreTable');
const scope = jobScope(brands(client, core), programs(client, core));
const dayStore = days(client, core);
const termStore = terms(client, core);
const enrolmentStore = enrolments(client, core);
const disputeStore = disputes(client, core);
const mails = queue(new SQSClient({}), env('mailQueue'));

/** All fields are optional: the schedule sends none of them, and covers every brand as of now. The last two are the bus's. */
const Input = z.object({
  brandId: BrandId.optional(),
  programId: ProgramId.optional(),
  asOf: InstantField.optional(),
  'detail-type': z.string().optional(),
  detail: z.unknown().optional(),
});

export const handler = job(Input, async (order, { recordedAt }) => {
  const at = order.asOf ?? recordedAt;
  if (order['detail-type'] !== undefined) return tellAtOnce(order.detail);
  const tally = { programs: 0, mails: 0, notices: 0, reminders: 0 };
  for await (const brand of scope.brands(order)) {
    for await (const program of scope.programs(order, brand.brandId)) {
      tally.programs += 1;
      tally.mails += await orderDigests(program, at);
      tally.notices += await orderNotices(program, at);
      tally.reminders += await orderReminder(program, at);
    }
  }
  return { asOf: at, tally };
});

async function orderDigests({ brandId, programId, timeZone, currency }: StoredProgram, at: string): Promise<number> {
  const day = addDays(dayIn(at, timeZone), -1);
  const rows = await dayStore.ofDay(brandId, programId, day);
  const due = rows
    .filter((row) => row.partnerId !== NO_PARTNER && isWorthAMail(row))
    .map(({ partnerId, clicks, conversions, revenueCents, commissionCents, returns }) =>
      digestDue(brandId, at, {
        programId,
        partnerId,
        day,
        currency,
        clicks,
        conversions,
        revenueCents,
        commissionCents,
        returns,
      }),
    );
  await mails.sendAll(due);
  return due.length;
}

/** A plan that was added at short notice: its partners hear of it now, however late the event comes. */
async function tellAtOnce(detail: unknown) {
  const read = readEvent(detail);
  if ('problem' in read) throw new TypeError(`event refused: ${read.problem}`);
  const { type, brandId, data, at } = read.event;
  if (type !== 'plan.added') throw new TypeError(`event refused: ${type} orders no mails here`);
  const tally = { programs: 0, notices: 0 };
  for await (const program of scope.programs({ brandId, programId: data.programId }, brandId)) {
    tally.programs += 1;
    tally.notices += await orderNotices(
      program,
      at,
      ({ version, notice }) => version === data.version && notice === 'at-once',
    );
  }
  return { asOf: at, tally };
}

/** Notices that are handed to the mail queue together. */
const SENT_AT_ONCE = 100;

async function orderNotices(
  program: StoredProgram,
  at: string,
  wanted: (change: ReturnType<typeof changesDue>[number]) => boolean = () => true,
): Promise<number> {
  const { brandId, programId } = program;
  const changes = changesDue(await termStore.plans(brandId, programId), program, at).filter(wanted);
  if (changes.length === 0) return 0;
  let ordered = 0;
  const due: MailedEvent[] = [];
  const listed = {
    one: (partnerId: string) => enrolmentStore.get(brandId, programId, partnerId),
    list: (request: object) => enrolmentStore.page(brandId, programId, request),
  };
  for await (const { partnerId, status } of walk(listed)) {
    if (status === 'ended') continue;
    due.push(...changes.map((change) => planChangeDue(brandId, at, { programId, partnerId, ...change })));
    ordered += changes.length;
    if (due.length >= SENT_AT_ONCE) await mails.sendAll(due.splice(0));
  }
  await mails.sendAll(due);
  return ordered;
}

/** Overdue disputes that a reminder names; the others are only said to be there. */
const MOST_NAMED = 20;

async function orderReminder({ brandId, programId, timeZone }: StoredProgram, at: string): Promise<number> {
  const day = dayIn(at, timeZone);
  const request = { dueBefore: day, limit: MOST_NAMED + 1 };
  const { items } = await disputeStore.ofStatus({ brandId, programId }, 'open', request);
  if (items.length === 0) return 0;
  const named = items.slice(0, MOST_NAMED).map(({ partnerId, disputeId, kind, orderId, dueOn }) => {
    return { partnerId, disputeId, kind, orderId, dueOn };
  });
  const more = items.length - named.length;
  await mails.sendAll([disputesOverdueDue(brandId, at, { programId, day, disputes: named, more })]);
  return 1;
}
