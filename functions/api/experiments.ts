import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { armOf } from '../../lib/experiments/assignment.ts';
import { type Experiment, isOfUnits } from '../../lib/experiments/experiment.ts';
import { type Outcome, type OutcomeProblem, ofBlock, ofUnit, UnitField } from '../../lib/experiments/outcome.ts';
import { checkPower } from '../../lib/experiments/power-check.ts';
import { resultOf } from '../../lib/experiments/result.ts';
import type { Tally } from '../../lib/experiments/tally.ts';
import { closesAt, phaseAt } from '../../lib/experiments/timeline.ts';
import { experimentsContracts } from '../../lib/http/contracts/experiments.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { invalid, planned, refuseFlaws } from '../../lib/http/experiment-plan.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { experiments as experimentStore, type StoredExperiment } from '../../lib/store/experiments.ts';
import { outcomes as outcomeStore } from '../../lib/store/outcomes.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { DAY_MS, epochMs, type Instant } from '../../lib/time.ts';

const client = documentClient();
const table = env('coreTable');
const experiments = experimentStore(client, table);
const outcomes = outcomeStore(client, table);
const programs = programStore(client, table);

/** Rows of single units are kept so long after the result stands, should somebody ask why a unit was refused. */
const UNITS_KEPT_DAYS = 30;

const checkExperiment = operation(experimentsContracts.checkExperiment, async ({ params, body, who }) => {
  await programOf(who.brandId, params.programId);
  refuseFlaws(body);
  return { power: checkPower(body) };
});

const registerExperiment = operation(
  experimentsContracts.registerExperiment,
  async ({ params, body, who, at, mint, entry }) => {
    const program = await programOf(who.brandId, params.programId);
    const experiment: Experiment = {
      ...planned(body, program, at),
      experimentId: mint('experiment'),
      registeredAt: at,
      registeredBy: who.person,
    };
    // A minted id that is taken was taken by this very request, so the answer is the same either way.
    await experiments.register(who.brandId, experiment, entry({ target: targetOf(experiment), after: body }));
    return shown({ ...experiment, brandId: who.brandId, revision: 1 }, at);
  },
);

const listExperiments = operation(experimentsContracts.listExperiments, async ({ params, query, who, at }) => {
  const { programId } = params;
  await programOf(who.brandId, programId);
  const scope = [who.brandId, programId, 'experiments'];
  const cursor = fromCursor(query.cursor, scope);
  const page = await experiments.page(who.brandId, programId, { limit: query.limit, cursor });
  return answerPage({ ...page, items: page.items.map((experiment) => shown(experiment, at)) }, scope);
});

const getExperiment = operation(experimentsContracts.getExperiment, async ({ params, who, at }) => {
  const experiment = await existing(who.brandId, params);
  const tally = await outcomes.tally(experiment);
  const result = phaseAt(experiment, at) === 'closed' ? { result: await resultFrom(experiment, tally) } : {};
  return { ...shown(experiment, at), progress: progressOf(tally), ...result };
});

const updateExperiment = operation(
  experimentsContracts.updateExperiment,
  async ({ params, body, who, at, headers, entry }) => {
    const program = await programOf(who.brandId, params.programId);
    const before = await existing(who.brandId, params);
    const phase = phaseAt(before, at);
    if (phase !== 'registered')
      throw new VisibleError(
        'conflict',
        'experiment-started',
        `${params.experimentId} is ${phase}: from its start on an experiment stays as it was registered. It can be stopped early, with a reason.`,
      );
    const plan = planned(body, program, at);
    const revision = await experiments.update(
      { brandId: who.brandId, ...params },
      // Whoever ended it meanwhile ended it.
      (stored) => (stored.stopped ? stored : { ...withoutPlan(stored), ...plan }),
      (was, is) => entry({ target: targetOf(params), before: was, after: is }),
      expectedRevision(headers),
    );
    return shown(revisedRow(revision, 'experiment', params.experimentId), at);
  },
);

const stopExperiment = operation(experimentsContracts.stopExperiment, async ({ params, body, who, at, entry }) => {
  const revision = await experiments.update(
    { brandId: who.brandId, ...params },
    (experiment) => {
      const again = experiment.stopped?.reason === body.reason;
      const phase = phaseAt(experiment, at);
      if (!again && phase !== 'registered' && phase !== 'running') throw over(experiment, phase);
      return experiment.stopped ? experiment : { ...experiment, stopped: { at, reason: body.reason, by: who.person } };
    },
    (before, after) => entry({ target: targetOf(params), before, after, why: body.reason }),
  );
  return shown(revisedRow(revision, 'experiment', params.experimentId), at);
});

const getAssignment = operation(experimentsContracts.getAssignment, async ({ params, who, at }) => {
  const { unit } = params;
  const experiment = await existing(who.brandId, params);
  const arm = isOfUnits(experiment) && !UnitField.safeParse(unit).success ? undefined : armOf(experiment, unit);
  if (!arm) {
    const wanted = { 'geo-switch-off': 'one of its regions', 'time-switch-off': 'one of its days' } as const;
    const { kind } = experiment.design;
    const message = `must be ${kind in wanted ? wanted[kind as keyof typeof wanted] : 'a hash of at least 8 characters'}`;
    throw new VisibleError('refused', 'not-a-unit', `${params.experimentId} gives ${unit} no arm.`, [
      { field: 'unit', message },
    ]);
  }
  const active = phaseAt(experiment, at) === 'running';
  return { unit, arm, active, sees: experiment.arms[active ? arm : 'exposed'].sees };
});

const reportOutcomes = operation(experimentsContracts.reportOutcomes, async ({ params, body, who, at }) => {
  const experiment = await existing(who.brandId, params);
  const list = body.units ? 'units' : 'blocks';
  if ((body.units === undefined) === (body.blocks === undefined))
    throw invalid([{ field: 'units', message: 'or blocks must be sent, and not both' }]);
  open(experiment, at);
  const told = [
    ...(body.units ?? []).map((unit) => ofUnit(experiment, unit)),
    ...(body.blocks ?? []).map((block) => ofBlock(experiment, block)),
  ];
  const problems = told.flatMap((one, place) => ('message' in one ? [named(one, list, place)] : []));
  if (problems.length > 0) throw invalid(problems.slice(0, 20));

  const expiresAt = isOfUnits(experiment)
    ? { expiresAt: Math.ceil(epochMs(closesAt(experiment)) / 1000) + (UNITS_KEPT_DAYS * DAY_MS) / 1000 }
    : {};
  const results = await outcomes.record(experiment, told as Outcome[], { at, keyId: who.keyId, ...expiresAt });
  const count = (result: (typeof results)[number]) => results.filter((one) => one === result).length;
  const different = results.flatMap((result, place) => (result === 'different' ? [place] : []));
  if (different.length > 0) throw contradiction(different, list, results.length);
  return {
    recorded: count('recorded'),
    alreadyThere: count('already-there'),
    progress: progressOf(await outcomes.tally(experiment)),
  };
});

const getExperimentResult = operation(experimentsContracts.getExperimentResult, async ({ params, who, at }) => {
  const experiment = await existing(who.brandId, params);
  const phase = phaseAt(experiment, at);
  if (phase === 'called-off')
    throw new VisibleError('conflict', 'called-off', `${params.experimentId} was called off before it started.`);
  if (phase !== 'closed')
    throw new VisibleError(
      'conflict',
      'no-result-yet',
      `${params.experimentId} is ${phase}; its result is shown from ${closesAt(experiment)} on. Who looks before stops when it pleases.`,
    );
  return resultFrom(experiment, await outcomes.tally(experiment));
});

interface Named {
  readonly programId: string;
  readonly experimentId: string;
}
const targetOf = ({ programId, experimentId }: Named) => `${programId}/experiments/${experimentId}`;

async function programOf(brandId: string, programId: string) {
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  return program;
}

async function existing(brandId: string, { programId, experimentId }: Named): Promise<StoredExperiment> {
  const experiment = await experiments.get(brandId, programId, experimentId);
  if (!experiment) throw missing('experiment', experimentId);
  return experiment;
}

/** What stays of an experiment when its plan is replaced: fields that the new one leaves out must not linger. */
const withoutPlan = ({ brandId, experimentId, registeredAt, registeredBy, revision }: StoredExperiment) => ({
  brandId,
  experimentId,
  registeredAt,
  registeredBy,
  revision,
});

function open(experiment: StoredExperiment, at: Instant): void {
  const phase = phaseAt(experiment, at);
  if (phase === 'running' || phase === 'reporting') return;
  if (phase === 'registered')
    throw new VisibleError('conflict', 'not-started', `Outcomes are told from the start on, ${experiment.startsAt}.`);
  throw new VisibleError(
    'conflict',
    'experiment-closed',
    `${experiment.experimentId} is ${phase}; nothing is added any more.`,
  );
}

const over = ({ experimentId, stopped }: StoredExperiment, phase: string) =>
  new VisibleError(
    'conflict',
    'experiment-over',
    stopped ? `${experimentId} was stopped before: ${stopped.reason}` : `${experimentId} is over (${phase}).`,
  );

const named = ({ field, message }: OutcomeProblem, list: string, place: number) =>
  field === list || field === 'units' || field === 'blocks'
    ? { field: list, message }
    : { field: `${list}[${place}].${field}`, message };

function contradiction(places: readonly number[], list: string, total: number): VisibleError {
  const fields = places.slice(0, 20).map((place) => ({
    field: `${list}[${place}]`,
    message: 'was told before with other facts; what was told first stands',
  }));
  const taken = total - places.length;
  const words = `${places.length} of ${total} outcomes were told before with other facts; the other ${taken} are recorded.`;
  return new VisibleError('conflict', 'different-outcome', words, fields);
}

const shown = (experiment: StoredExperiment, at: Instant) => ({
  ...experiment,
  phase: phaseAt(experiment, at),
  closesAt: closesAt(experiment),
  power: checkPower(experiment),
});

/** Counts only: before the end nobody learns what the outcomes are. */
function progressOf(tally: Tally) {
  const of = (sum: 'told' | 'units' | 'saw') => ({
    exposed: Number(tally.exposed[sum]),
    holdout: Number(tally.holdout[sum]),
  });
  return { told: of('told'), units: of('units'), saw: of('saw') };
}

async function resultFrom(experiment: StoredExperiment, tally: Tally) {
  const blocks = isOfUnits(experiment) ? [] : await outcomes.blocks(experiment);
  const { sentences, ...result } = resultOf(experiment, tally, blocks);
  return { ...result, sentences: [...sentences] };
}

export const handler = serve(
  {
    checkExperiment,
    registerExperiment,
    listExperiments,
    getExperiment,
    updateExperiment,
    stopExperiment,
    getAssignment,
    reportOutcomes,
    getExperimentResult,
  },
  { client, table },
);
