import { decimalText, settle } from './amounts.ts';
import { type Rule, type Shares, shareByRule } from './heuristics.ts';
import { type Journeys, withinLookback } from './journeys.ts';
import { shareInWholeSteps } from './per-journey.ts';
import { type Order, removalEffects } from './removal-effects.ts';
import { shapley } from './shapley.ts';

/** A way to compare partners: a rule, or one of the two that learn from journeys that converted and journeys that did not. */
export type Model =
  | Rule
  | { readonly model: 'markov'; readonly order: Order }
  | { readonly model: 'shapley'; readonly seed: number; readonly samples: number };

/** What a model gives one partner, as decimals that add up to the totals. The empty name stands for journeys without a touch. */
export interface ComparisonRow {
  readonly partner: string;
  readonly conversions: string;
  readonly value: string;
  /** Markov only. */
  readonly removalEffect?: number;
  /** In conversions; Shapley by sampling only. */
  readonly standardError?: number;
}

export interface Comparison {
  /** Most conversions first, then by name. */
  readonly rows: readonly ComparisonRow[];
  readonly totals: { readonly conversions: string; readonly value: string };
  /** Largest standard error of a partner, in conversions; only where values were drawn. */
  readonly largestError?: number;
}

/**
 * When parts are rounded: once at the `end`, or within `each` journey, whose parts are then whole steps of the input (cents, if it has
 * cents) as in a payment. Only rules can do the latter.
 */
export type Rounding = 'end' | 'each';

/** Amounts are printed with at least so many decimals. */
const DIGITS = 6;

/**
 * Shares all conversions and their value among the partners. Whatever the model, each column adds up exactly to what the journeys hold:
 * parts are rounded at the end, to six decimals or as many as the input has, and the steps left over go to the largest remainders. What
 * belongs to journeys without a touch stands in a row of its own, whose partner is empty.
 *
 * With `valueDigits` values are rounded to so many decimals instead: 0, where the journeys hold cents, gives whole cents.
 */
export function compare(
  all: Journeys,
  model: Model,
  options: { readonly lookbackMs?: number; readonly rounding?: Rounding; readonly valueDigits?: number } = {},
): Comparison {
  const { lookbackMs, rounding = 'end', valueDigits = DIGITS } = options;
  const journeys = lookbackMs === undefined ? all : withinLookback(all, lookbackMs);
  const nobody = withoutTouch(journeys);
  const weights = weigh(journeys, model, rounding);
  const { removal, errors } = weights;
  // In order of names, so that a tie does not depend on the order of the journeys.
  const names = journeys.partners;
  const byName = names.map((_, i) => i).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const columns = (['conversions', 'value'] as const).map((name) => {
    const { total, digits } = journeys[name];
    const attributed = total - nobody[name];
    const sum = weights.normalised ? weights[name].reduce((a, b) => a + b, 0) : 1;
    // Value without any conversion gives the learning models nothing to go by; it stays with nobody rather than be lost.
    const stray = sum === 0 ? attributed : 0n;
    const parts = Float64Array.from(byName, (i) =>
      weights.normalised ? (sum === 0 ? 0 : (weights[name][i]! * Number(attributed)) / sum) : weights[name][i]!,
    );
    const out = Math.max(name === 'value' ? valueDigits : DIGITS, digits);
    return {
      steps: settle(parts, attributed - stray, digits, out),
      digits: out,
      nobody: (nobody[name] + stray) * 10n ** BigInt(out - digits),
      total,
      given: digits,
    };
  });
  const [conversions, value] = [columns[0]!, columns[1]!];
  const perUnit = Number(journeys.conversions.total - nobody.conversions) / 10 ** journeys.conversions.digits;
  const entries = byName.map((i, place) => ({
    partner: names[i]!,
    conversions: conversions.steps[place]!,
    value: value.steps[place]!,
    ...(removal ? { removalEffect: removal[i]! } : {}),
    ...(errors ? { standardError: errors[i]! * perUnit } : {}),
  }));
  if (conversions.nobody !== 0n || value.nobody !== 0n) {
    entries.push({ partner: '', conversions: conversions.nobody, value: value.nobody });
  }
  entries.sort((a, b) =>
    a.conversions === b.conversions ? (a.partner < b.partner ? -1 : 1) : a.conversions > b.conversions ? -1 : 1,
  );
  return {
    rows: entries.map((entry) => ({
      ...entry,
      conversions: decimalText(entry.conversions, conversions.digits),
      value: decimalText(entry.value, value.digits),
    })),
    totals: {
      conversions: decimalText(conversions.total, conversions.given),
      value: decimalText(value.total, value.given),
    },
    ...(errors ? { largestError: errors.reduce((a, b) => Math.max(a, b), 0) * perUnit } : {}),
  };
}

interface Weights extends Shares {
  /** Whether these are weights to share by, or already the shares in the columns' own steps. */
  readonly normalised: boolean;
  readonly removal?: Float64Array;
  /** As shares of all conversions. */
  readonly errors?: Float64Array;
}

function weigh(journeys: Journeys, model: Model, rounding: Rounding): Weights {
  switch (model.model) {
    case 'markov': {
      const removal = removalEffects(journeys, model.order);
      return { normalised: true, conversions: removal, value: removal, removal };
    }
    case 'shapley': {
      const { values, errors, rate, exact } = shapley(journeys, model);
      const shares = values.map((value) => (rate > 0 ? value / rate : 0));
      return {
        normalised: true,
        conversions: shares,
        value: shares,
        ...(exact ? {} : { errors: errors.map((error) => (rate > 0 ? error / rate : 0)) }),
      };
    }
    default:
      return {
        normalised: false,
        ...(rounding === 'each' ? shareInWholeSteps(journeys, model) : shareByRule(journeys, model)),
      };
  }
}

/** What belongs to journeys that have no touch, in the columns' own steps. */
function withoutTouch({ starts, count, conversions, value }: Journeys): { conversions: bigint; value: bigint } {
  const sums = { conversions: 0n, value: 0n };
  for (let j = 0; j < count; j += 1) {
    if (starts[j] !== starts[j + 1]) continue;
    if (conversions.units[j] !== 0) sums.conversions += BigInt(Math.round(conversions.units[j]!));
    if (value.units[j] !== 0) sums.value += BigInt(Math.round(value.units[j]!));
  }
  return sums;
}
