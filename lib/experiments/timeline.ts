import { addDays, type Day, dayIn, startOfDay } from '../calendar.ts';
import { DAY_MS, epochMs, type Instant, instant } from '../time.ts';
import type { Experiment, NewExperiment, Phase } from './experiment.ts';

/** The instants that registered days mean in a time zone: the first of the first day, the first after the last. */
export function instantsOf({ startsOn, endsOn }: Pick<NewExperiment, 'startsOn' | 'endsOn'>, timeZone: string) {
  return { startsAt: startOfDay(startsOn, timeZone), endsAt: startOfDay(addDays(endsOn, 1), timeZone) };
}

/** When it was over: at its planned end, or when somebody stopped it. */
export const endedAt = ({ stopped, endsAt }: Experiment): Instant => stopped?.at ?? endsAt;

/** From when on its outcomes are complete and its result is shown. */
export const closesAt = (experiment: Experiment): Instant =>
  instant(epochMs(endedAt(experiment)) + experiment.reportingDays * DAY_MS);

/** Where an experiment stands at an instant. */
export function phaseAt(experiment: Experiment, at: Instant): Phase {
  if (experiment.stopped && experiment.stopped.at < experiment.startsAt) return 'called-off';
  if (at < experiment.startsAt) return 'registered';
  if (at < endedAt(experiment)) return 'running';
  return at < closesAt(experiment) ? 'reporting' : 'closed';
}

/** Days from one to another, both included. */
export const daysBetween = (from: Day, to: Day): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;

/** First day whose outcomes count: where regions are compared with themselves, so many days before the start. */
export const firstDay = ({ design, startsOn }: Pick<NewExperiment, 'design' | 'startsOn'>): Day =>
  design.kind === 'geo-switch-off' ? addDays(startsOn, -design.beforeDays) : startsOn;

/** Last day that was whole; the planned one unless it was stopped before. */
export function lastDay({ stopped, endsOn, timeZone }: Experiment): Day {
  if (!stopped) return endsOn;
  const before = addDays(dayIn(stopped.at, timeZone), -1);
  return before < endsOn ? before : endsOn;
}
