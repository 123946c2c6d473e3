import { VisibleError } from '../errors.ts';
import type { ConversionReport } from '../tracking/conversion.ts';
import { mapByNames, readOrderRows } from '../tracking/order-csv.ts';
import { ordersOf } from '../tracking/order-file.ts';
import { takeBatch } from './conversion-batch.ts';
import type { Taken } from './conversion-intake.ts';

const MOST_ORDERS = 5_000;

/**
 * Takes the orders of a CSV file, whose columns are found by the names they have. Every order ends in one outcome with the lines it stands
 * on; a file that cannot be read at all is refused whole.
 */
export async function takeUpload(
  text: string,
  {
    programId,
    ...said
  }: { readonly programId: string; readonly eventType: string; readonly zone?: string | undefined },
  take: (report: ConversionReport) => Promise<Taken>,
  onFault: (message: string, error: unknown) => void,
) {
  const read = readOrderRows(text);
  if ('problem' in read) throw refusal('not-csv', `cannot be read as CSV: ${read.problem}`);
  const { header, rows } = read;
  const mapped = mapByNames(header, said);
  if ('missing' in mapped) {
    const needed = mapped.missing.map(({ column, names }) => `${column} (${names.join(', ')})`).join('; ');
    throw refusal('columns-missing', `has no column for ${needed}; it has: ${header.join(', ').slice(0, 500)}`);
  }
  const orders = ordersOf(mapped.map, programId, rows);
  if (orders.length > MOST_ORDERS)
    throw refusal('too-many-orders', `has ${orders.length} orders; send at most ${MOST_ORDERS}`);
  const ready = orders.filter((order) => order.kind === 'ready');
  const taken = (
    await takeBatch(
      ready.map(({ report }) => report),
      take,
      onFault,
    )
  ).results;
  const results = orders.map((order) => {
    const { lines } = order;
    if (order.kind === 'ready') {
      const { status, outcome, notes, problem } = taken[ready.indexOf(order)]!;
      return { lines: [...lines], orderId: order.report.orderId, status, outcome, notes, problem };
    }
    const reasons = order.kind === 'refused' ? order.reasons : [order.reason];
    return {
      lines: [...lines],
      orderId: order.kind === 'refused' ? order.orderId : '',
      status: 400,
      outcome: 'refused' as const,
      problem: { code: 'invalid-fields', detail: reasons.join('; '), fields: reasons.map(fieldOf) },
    };
  });
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  return {
    rows: rows.length,
    recorded: count('recorded'),
    alreadyThere: count('already-there'),
    refused: count('refused'),
    columns: mapped.columns,
    results,
  };
}

/** `items[0].unitPriceCents: “ten” is not an amount` → its two parts. */
function fieldOf(reason: string) {
  const at = reason.indexOf(': ');
  return { field: reason.slice(0, at), message: reason.slice(at + 2) };
}

function refusal(code: string, message: string): VisibleError {
  return new VisibleError('invalid', code, `The file ${message}.`, [{ field: 'body', message }]);
}
