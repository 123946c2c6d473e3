import type { FieldProblem } from '../errors.ts';
import type { Conversion, ConversionEvent, ConversionReport, OrderState, ReturnReport } from './conversion.ts';
import { distinctCodes } from './distinct-codes.ts';

/** Fields of a report that are kept and can be contradicted by another report of the same conversion. */
const REPORTED = [
  'cartAt',
  'currency',
  'items',
  'orderDiscountCents',
  'clickId',
  'customerId',
  'customerStatus',
  'emailSha256',
  'country',
  'taxCents',
  'shippingCents',
  'sub1',
  'sub2',
  'sub3',
  'sub4',
  'sub5',
] as const satisfies readonly (keyof ConversionReport & keyof Conversion)[];

/**
 * The fields in which a report contradicts what is stored of the same conversion; none when it says the same again. A report that leaves
 * the time out takes the stored one: it means the moment of the first request.
 */
export function contradictions(stored: Conversion, report: ConversionReport): string[] {
  const fields: string[] = REPORTED.filter((field) => !same(stored[field], report[field]));
  const [before, now] = [distinctCodes(stored), distinctCodes(report)];
  if (!same(before, now)) fields.push(before.length > 1 || now.length > 1 ? 'couponCodes' : 'couponCode');
  if ((stored.test ?? false) !== (report.test ?? false)) fields.push('test');
  const time = report.occurredAt !== undefined && report.occurredAt !== stored.occurredAt;
  return time ? ['occurredAt', ...fields] : fields;
}

/** The same for something that happened to a conversion: a return under the same id, a second cancellation. */
export function eventContradictions(stored: ConversionEvent, report: EventReport): string[] {
  const lines = stored.kind === 'return' && !same(byLine(stored.lines), byLine(report.lines ?? []));
  const set =
    stored.kind === 'amendment' &&
    (stored.digest !== report.digest || (report.digest === undefined && !same(stored.set, report.set ?? {})));
  const amount = stored.kind === 'chargeback' && stored.amountCents !== report.amountCents;
  return [
    ...(amount ? ['amountCents'] : []),
    ...(set ? changedFields(stored.set, report.set ?? {}) : []),
    ...(report.occurredAt !== undefined && report.occurredAt !== stored.occurredAt ? ['occurredAt'] : []),
    ...(lines ? ['lines'] : []),
    ...(report.reason === stored.reason ? [] : ['reason']),
  ];
}

/** What of the report of an event can contradict the one stored under the same id. */
export interface EventReport {
  readonly occurredAt?: string | undefined;
  readonly reason: string;
  readonly lines?: ReturnReport['lines'];
  readonly amountCents?: number | undefined;
  readonly set?: Partial<OrderState>;
  readonly digest?: string;
}

function changedFields(stored: Partial<OrderState>, now: Partial<OrderState>): string[] {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(now)])] as (keyof OrderState)[];
  const changed = names.filter((name) => !same(stored[name], now[name]));
  return changed.length > 0 ? changed : ['conversions'];
}

/** What a return comes to: the units returned of each line in all, or why it cannot be. */
export type ReturnDecision =
  | { readonly outcome: 'accepted'; readonly returned: Readonly<Record<string, number>> }
  | { readonly outcome: 'cancelled' }
  | { readonly outcome: 'no-such-line' | 'more-than-bought'; readonly fields: readonly FieldProblem[] };

/** Decides a return by what was bought and what came back before. All lines are taken, or none. */
export function decideReturn(conversion: Conversion, { lines }: ReturnReport): ReturnDecision {
  if (conversion.cancelled) return { outcome: 'cancelled' };
  const unknown = lines.flatMap(({ line }, place) =>
    conversion.items[line - 1] ? [] : [problem(place, 'line', `the order has lines 1 to ${conversion.items.length}`)],
  );
  if (unknown.length > 0) return { outcome: 'no-such-line', fields: unknown };

  const returned: Record<string, number> = { ...conversion.returned };
  const tooMany: FieldProblem[] = [];
  lines.forEach(({ line, quantity }, place) => {
    const bought = conversion.items[line - 1]!.quantity;
    const before = returned[line] ?? 0;
    returned[line] = before + quantity;
    if (before + quantity > bought)
      tooMany.push(
        problem(place, 'quantity', `${bought} bought, ${before} returned before, so at most ${bought - before}`),
      );
  });
  return tooMany.length > 0 ? { outcome: 'more-than-bought', fields: tooMany } : { outcome: 'accepted', returned };
}

const problem = (place: number, field: string, message: string): FieldProblem => ({
  field: `lines[${place}].${field}`,
  message,
});

const byLine = (lines: ReturnReport['lines']) => [...lines].sort((a, b) => a.line - b.line);

/** Equal as JSON, whatever the order of fields; a field that is undefined is not there. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) as string;
}
