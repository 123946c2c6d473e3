import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import { executionOf, runIdOf } from '../../lib/payouts/order.ts';
import { currenciesOf, foreign } from '../../lib/programs/payout-currencies.ts';
import type { Program } from '../../lib/programs/program.ts';
import { ReleasedOrder } from '../../lib/settlement/release-order.ts';
import { brands } from '../../lib/store/brands.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutJudge } from '../../lib/store/payout-decisions.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';

const client = documentClient();
const core = env('coreTable');
const scope = jobScope(brands(client, core), programs(client, core));
const enrolmentStore = enrolments(client, core);
const partnerStore = partners(client, core);
const settings = taxSettings(client, core);
const judges = { ledger: ledger(client, env('ledgerTable')), fx: fxRates(client, core) };
const workflows = workflowClient(new SFNClient({}), env('workflows'));

const PARTNERS_PER_PAGE = 50;
/** Remote calls at once. */
const WIDTH = 16;
const MADE_BY = 'system:payout-schedule';

/** The plan's last answer at first; a release that was only tried drafts nothing. */
const Input = ReleasedOrder.extend({ dryRun: z.boolean().default(false) });

/**
 * After a release: drafts a payout run, as of the release, of every program it covered whose payouts follow releases and where somebody
 * can be paid, in each currency in which somebody can. A run has its name from its as-of time, so the same release drafts none twice. Whoever approves is a person.
 */
export const handler = job(Input, async ({ cursor, dryRun, ...order }, { enough }) => {
  const tally = { programs: 0, started: 0, alreadyThere: 0 };
  if (dryRun) return { ...order, cursor: null, tally };
  for await (const { brandId } of scope.brands({ ...order, at: cursor })) {
    for await (const program of scope.programs({ ...order, at: cursor }, brandId)) {
      const { programId, payoutSchedule } = program;
      if (payoutSchedule?.every !== 'release') continue;
      // A call looks at one program at least, however late it is, or the next call would start where this one did.
      if (tally.programs > 0 && !enough()) return { ...order, cursor: { brandId, programId }, tally };
      tally.programs += 1;
      for (const paid of currenciesOf(program)) {
        if (!(await paysAnybody(brandId, program, paid, order.asOf))) continue;
        const currency = foreign(program, paid);
        const due = { brandId, programId, asOf: order.asOf, madeBy: MADE_BY, ...(currency && { currency }) };
        const name = executionOf({ brandId, runId: runIdOf(due, currency) });
        const outcome = await workflows.start('draft-payout', name, due);
        if (outcome === 'started') tally.started += 1;
        else tally.alreadyThere += 1;
      }
    }
  }
  return { ...order, cursor: null, tally };
});

/** Whether a run of the program in a currency would pay somebody; reads no further than the first. */
async function paysAnybody(brandId: string, program: Program, currency: string, asOf: string): Promise<boolean> {
  const { programId } = program;
  const judge = await payoutJudge(judges, program, { brandId, currency, asOf }, await settings.get(brandId));
  let place: string | undefined;
  do {
    const page = await enrolmentStore.page(brandId, programId, { cursor: place, limit: PARTNERS_PER_PAGE });
    const ids = page.items.map(({ partnerId }) => partnerId);
    const people = await partnerStore.many(brandId, ids);
    const decisions = await atOnce(WIDTH, page.items, async (enrolment) => {
      const partner = people.get(enrolment.partnerId);
      return partner !== undefined && (await judge(enrolment, partner)).decision.outcome === 'pay';
    });
    if (decisions.includes(true)) return true;
    place = page.cursor;
  } while (place !== undefined);
  return false;
}
