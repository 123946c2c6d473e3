import { VisibleError } from '../errors.ts';
import type { Adjusted } from '../store/conversion-adjustments.ts';
import { contradiction } from './conversion-intake.ts';

interface Named {
  readonly eventType: string;
  readonly orderId: string;
}

/** What a change of a conversion came to, when it was taken; refuses what the facts do not allow. `missing` tells why there is none. */
export async function taken(
  adjusted: Adjusted,
  { eventType, orderId }: Named,
  contradictionCode: string,
  missing: () => Promise<VisibleError>,
): Promise<Extract<Adjusted, { outcome: 'recorded' | 'already-there' | 'unchanged' | 'different' }>> {
  const name = `${eventType} ${orderId}`;
  switch (adjusted.outcome) {
    case 'no-such-conversion':
      throw await missing();
    case 'cancelled':
      throw new VisibleError('conflict', 'conversion-cancelled', `${name} was cancelled; nothing of it can change.`);
    case 'no-such-line':
      throw new VisibleError('refused', 'no-such-line', `${name} has no such line.`, adjusted.fields);
    case 'more-than-bought':
      throw new VisibleError(
        'refused',
        'more-returned-than-bought',
        `More of ${name} would have come back than was bought; nothing was changed.`,
        adjusted.fields,
      );
    case 'less-than-returned':
      throw new VisibleError(
        'refused',
        'less-than-returned',
        `Less of ${name} would be left than came back; nothing was changed.`,
        adjusted.fields,
      );
    case 'discount-exceeds-order':
      throw new VisibleError(
        'refused',
        'discount-exceeds-order',
        `The discount on ${name} would exceed its lines; nothing was changed.`,
        adjusted.fields,
      );
    case 'fixed':
      throw new VisibleError(
        'refused',
        'cannot-be-restated',
        `${name} was reported with another ${adjusted.differences.join(' and ')}, which stays as it was; nothing was changed. Cancel the order and report a new one instead.`,
        adjusted.differences.map((field) => ({ field, message: 'stays as it was first reported' })),
      );
    case 'different':
      throw contradiction(contradictionCode, `${name} has this already, with other facts`, adjusted.differences);
    default:
      return adjusted;
  }
}
