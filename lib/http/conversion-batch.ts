import { atOnce } from '../at-once.ts';
import { VisibleError } from '../errors.ts';
import { logger } from '../observability/powertools.ts';
import { ConversionReport } from '../tracking/conversion.ts';
import type { Taken } from './conversion-intake.ts';
import { fieldProblems } from './field-problems.ts';
import { passing } from './passing.ts';
import { statusOf } from './problem.ts';

/** What became of one report of a batch. `status` is what it would have been answered by itself. */
export interface BatchResult extends Partial<Pick<ConversionReport, 'programId' | 'eventType' | 'orderId'>> {
  readonly status: number;
  readonly outcome: 'recorded' | 'already-there' | 'refused';
  readonly notes?: string[];
  readonly problem?: {
    readonly code: string;
    readonly detail: string;
    readonly fields?: { field: string; message: string }[];
  };
}

/** Writes at once: a thousand puts take about a second, and no table partition sees more than it can take. */
const WIDTH = 32;

/**
 * Takes reports one by one, each on its own account: what is wrong with one is told at its place and stops no other. Reports of the same
 * conversion are taken in their order, so the first stands and the later ones are compared with it.
 */
export async function takeBatch(raw: readonly unknown[], take: (report: ConversionReport) => Promise<Taken>) {
  const results = new Array<BatchResult>(raw.length);
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
    for (const { place, report } of group) results[place] = await resultOf(report, take);
  });
  const count = (outcome: BatchResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    recorded: count('recorded'),
    alreadyThere: count('already-there'),
    refused: count('refused'),
    results,
  };
}

async function resultOf(
  report: ConversionReport,
  take: (report: ConversionReport) => Promise<Taken>,
): Promise<BatchResult> {
  const { programId, eventType, orderId } = report;
  const named = { programId, eventType, orderId };
  try {
    const { outcome, notes } = await take(report);
    return { status: 202, outcome, ...named, ...(notes.length > 0 && { notes: [...notes] }) };
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

function refused({ kind, code, message, fields }: VisibleError): BatchResult {
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
