import { atOnce } from '../at-once.ts';
import { VisibleError } from '../errors.ts';
import { logger } from '../observability/powertools.ts';
import { ConversionReport } from '../tracking/conversion.ts';
import type { taken } from './conversion-adjusted.ts';
import type { Taken } from './conversion-intake.ts';
import { fieldProblems } from './field-problems.ts';
import { passing } from './passing.ts';
import { statusOf } from './problem.ts';

/** What became of one report of a batch. `status` is what it would have been answered by itself. */
interface Failure extends Partial<Pick<ConversionReport, 'programId' | 'eventType' | 'orderId'>> {
  readonly status: number;
  readonly outcome: string;
  readonly problem?: {
    readonly code: string;
    readonly detail: string;
    readonly fields?: { field: string; message: string }[];
  };
}

export interface BatchResult extends Failure {
  readonly outcome: 'recorded' | 'already-there' | 'refused';
  readonly notes?: string[];
}

/** Writes at once: a thousand puts take about a second, and no table partition sees more than it can take. */
const WIDTH = 32;

/**
 * Reads reports and works on each by itself, each on its own account: what is wrong with one is told at its place and stops no other.
 * Reports of the same conversion are worked on in their order.
 */
async function each<Result extends Failure>(
  raw: readonly unknown[],
  work: (report: ConversionReport) => Promise<Result>,
): Promise<(Result | Failure)[]> {
  const results = new Array<Result | Failure>(raw.length);
  const byName = new Map<string, { place: number; report: ConversionReport }[]>();
  raw.forEach((entry, place) => {
    const parsed = ConversionReport.safeParse(entry);
    if (!parsed.success) {
      results[place] = { ...namesIn(entry), ...refused(invalid(parsed.error.issues)) };
      return;
    }
    const report = parsed.data;
    const name = JSON.stringify([report.programId, report.eventType, report.orderId]);
    byName.set(name, [...(byName.get(name) ?? []), { place, report }]);
  });
  await atOnce(WIDTH, [...byName.values()], async (group) => {
    for (const { place, report } of group) results[place] = await resultOf(report, work);
  });
  return results;
}

const count = (results: readonly Failure[], outcome: string) =>
  results.filter((result) => result.outcome === outcome).length;

/** Takes reports one by one. Of reports of the same conversion the first stands and the later ones are compared with it. */
export async function takeBatch(raw: readonly unknown[], take: (report: ConversionReport) => Promise<Taken>) {
  const results = (await each(raw, async (report) => {
    const { outcome, notes } = await take(report);
    return { status: 202, outcome, ...(notes.length > 0 && { notes: [...notes] }) };
  })) as BatchResult[];
  return {
    recorded: count(results, 'recorded'),
    alreadyThere: count(results, 'already-there'),
    refused: count(results, 'refused'),
    results,
  };
}

/** What became of one restated order. */
interface RestatedResult extends Failure {
  readonly outcome: 'amended' | 'unchanged' | 'already-there' | 'refused';
  readonly fields?: string[];
}

/** Restates orders one by one. */
export async function restateBatch(
  raw: readonly unknown[],
  restate: (stated: ConversionReport) => Promise<Awaited<ReturnType<typeof taken>>>,
) {
  const results = (await each(raw, async (stated) => {
    const done = await restate(stated);
    if (done.outcome === 'recorded' && done.event.kind === 'amendment')
      return { status: 202, outcome: 'amended', fields: Object.keys(done.event.set) };
    return { status: 202, outcome: done.outcome };
  })) as RestatedResult[];
  return {
    amended: count(results, 'amended'),
    unchanged: count(results, 'unchanged'),
    alreadyThere: count(results, 'already-there'),
    refused: count(results, 'refused'),
    results,
  };
}

async function resultOf<Result extends Failure>(
  report: ConversionReport,
  work: (report: ConversionReport) => Promise<Result>,
): Promise<Result | Failure> {
  const { programId, eventType, orderId } = report;
  const named = { programId, eventType, orderId };
  try {
    return { ...named, ...(await work(report)) };
  } catch (error) {
    const visible = error instanceof VisibleError ? error : passing(error);
    if (visible) return { ...named, ...refused(visible) };
    logger.error('a conversion of a batch failed', error as Error);
    return {
      ...named,
      status: 500,
      outcome: 'refused',
      problem: { code: 'internal', detail: 'A fault of ours. Send this one again.' },
    };
  }
}

function refused({ kind, code, message, fields }: VisibleError): Failure {
  return {
    status: statusOf(kind, code),
    outcome: 'refused',
    problem: { code, detail: message, ...(fields.length > 0 && { fields: fields.map((field) => ({ ...field })) }) },
  };
}

function invalid(issues: Parameters<typeof fieldProblems>[1]): VisibleError {
  const fields = fieldProblems(ConversionReport, issues, 'conversion');
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  return new VisibleError('invalid', 'invalid-fields', `${fields[0]?.field}: ${fields[0]?.message}${more}`, fields);
}

/** The names a report gives itself, as far as they are texts of a reasonable length: so that its sender finds it. */
function namesIn(entry: unknown): Pick<BatchResult, 'programId' | 'eventType' | 'orderId'> {
  if (entry === null || typeof entry !== 'object') return {};
  const names = ['programId', 'eventType', 'orderId'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = (entry as Record<string, unknown>)[name];
      return typeof value === 'string' && value.length <= 120 ? [[name, value]] : [];
    }),
  );
}
