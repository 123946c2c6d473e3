import type { BrandYear, StoredPayee, taxReturns } from '../../lib/store/tax-returns.ts';
import type { Filed } from '../../lib/tax/year-end/filing.ts';
import type { YearSummary } from '../../lib/tax/year-end/summary.ts';
import { FRESH, fanOut, type Step, untilDone } from './jobs-ground.ts';

export type FilingSteps = Record<'plan' | 'assess' | 'match' | 'combine' | 'write', Step>;

/** The steps of file-1099; imported once the ground stands, since they read the environment. */
export const filingSteps = async (): Promise<FilingSteps> => ({
  plan: (await import('../../functions/jobs/plan-returns.ts')).handler,
  assess: (await import('../../functions/jobs/assess-returns.ts')).handler,
  match: (await import('../../functions/jobs/match-taxpayers.ts')).handler,
  combine: (await import('../../functions/jobs/combine-returns.ts')).handler,
  write: (await import('../../functions/jobs/write-returns.ts')).handler,
});

export interface Filing {
  /** Numbers of the submissions that were made. */
  readonly made: number[];
  readonly summary: YearSummary;
}

/** Everything of file-1099 before returns are written. */
export async function figures(steps: FilingSteps, input: object, context = FRESH): Promise<object> {
  const { plan } = await fanOut(steps.plan, steps.assess, input, context);
  return untilDone(steps.combine, await untilDone(steps.match, plan, context), context);
}

/** The workflow file-1099, as `infra/workflows/file-1099.ts` says. */
export async function file1099(steps: FilingSteps, input: object, context = FRESH): Promise<Filing> {
  return madeBy(await untilDone(steps.write, await figures(steps, input, context), context));
}

/** The last step's answer, with the numbers of submissions one by one. */
export function madeBy(answer: Record<string, unknown>): Filing {
  const { submissions, first = 1 } = (answer.made ?? { submissions: 0 }) as { submissions: number; first?: number };
  return { ...(answer as unknown as Filing), made: Array.from({ length: submissions }, (_, place) => first + place) };
}

type Returns = Pick<ReturnType<typeof taxReturns>, 'stretch'>;

/** All payees of a year with what was filed, in stretches small enough that there are several. */
export async function payeesOf(returns: Returns, of: BrandYear): Promise<(StoredPayee & { filed: Filed[] })[]> {
  const found: (StoredPayee & { filed: Filed[] })[] = [];
  let after: string | undefined;
  do {
    const stretch = await returns.stretch(of, { after, limit: 3 });
    found.push(...stretch.payees);
    after = stretch.after;
  } while (after !== undefined);
  return found;
}
