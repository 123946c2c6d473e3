import { ARMS, type Arm } from './experiment.ts';
import type { Outcome } from './outcome.ts';

/** Sums of an arm. Squares grow past what numbers hold exactly, so all are big integers. */
export interface ArmTally {
  /** Outcomes told: units, or days. */
  readonly told: bigint;
  readonly units: bigint;
  readonly saw: bigint;
  readonly conversions: bigint;
  readonly revenueCents: bigint;
  /** Sum of squared revenue of single units; means nothing for blocks. */
  readonly revenueSquared: bigint;
}
export type Tally = Readonly<Record<Arm, ArmTally>>;

export const SUMS = ['told', 'units', 'saw', 'conversions', 'revenueCents', 'revenueSquared'] as const;

const NOTHING: ArmTally = { told: 0n, units: 0n, saw: 0n, conversions: 0n, revenueCents: 0n, revenueSquared: 0n };

export const emptyTally = (): Tally => ({ exposed: NOTHING, holdout: NOTHING });

export function sumOf(tallies: readonly Tally[]): Tally {
  const add = (a: ArmTally, b: ArmTally) =>
    Object.fromEntries(SUMS.map((sum) => [sum, a[sum] + b[sum]])) as unknown as ArmTally;
  return tallies.reduce(
    (total, tally) => ({ exposed: add(total.exposed, tally.exposed), holdout: add(total.holdout, tally.holdout) }),
    emptyTally(),
  );
}

/** What outcomes add to the sums of their arms. */
export function tallyOf(outcomes: readonly Outcome[]): Tally {
  const of = (arm: Arm): ArmTally =>
    outcomes
      .filter((outcome) => outcome.arm === arm)
      .reduce((sum, { units, saw, conversions, revenueCents }) => {
        const cents = BigInt(revenueCents);
        return {
          told: sum.told + 1n,
          units: sum.units + BigInt(units),
          saw: sum.saw + BigInt(saw),
          conversions: sum.conversions + BigInt(conversions),
          revenueCents: sum.revenueCents + cents,
          revenueSquared: sum.revenueSquared + cents * cents,
        };
      }, NOTHING);
  return Object.fromEntries(ARMS.map((arm) => [arm, of(arm)])) as unknown as Tally;
}
