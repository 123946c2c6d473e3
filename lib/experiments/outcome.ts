import * as z from 'zod';
import { CentsField, DayField } from '../programs/program.ts';
import { armOf } from './assignment.ts';
import { type Arm, type Experiment, GeoField, isOfUnits } from './experiment.ts';
import { firstDay, lastDay } from './timeline.ts';

/** A customer or visitor by a hash of the brand's own; addresses and names do not belong here. */
export const UnitField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,128}$/, 'must be a hash of 8 to 128 letters, digits, dashes and underscores');
const UnitsField = z.int().min(0).max(1_000_000_000);

/** What became of one customer or visitor, told once, when its time of observation is over. */
export const UnitOutcome = z.strictObject({
  unit: UnitField,
  saw: z.boolean().describe('Whether it really met what is tested at least once'),
  converted: z.boolean(),
  revenueCents: CentsField.default(0).describe('Of all its orders, in the program’s currency'),
});
export type UnitOutcome = z.infer<typeof UnitOutcome>;

/** What a day came to, in one region or altogether. */
export const BlockOutcome = z.strictObject({
  geo: GeoField.optional().describe('For designs with regions'),
  day: DayField,
  units: UnitsField.min(1).describe('Customers or visitors there were, whether they saw anything or not'),
  saw: UnitsField.describe('How many of them met what is tested'),
  conversions: UnitsField.describe('How many of them converted'),
  revenueCents: CentsField.default(0),
});
export type BlockOutcome = z.infer<typeof BlockOutcome>;

/** An outcome, of either kind, as it is kept and summed. */
export interface Outcome {
  /** Unit, `geo#day` or day: told once. */
  readonly name: string;
  readonly arm: Arm;
  readonly units: number;
  readonly saw: number;
  readonly conversions: number;
  readonly revenueCents: number;
  readonly geo?: string | undefined;
  readonly day?: string | undefined;
}

export interface OutcomeProblem {
  readonly field: string;
  readonly message: string;
}

/** A unit's outcome with the arm that the experiment gave it. */
export function ofUnit(experiment: Experiment, told: UnitOutcome): Outcome | OutcomeProblem {
  if (!isOfUnits(experiment))
    return { field: 'units', message: 'must be left out: this experiment is about days; send blocks' };
  if (!told.converted && told.revenueCents > 0)
    return { field: 'revenueCents', message: 'must be 0 for a unit that did not convert' };
  const arm = armOf(experiment, told.unit)!;
  const { unit: name, saw, converted, revenueCents } = told;
  return { name, arm, units: 1, saw: saw ? 1 : 0, conversions: converted ? 1 : 0, revenueCents };
}

/** A day's outcome with the arm of its region or day. */
export function ofBlock(experiment: Experiment, told: BlockOutcome): Outcome | OutcomeProblem {
  const { design } = experiment;
  if (isOfUnits(experiment))
    return { field: 'blocks', message: 'must be left out: this experiment is about single customers; send units' };
  const { geo, day, ...counts } = told;
  const geos = design.kind === 'geo-switch-off' ? design.geos : undefined;
  if (geos && (geo === undefined || !geos.includes(geo)))
    return { field: 'geo', message: `must be one of ${geos.join(', ')}` };
  if (!geos && geo !== undefined) return { field: 'geo', message: 'must be left out: this experiment has no regions' };
  const [from, to] = [firstDay(experiment), lastDay(experiment)];
  if (day < from || day > to) return { field: 'day', message: `must be a day from ${from} to ${to}` };
  for (const field of ['saw', 'conversions'] as const)
    if (counts[field] > counts.units) return { field, message: 'must be at most the units there were' };
  const arm = armOf(experiment, geo ?? day)!;
  return { name: geo === undefined ? day : `${geo}#${day}`, arm, geo, day, ...counts };
}
