import { type Design, type Experiment, NewExperiment } from '../../../lib/experiments/experiment.ts';
import type { ArmTally, Tally } from '../../../lib/experiments/tally.ts';

const sees = { couponBox: 'on', links: 'on', extension: 'on' } as const;

/** A sound plan, changed as a test wants it. */
export const planFor = (over: object = {}): NewExperiment =>
  NewExperiment.parse({
    name: 'Links',
    hypothesis: 'Links bring more',
    design: { kind: 'unit-holdout', surface: 'links', holdoutBps: 5_000 },
    arms: { exposed: { sees }, holdout: { sees: { ...sees, links: 'off' } } },
    metric: 'conversion-rate',
    baseline: { rateBps: 300 },
    minimumEffectBps: 1_000,
    expectedUnits: 120_000,
    startsOn: '2026-05-01',
    endsOn: '2026-05-28',
    ...over,
  });

export const experimentFor = (over: object = {}, kept: Partial<Experiment> = {}): Experiment => ({
  ...planFor(over),
  experimentId: 'exp_0000000000000001',
  programId: 'prg_0000000000000001',
  timeZone: 'UTC',
  currency: 'EUR',
  minimumSample: 2,
  startsAt: '2026-05-01T00:00:00.000Z',
  endsAt: '2026-05-29T00:00:00.000Z',
  registeredAt: '2026-04-01T00:00:00.000Z',
  registeredBy: 'ada@shop.example',
  ...kept,
});

export const regions = (geos: readonly string[], holdoutGeos: number): Design => ({
  kind: 'geo-switch-off',
  surface: 'links',
  geos: [...geos],
  holdoutGeos,
  beforeDays: 7,
});
export const turns = (blockDays: number, washoutDays = 0): Design => ({
  kind: 'time-switch-off',
  surface: 'links',
  blockDays,
  washoutDays,
});

const arm = (units: number, conversions: number, saw: number): ArmTally => ({
  told: BigInt(units),
  units: BigInt(units),
  saw: BigInt(saw),
  conversions: BigInt(conversions),
  revenueCents: BigInt(conversions) * 5_000n,
  revenueSquared: BigInt(conversions) * 25_000_000n,
});
type Counts = readonly [units: number, conversions: number, saw: number];
export const tallyFor = (exposed: Counts, holdout: Counts): Tally => ({
  exposed: arm(...exposed),
  holdout: arm(...holdout),
});
