import type {
  Amendment,
  CancellationReport,
  ChargebackReason,
  ConversionEvent,
  ConversionKey,
  ReturnReport,
} from '../tracking/conversion.ts';
import { AMENDMENT, CANCELLATION, CHARGEBACK, conversionPk, keyOfPk, RETURN } from './conversion-keys.ts';

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
  /** What an amendment sets, what that was before, and the digest of the restatement it came with. */
  readonly set?: Amendment['set'];
  readonly was?: Amendment['was'];
  readonly dg?: string;
  /** What a chargeback took back. */
  readonly c?: number;
}

/** What names an event within its conversion. */
export type EventName =
  | { readonly kind: 'return'; readonly returnId: string }
  | { readonly kind: 'cancellation' }
  | { readonly kind: 'chargeback'; readonly chargebackId: string }
  | { readonly kind: 'amendment'; readonly amendmentId: string };

/** Sort key of an event: its kind and what names it within its conversion. */
export function eventSk(event: EventName): string {
  switch (event.kind) {
    case 'return':
      return `${RETURN}${event.returnId}`;
    case 'cancellation':
      return CANCELLATION;
    case 'chargeback':
      return `${CHARGEBACK}${event.chargebackId}`;
    case 'amendment':
      return `${AMENDMENT}${event.amendmentId}`;
  }
}

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
    ...(event.kind === 'chargeback' && event.amountCents !== undefined && { c: event.amountCents }),
    ...(event.kind === 'amendment' && {
      set: event.set,
      was: event.was,
      ...(event.digest !== undefined && { dg: event.digest }),
    }),
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
  };
  if (row.sk.startsWith(AMENDMENT)) {
    const { set = {}, was = {}, dg } = row;
    const amendment = { amendmentId: row.sk.slice(AMENDMENT.length), reason: row.why as Amendment['reason'], set, was };
    return { ...said, kind: 'amendment', ...amendment, ...(dg !== undefined && { digest: dg }) };
  }
  if (row.sk.startsWith(CHARGEBACK)) {
    const chargeback = { chargebackId: row.sk.slice(CHARGEBACK.length), reason: row.why as ChargebackReason };
    return { ...said, kind: 'chargeback', ...chargeback, ...(row.c !== undefined && { amountCents: row.c }) };
  }
  if (row.sk === CANCELLATION) {
    return { ...said, kind: 'cancellation', reason: row.why as CancellationReport['reason'] };
  }
  const lines = (row.l ?? []).map(([line, quantity]) => ({ line, quantity }));
  const reason = row.why as ReturnReport['reason'];
  return { ...said, kind: 'return', reason, returnId: row.sk.slice(RETURN.length), lines };
}
