import type { ConversionEvent, ConversionKey, ReturnReport } from '../tracking/conversion.ts';
import { CANCELLATION, conversionPk, keyOfPk, RETURN } from './conversion-keys.ts';

/** What happened to a conversion, as it lies beside it in the table. Written once. */
interface EventRow {
  readonly pk: string;
  readonly sk: string;
  readonly t: string;
  readonly rt: string;
  readonly by: string;
  readonly rev: number;
  readonly why: string;
  /** Line and quantity, of a return. */
  readonly l?: readonly (readonly [line: number, quantity: number])[];
}

/** Sort key of an event: its kind and what names it within its conversion. */
export const eventSk = (event: { kind: 'return'; returnId: string } | { kind: 'cancellation' }): string =>
  event.kind === 'return' ? `${RETURN}${event.returnId}` : CANCELLATION;

/** The item of something that happened to a conversion. */
export function eventRow(key: ConversionKey, event: ConversionEvent): EventRow {
  return {
    pk: conversionPk(key),
    sk: eventSk(event),
    t: event.occurredAt,
    rt: event.receivedAt,
    by: event.reportedBy,
    rev: event.revision,
    why: event.reason,
    ...(event.kind === 'return' && { l: event.lines.map(({ line, quantity }) => [line, quantity] as const) }),
  };
}

/** What happened to a conversion, of an unmarshalled item that is not one. */
export function toConversionEvent(item: Readonly<Record<string, unknown>>): ConversionEvent & ConversionKey {
  const row = item as unknown as EventRow;
  const said = {
    ...keyOfPk(row.pk),
    occurredAt: row.t,
    receivedAt: row.rt,
    reportedBy: row.by,
    revision: row.rev,
    reason: row.why as ReturnReport['reason'],
  };
  if (row.sk === CANCELLATION) return { ...said, kind: 'cancellation' };
  const lines = (row.l ?? []).map(([line, quantity]) => ({ line, quantity }));
  return { ...said, kind: 'return', returnId: row.sk.slice(RETURN.length), lines };
}
