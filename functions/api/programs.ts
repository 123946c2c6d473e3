import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { addDays, dayIn, startOfDay } from '../../lib/calendar.ts';
import { firstDayWithNotice } from '../../lib/commission/notice.ts';
import { VisibleError } from '../../lib/errors.ts';
import { programsContracts } from '../../lib/http/contracts/programs.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { isReleased } from '../../lib/payouts/run.ts';
import { fewestHoldDaysOf } from '../../lib/programs/hold.ts';
import { currenciesOf } from '../../lib/programs/payout-currencies.ts';
import type { Program } from '../../lib/programs/program.ts';
import { TrackingSettings } from '../../lib/programs/tracking-settings.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { payoutRuns, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs as programStore, type StoredProgram } from '../../lib/store/programs.ts';
import { terms as termStore } from '../../lib/store/terms.ts';
import { walk } from '../../lib/store/walk.ts';

const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const terms = termStore(client, table);
const runs = payoutRuns(client, table);
const enrolments = enrolmentStore(client, table);

const createProgram = operation(programsContracts.createProgram, async ({ body, who, at, mint, entry }) => {
  const { policy, plan, effectiveFrom = at, ...wanted } = body;
  expectDollars(wanted);
  const program: Program = {
    ...wanted,
    programId: mint('program'),
    status: 'active',
    ...(wanted.payoutSchedule && { payoutScheduleSince: at }),
    createdAt: at,
  };
  const first = { version: 1, effectiveFrom };
  const versions = { policy: { ...first, policy }, plan: { ...first, plan } };
  // A minted id that is taken was taken by this very request, so the answer is the same either way.
  await programs.create(who.brandId, program, versions, entry({ target: program.programId, after: wanted }));
  return { ...program, revision: 1, ...versions };
});

const listPrograms = operation(programsContracts.listPrograms, async ({ query, who }) => {
  const scope = [who.brandId, 'programs'];
  const page = await programs.list(who.brandId, { limit: query.limit, cursor: fromCursor(query.cursor, scope) });
  return answerPage(page, scope);
});

const getProgram = operation(programsContracts.getProgram, async ({ params, who }) =>
  existing(who.brandId, params.programId),
);

const updateProgram = operation(programsContracts.updateProgram, async ({ params, body, who, at, headers, entry }) => {
  const { programId } = params;
  const { payoutTerms, payoutSchedule, nacha, tracking, ...fields } = body;
  if (nacha) expectDollars({ nacha, currency: (await existing(who.brandId, programId)).currency });
  const revision = await programs.update(
    who.brandId,
    programId,
    (program) => ({
      ...program,
      ...fields,
      payoutTerms: {
        ...program.payoutTerms,
        ...payoutTerms,
        writeOff:
          payoutTerms?.writeOff === undefined ? program.payoutTerms.writeOff : (payoutTerms.writeOff ?? undefined),
      },
      ...(payoutTerms && { fewestHoldDays: fewestHoldDaysOf(program), ...formerCurrencies(program) }),
      ...(payoutSchedule !== undefined && {
        payoutSchedule: payoutSchedule ?? undefined,
        payoutScheduleSince: payoutSchedule === null ? undefined : at,
      }),
      ...(nacha !== undefined && { nacha: nacha ?? undefined }),
      ...(tracking && { tracking: TrackingSettings.parse({ ...program.tracking, ...tracking }) }),
    }),
    (before, after) => entry({ target: programId, before, after }),
    expectedRevision(headers),
  );
  return revisedRow(revision, 'program', programId);
});

const addPolicy = operation(programsContracts.addPolicy, async ({ params, body, who, at, entry }) => {
  const { programId } = await existing(who.brandId, params.programId);
  const { policy, effectiveFrom = at } = body;
  return terms.addPolicy(who.brandId, programId, { policy, effectiveFrom }, entry({ target: `${programId}/policies` }));
});

const listPolicies = operation(programsContracts.listPolicies, async ({ params, who }) => {
  const { programId } = await existing(who.brandId, params.programId);
  return { items: await terms.policies(who.brandId, programId) };
});

const addPlan = operation(programsContracts.addPlan, async ({ params, body, who, at, entry }) => {
  const program = await existing(who.brandId, params.programId);
  const { programId } = program;
  const { plan, effectiveFrom = at, shortNotice } = body;
  await inUnpaidDays(program, effectiveFrom);
  if (shortNotice === undefined) await withNotice(program, effectiveFrom, at);
  const version = { plan, effectiveFrom, ...(shortNotice !== undefined && { shortNotice }) };
  return terms.addPlan(who.brandId, programId, version, entry({ target: `${programId}/plans` }));
});

const listPlans = operation(programsContracts.listPlans, async ({ params, who }) => {
  const { programId } = await existing(who.brandId, params.programId);
  return { items: await terms.plans(who.brandId, programId) };
});

/**
 * Refuses a version that would begin in days that may be paid: those whose hold was over when the last approved run was drafted. What was
 * paid stays as it was explained; a mistake in it is corrected by hand, in the open.
 */
async function inUnpaidDays(program: StoredProgram, effectiveFrom: string) {
  const { timeZone } = program;
  const last = await lastReleased(program);
  if (!last) return;
  const open = addDays(dayIn(last.asOf, timeZone), 1 - fewestHoldDaysOf(program));
  const earliest = startOfDay(open, timeZone);
  if (effectiveFrom >= earliest) return;
  const message = `must not lie before ${earliest}: orders before it may be paid already (run ${last.runId})`;
  const field = { field: 'effectiveFrom', message };
  throw new VisibleError('refused', 'period-paid', `effectiveFrom ${message}.`, [field]);
}

/**
 * Refuses a version of which partners would not be told three days before it takes effect. A program in which nobody was ever enrolled has
 * nobody to tell. Whether it pays more or less does not matter: a plan seldom does one of them for everybody.
 */
async function withNotice({ brandId, programId, timeZone }: StoredProgram, effectiveFrom: string, at: string) {
  const day = firstDayWithNotice(at, timeZone);
  const earliest = startOfDay(day, timeZone);
  if (effectiveFrom >= earliest) return;
  const { items } = await enrolments.page(brandId, programId, { limit: 1 });
  if (items.length === 0) return;
  const message = `must not lie before ${earliest} (${day} in ${timeZone}), because partners are told three days and one day before; for an earlier one give shortNotice, a reason that they read at once`;
  const field = { field: 'effectiveFrom', message };
  throw new VisibleError('refused', 'notice-too-short', `effectiveFrom ${message}.`, [field]);
}

/** The run with the latest as-of time that was approved, however many empty or rejected ones came after it. */
async function lastReleased({ brandId, programId }: StoredProgram): Promise<StoredRun | undefined> {
  const all = walk<StoredRun>({
    one: (runId) => runs.get({ brandId, runId }),
    list: (request) => runs.list(brandId, programId, { ...request, newestFirst: true }),
  });
  for await (const run of all) if (isReleased(run)) return run;
  return undefined;
}

/** Every currency it ever paid in beside its own, so that money which waits in one is not lost sight of. */
function formerCurrencies(program: StoredProgram): Pick<Program, 'formerPayoutCurrencies'> {
  const [, ...others] = currenciesOf(program);
  return others.length > 0 ? { formerPayoutCurrencies: others } : {};
}

/** ACH carries dollars only. */
function expectDollars({ nacha, currency }: Pick<Program, 'nacha' | 'currency'>): void {
  if (!nacha || currency === 'USD') return;
  const field = { field: 'nacha', message: `must be left out: ACH pays dollars, and the program is in ${currency}` };
  throw new VisibleError('invalid', 'invalid-fields', `nacha: ${field.message}`, [field]);
}

async function existing(brandId: string, programId: string) {
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  return program;
}

export const handler = serve(
  { createProgram, listPrograms, getProgram, updateProgram, addPolicy, listPolicies, addPlan, listPlans },
  { client, table },
);
