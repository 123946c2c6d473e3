import { hash } from 'node:crypto';
import type { Conversion } from './conversion.ts';
import { orderCents } from './order-amount.ts';

/**
 * What an order is recognised by when it is told twice under two names: its type, amount and currency together with the customer's id, the
 * hash of the address, and the click, a hash for each of the three. Two orders are alike when one of the three hashes is the same.
 *
 * The mark rests on the first report and never changes, so amendments and the order of delivery make no difference. It stands in the key of
 * the day index, where a few kilobytes tell of a hundred orders; hence 48 bits a hash.
 */
export type OrderMark = string;

const HASH = 8;
const NOTHING = '-'.repeat(HASH);
/** Characters of a mark; every mark has as many. */
export const MARK_LENGTH = 3 * HASH;

type Marked = Pick<Conversion, 'eventType' | 'currency' | 'items' | 'orderDiscountCents'> &
  Pick<Conversion, 'customerId' | 'emailSha256' | 'clickId' | 'clickIdRefused' | 'test'>;

/** The mark of an order as it is first stored; none for a trial, and for one that names nobody. */
export function markOf(order: Marked): OrderMark | undefined {
  const { eventType, currency, customerId, emailSha256, clickId, clickIdRefused, test } = order;
  if (test) return undefined;
  const cents = orderCents(order);
  const hashed = (who: string | undefined) =>
    who === undefined
      ? NOTHING
      : hash('sha256', JSON.stringify([eventType, currency, cents, who]), 'base64url').slice(0, HASH);
  // A click id that was refused is anybody's text, the same in every order of a broken page.
  const mark = [customerId, emailSha256, clickIdRefused ? undefined : clickId].map(hashed).join('');
  return mark === NOTHING.repeat(3) ? undefined : mark;
}

/** What two orders that are alike have in common: the hashes of a mark with their places, those of nothing left out. */
export function traitsOf(mark: OrderMark): string[] {
  return [0, 1, 2].flatMap((place) => {
    const part = mark.slice(place * HASH, (place + 1) * HASH);
    return part === NOTHING ? [] : [`${place}${part}`];
  });
}
