import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import { addDays, type Day, dayIn, startOfDay } from '../../lib/calendar.ts';
import { executionOf, runIdOf } from '../../lib/payouts/order.ts';
import { dueDays } from '../../lib/payouts/schedule.ts';
import { BrandId } from '../../lib/programs/brand.ts';
import { currenciesOf, foreign } from '../../lib/programs/payout-currencies.ts';
import { InstantField, ProgramId } from '../../lib/programs/program.ts';
import { brands } from '../../lib/store/brands.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { payoutBatches } from '../../lib/store/payout-batches.ts';
import { programs, type StoredProgram } from '../../lib/store/programs.ts';

/**
 * Drafts the payout runs that programs' schedules say are due, as of the beginning of their day, one for each currency that partners may be
 * paid in. A run has its name from its day, so
 * calling this again, late, or for the same day twice starts nothing twice. Whoever approves is a person: nothing is drafted and paid by this.
 *
 * It also has PayPal and Wise asked what became of payments that are under way, or came back, in runs that were approved.
 */
const client = documentClient();
const core = env('coreTable');
const batches = payoutBatches(client, core);
const scope = jobScope(brands(client, core), programs(client, core));
const workflows = workflowClient(new SFNClient({}), env('workflows'));

/** Also what fell due while this did not run; a day's run that was drafted, or rejected, is not drafted again. */
const LOOKS_BACK_DAYS = 7;
const MADE_BY = 'system:payout-schedule';

/** All fields are optional: the schedule sends none of them, and covers every brand as of now. */
const Input = z.object({ brandId: BrandId.optional(), programId: ProgramId.optional(), asOf: InstantField.optional() });

export const handler = job(Input, async (order, { recordedAt }) => {
  const at = order.asOf ?? recordedAt;
  const tally = { programs: 0, started: 0, alreadyThere: 0, asked: 0 };
  for await (const { brandId } of scope.brands(order)) {
    // The provider's answer belongs to now, whatever day the drafts are for.
    for (const runId of await batches.dueRuns(brandId, recordedAt)) {
      const name = executionOf({ brandId, runId }, `asked-${recordedAt.slice(0, 10)}`);
      await workflows.start('pay-payout', name, { brandId, runId, follow: true });
      tally.asked += 1;
    }
    for await (const program of scope.programs(order, brandId)) {
      tally.programs += 1;
      for (const day of dueDaysOf(program, at)) {
        const asOf = startOfDay(day, program.timeZone);
        for (const currency of currenciesOf(program).map((one) => foreign(program, one))) {
          const due = { brandId, programId: program.programId, asOf, madeBy: MADE_BY, ...(currency && { currency }) };
          const name = executionOf({ brandId, runId: runIdOf(due, currency) });
          const outcome = await workflows.start('draft-payout', name, due);
          if (outcome === 'started') tally.started += 1;
          else tally.alreadyThere += 1;
        }
      }
    }
  }
  return { asOf: at, tally };
});

function dueDaysOf({ payoutSchedule, payoutScheduleSince, timeZone, createdAt }: StoredProgram, at: string): Day[] {
  if (!payoutSchedule) return [];
  const today = dayIn(at, timeZone);
  const set = addDays(dayIn(payoutScheduleSince ?? createdAt, timeZone), -1);
  const earliest = addDays(today, -LOOKS_BACK_DAYS);
  const [, after = earliest] = [set, earliest].sort();
  return dueDays(payoutSchedule, after, today);
}
