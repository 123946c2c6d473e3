import { atOnce } from '../at-once.ts';
import { VisibleError } from '../errors.ts';
import type { ConversionReport } from '../tracking/conversion.ts';
import type { taken } from './conversion-adjusted.ts';
import type { Taken } from './conversion-intake.ts';
import { invalid } from './invalid.ts';
import { passing } from './passing.ts';
import { statusOf } from './problem.ts';
import { readReport } from './read-report.ts';

export const MOST_CONVERSIONS = 1_000;
/** A thousand orders of a dozen lines; Lambda itself takes 6 MB. */
export const BATCH_BYTES = 4_000_000;

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

/** Keeps a record of a fault of ours; its report is refused and the others go on. */
type OnFault = (message: string, error: unknown) => void;

/** Writes at once: a thousand puts take about a second, and no table partition sees more than it can take. */
const WIDTH = 32;

/**
 * Reads reports and works on each by itself, each on its own account: what is wrong with one is told at its place and stops no other.
 * Reports of the same conversion are worked on in their order.
 */
async function each<Result extends Failure>(
  raw: readonly unknown[],
  work: (report: ConversionReport) => Promise<Result>,
  onFault: OnFault,
): Promise<(Result | Failure)[]> {
  const results = new Array<Result | Failure>(raw.length);
  const byName = new Map<string, { place: number; report: ConversionReport }[]>();
  raw.forEach((entry, place) => {
    const { value: report, problems } = readReport(entry, 'conversion');
    if (problems) {
      results[place] = { ...namesIn(entry), ...refused(invalid(problems)) };
      return;
    }
    const name = JSON.stringify([report.programId, report.eventType, report.orderId]);
    byName.set(name, [...(byName.get(name) ?? []), { place, report }]);
  });
  await atOnce(WIDTH, [...byName.values()], async (group) => {
    for (const { place, report } of group) results[place] = await resultOf(report, work, onFault);
  });
  return results;
}

const count = (results: readonly Failure[], outcome: string) =>
  results.filter((result) => result.outcome === outcome).length;

/** Takes reports one by one. Of reports of the same conversion the first stands and the later ones are compared with it. */
export async function takeBatch(
  raw: readonly unknown[],
  take: (report: ConversionReport) => Promise<Taken>,
  onFault: OnFault,
) {
  const work = async (report: ConversionReport) => {
    const { outcome, notes } = await take(report);
    return { status: 202, outcome, ...(notes.length > 0 && { notes: [...notes] }) };
  };
  const results = ((await each(raw, work, onFault)) as BatchResult[]).map(
    // In the contract's order, which a function without zod gives as well.
    ({ status, outcome, programId, eventType, orderId, notes, problem }) => ({
      ...{ status, outcome, programId, eventType, orderId, notes, problem },
    }),
  );
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
  onFault: OnFault,
) {
  const work = async (stated: ConversionReport) => {
    const done = await restate(stated);
    if (done.outcome === 'recorded' && done.event.kind === 'amendment')
      return { status: 202, outcome: 'amended', fields: Object.keys(done.event.set) };
    return { status: 202, outcome: done.outcome };
  };
  const results = (await each(raw, work, onFault)) as RestatedResult[];
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
  onFault: OnFault,
): Promise<Result | Failure> {
  const { programId, eventType, orderId } = report;
  const named = { programId, eventType, orderId };
  try {
    return { ...named, ...(await work(report)) };
  } catch (error) {
    const visible = error instanceof VisibleError ? error : passing(error);
    if (visible) return { ...named, ...refused(visible) };
    onFault('a conversion of a batch failed', error);
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
