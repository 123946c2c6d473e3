import { VisibleError } from '../errors.ts';
import type { Experiment, NewExperiment } from '../experiments/experiment.ts';
import { checkPower, type PowerCheck } from '../experiments/power-check.ts';
import { flawsOf } from '../experiments/rules.ts';
import { instantsOf } from '../experiments/timeline.ts';
import type { Program } from '../programs/program.ts';
import { DAY_MS, epochMs, type Instant } from '../time.ts';

/** A plan is for a season, not for ever. */
const LATEST_END_DAYS = 732;

/** The plan as it is kept; refuses what can show nothing, what starts too early and what is too small. */
export function planned(
  body: NewExperiment,
  { programId, timeZone, currency }: Pick<Program, 'programId' | 'timeZone' | 'currency'>,
  at: Instant,
): Omit<Experiment, 'experimentId' | 'registeredAt' | 'registeredBy'> {
  refuseFlaws(body);
  const horizon = Date.parse(`${body.endsOn}T00:00:00Z`);
  if (horizon > epochMs(at) + LATEST_END_DAYS * DAY_MS)
    throw invalid([{ field: 'endsOn', message: 'must lie within the next two years' }]);
  const instants = instantsOf(body, timeZone);
  if (instants.startsAt <= at) {
    const field = { field: 'startsOn', message: `must be a day that has not begun in ${timeZone}` };
    throw new VisibleError('refused', 'starts-too-early', 'An experiment is registered before it starts.', [field]);
  }
  const power = checkPower(body);
  if (!power.enough && !body.acceptUnderpowered) throw underpowered(power);
  const minimumSample = body.minimumSample ?? power.required ?? Math.floor(power.expected);
  return { ...body, minimumSample, programId, timeZone, currency, ...instants };
}

/** Refuses a plan that can show nothing, and says why. */
export function refuseFlaws(body: NewExperiment): void {
  const flaws = flawsOf(body);
  const [first] = flaws;
  if (!first) return;
  const fields = flaws.map(({ problem }) => problem);
  if (first.code === 'plan-incomplete') throw invalid(fields);
  throw new VisibleError('refused', first.code, `${first.problem.field} ${first.problem.message}`, fields);
}

function underpowered(power: PowerCheck): VisibleError {
  const message = `must be larger, or the sample, or acceptUnderpowered true. ${power.sentence}`;
  return new VisibleError('refused', 'underpowered', power.sentence, [{ field: 'minimumEffectBps', message }]);
}

/** The refusal of a request whose fields are wrong. */
export const invalid = (fields: readonly { field: string; message: string }[]): VisibleError =>
  new VisibleError('invalid', 'invalid-fields', `${fields[0]!.field}: ${fields[0]!.message}`, fields);
