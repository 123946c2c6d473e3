import { DAY_MS } from '../../lib/time.ts';
import type { CastProgram } from './cast.ts';
import type { StoryEnrolment } from './partners.ts';
import type { Chance } from './random.ts';

export interface StoryItem {
  readonly sku: string;
  readonly category: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly discountCents: number;
}

/** One thing a shopper or their shop does. Times are epoch milliseconds. */
export type Deed =
  | { readonly kind: 'click'; readonly atMs: number; readonly enrolment: string; readonly userAgent: string }
  | {
      readonly kind: 'order';
      readonly atMs: number;
      readonly orderId: string;
      readonly eventType: 'sale' | 'lead';
      readonly items: readonly StoryItem[];
      readonly orderDiscountCents: number;
      readonly customerStatus: 'new' | 'returning';
      /** Whether the shop passes on the click id of the shopper's last click. */
      readonly tracked: boolean;
      /** Times the shop sends the very same report. */
      readonly sent: number;
    }
  | {
      readonly kind: 'return';
      readonly atMs: number;
      readonly orderId: string;
      readonly eventType: 'sale' | 'lead';
      readonly returnId: string;
      readonly lines: readonly { readonly line: number; readonly quantity: number }[];
      readonly sent: number;
    }
  | { readonly kind: 'cancel'; readonly atMs: number; readonly orderId: string; readonly eventType: 'sale' | 'lead' };

/** A person with one browser, and so one cookie, in one program's shop; deeds in order of time. */
export interface Shopper {
  readonly program: string;
  readonly deeds: readonly Deed[];
}

export const BROWSERS = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
] as const;

/** Closers: partner types that people visit right before they buy. */
const CLOSING = new Set(['coupon', 'cashback']);

function basket(program: CastProgram, random: Chance): StoryItem[] {
  return Array.from({ length: random.weighted([1, 2, 3, 4], (n) => 1 / n ** 2) }, () => {
    const product = random.weighted(program.products, (p) => p.weight);
    const quantity = random.weighted([1, 2, 3], (n) => 1 / n ** 3);
    const full = quantity * product.priceCents;
    return {
      sku: product.sku,
      category: product.category,
      quantity,
      unitPriceCents: product.priceCents,
      discountCents: random.happens(0.15) ? Math.round(full * 0.1) : 0,
    };
  });
}

const value = (items: readonly StoryItem[]) =>
  items.reduce((sum, i) => sum + i.quantity * i.unitPriceCents - i.discountCents, 0);

/** What happens to an order afterwards: most stay, some come back in part or whole, a few are cancelled before they ship. */
function aftermath(order: Extract<Deed, { kind: 'order' }>, endMs: number, random: Chance): Deed[] {
  const { orderId, eventType } = order;
  if (eventType === 'lead') return [];
  if (random.happens(0.03))
    return [{ kind: 'cancel', atMs: order.atMs + random.between(1, 20) * 3_600_000, orderId, eventType }];
  if (!random.happens(0.12)) return [];
  const atMs = order.atMs + random.between(3, 25) * DAY_MS + random.between(0, DAY_MS);
  if (atMs >= endMs) return [];
  const whole = random.happens(0.4);
  const lines = order.items
    .map((item, index) => ({ line: index + 1, quantity: whole ? item.quantity : random.between(0, item.quantity) }))
    .filter(({ quantity }) => quantity > 0);
  if (lines.length === 0) return [];
  return [
    { kind: 'return', atMs, orderId, eventType, returnId: `R-${orderId}`, lines, sent: random.happens(0.1) ? 3 : 1 },
  ];
}

/** Clicks on one to six links over some days, and perhaps an order soon after the last. */
export function shopper(from: {
  index: number;
  program: CastProgram;
  enrolments: readonly StoryEnrolment[];
  startMs: number;
  endMs: number;
  random: Chance;
}): Shopper {
  const { index, program, enrolments, startMs, endMs, random } = from;
  const userAgent = random.pick(BROWSERS);
  const buys = random.happens(0.2);
  const touches = Math.min(6, 1 + random.weighted([0, 1, 2, 3, 4, 5], (n) => 0.62 ** n));
  const deeds: Deed[] = [];
  let atMs = startMs + Math.floor(random.next() * (endMs - startMs - 12 * DAY_MS));
  for (let touch = 1; touch <= touches; touch += 1) {
    const closing = buys && touch === touches;
    const enrolment = random.weighted(enrolments, (e) => e.weight * (closing && CLOSING.has(e.type) ? 3 : 1));
    deeds.push({ kind: 'click', atMs, enrolment: enrolment.key, userAgent });
    if (touch < touches) atMs += Math.floor(random.next() ** 2 * 3 * DAY_MS) + 60_000;
  }
  if (!buys) return { program: program.key, deeds };
  const items = basket(program, random);
  const order: Extract<Deed, { kind: 'order' }> = {
    kind: 'order',
    atMs: Math.min(atMs + 90_000 + Math.floor(random.next() ** 3 * DAY_MS), endMs - 1),
    orderId: `${program.key.toUpperCase()}-${String(100_000 + index)}`,
    eventType: program.key === 'beacon' && random.happens(0.4) ? 'lead' : 'sale',
    items,
    orderDiscountCents: random.happens(0.2) ? Math.min(500, value(items)) : 0,
    customerStatus: random.happens(0.6) ? 'new' : 'returning',
    tracked: random.happens(0.94),
    sent: random.happens(0.05) ? random.between(2, 5) : 1,
  };
  return { program: program.key, deeds: [...deeds, order, ...aftermath(order, endMs, random)] };
}
