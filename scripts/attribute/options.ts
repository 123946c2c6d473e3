import { parseArgs } from 'node:util';
import type { Model, Rounding } from '../../lib/attribution/compare/compare.ts';
import type { Order } from '../../lib/attribution/compare/removal-effects.ts';
import { DAY_MS } from '../../lib/time.ts';

export const USAGE = `Usage: npm run --silent attribute -- --model MODEL --input FILE [options]

  --model       last, first, linear, linear-distinct, position, decay, markov or shapley
  --input       a CSV with the columns path,total_conversions,total_conversion_value,total_null (touches joined by " > "),
                or journeys with times, one JSON object a line; - reads standard input
  --order       markov: how many past touches a state remembers, 1 to 3 (default 1)
  --weights     position: first, middle, last in percent (default 40,20,40)
  --half-life   decay: 7d, 12h, 30m, 90s or 2w (default 7d)
  --lookback    leave out touches older than this before the journey's end: 30d
  --samples     shapley above 12 partners: orders of joining to draw (default 1000)
  --seed        shapley above 12 partners: what the draws start from (default 1)
  --round       end: parts are rounded once (default); each: every journey gives whole cents, as a payment would
  --errors      shapley: add the column standard_error, in conversions

Prints partner,conversions,value,removal_effect on standard output, everything else on standard error; ends with 2 and prints
nothing when something is wrong. docs/attribution-comparisons.md explains the models and the forms.`;

/** What the command was asked for. */
export interface Request {
  readonly input: string;
  readonly model: Model;
  readonly lookbackMs?: number;
  readonly rounding: Rounding;
  readonly errors: boolean;
  /** What was given but changes nothing for this model. */
  readonly idle: readonly string[];
}

/** Something about the request that must be put right; not about the file. */
export class BadRequest extends Error {}

const MODELS = ['last', 'first', 'linear', 'linear-distinct', 'position', 'decay', 'markov', 'shapley'] as const;
type ModelName = (typeof MODELS)[number];

/** Options that only some models look at. */
const ONLY_FOR: Readonly<Record<string, readonly ModelName[]>> = {
  order: ['markov'],
  weights: ['position'],
  'half-life': ['decay'],
  samples: ['shapley'],
  seed: ['shapley'],
  errors: ['shapley'],
  round: ['last', 'first', 'linear', 'linear-distinct', 'position', 'decay'],
};

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

function duration(option: string, text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(s|m|h|d|w)$/.exec(text.trim());
  const ms = parts ? Number(parts[1]) * UNITS_MS[parts[2]!]! : 0;
  if (!(ms > 0))
    throw new BadRequest(`--${option} ${text}: write a time above 0 with its unit, such as 7d, 12h or 30m`);
  return ms;
}

function whole(option: string, text: string, low: number, high: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= low && number <= high)) {
    throw new BadRequest(`--${option} ${text}: write a whole number from ${low} to ${high}`);
  }
  return number;
}

function weights(text: string): { first: number; middle: number; last: number } {
  const parts = text.split(',').map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN));
  const [first, middle, last] = parts;
  const sum = parts.reduce((a, b) => a + b, 0);
  if (parts.length !== 3 || !(Math.abs(sum - 100) < 1e-9 || Math.abs(sum - 1) < 1e-9)) {
    throw new BadRequest(`--weights ${text}: write three percentages that add up to 100, such as 40,20,40`);
  }
  if (first === 0 && last === 0) {
    throw new BadRequest(
      `--weights ${text}: first and last must not both be 0, or a journey of two touches has no share`,
    );
  }
  return { first: first!, middle: middle!, last: last! };
}

/** Reads the command line; throws a `BadRequest` that says what to write instead. */
export function readOptions(args: readonly string[]): Request | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  if (positionals.length > 0)
    throw new BadRequest(`“${positionals[0]}” belongs to no option; a file is given with --input`);
  const name = MODELS.find((model) => model === values.model);
  if (name === undefined) {
    throw new BadRequest(
      `${values.model === undefined ? '--model is missing' : `--model ${values.model} is not known`}; one of ${MODELS.join(', ')}`,
    );
  }
  if (values.input === undefined) throw new BadRequest('--input is missing; a file, or - for standard input');
  if (values.round !== undefined && values.round !== 'end' && values.round !== 'each') {
    throw new BadRequest(`--round ${values.round}: write end or each`);
  }
  return {
    input: values.input,
    model: modelOf(name, values),
    ...(values.lookback === undefined ? {} : { lookbackMs: duration('lookback', values.lookback) }),
    rounding: values.round ?? 'end',
    errors: values.errors ?? false,
    idle: Object.entries(ONLY_FOR).flatMap(([option, models]) =>
      values[option as keyof typeof values] !== undefined && !models.includes(name) ? [`--${option}`] : [],
    ),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        input: { type: 'string' },
        order: { type: 'string' },
        weights: { type: 'string' },
        'half-life': { type: 'string' },
        lookback: { type: 'string' },
        samples: { type: 'string' },
        seed: { type: 'string' },
        round: { type: 'string' },
        errors: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new BadRequest((error as Error).message);
  }
}

function modelOf(name: ModelName, values: ReturnType<typeof parse>['values']): Model {
  // What is given must be right even where the model does not look at it.
  const order = whole('order', values.order ?? '1', 1, 3) as Order;
  const shares = weights(values.weights ?? '40,20,40');
  const halfLifeMs = duration('half-life', values['half-life'] ?? '7d');
  const samples = whole('samples', values.samples ?? '1000', 2, 10_000_000);
  const seed = whole('seed', values.seed ?? '1', 0, 0xffff_ffff);
  switch (name) {
    case 'position':
      return { model: name, ...shares };
    case 'decay':
      return { model: name, halfLifeMs };
    case 'markov':
      return { model: name, order };
    case 'shapley':
      return { model: name, seed, samples };
    default:
      return { model: name };
  }
}
