import { decimal } from '../money.ts';
import type { Notice } from './notices.ts';

/** What a URL template may ask for, and what stands there then. Amounts are decimals of the currency: `12.40`. */
export const MACROS = {
  event: 'Type of the event, e.g. `commission.earned`',
  event_id: 'Id of the event, the same at every attempt',
  time: 'When it happened, ISO 8601',
  status: '`pending`, `adjusted`, `reversed`, `approved`, `in-payout`, `paid`, `failed`',
  partner: 'Id of the partner',
  program: 'Id of the program',
  order_id: 'The order, as the brand reported it',
  click_id: 'The click id of the order, where the click was this partner’s',
  transaction_id: 'The same as `click_id`, by the name that trackers give it',
  sub1: 'First sub-id of the click',
  sub2: 'Second sub-id of the click',
  sub3: 'Third sub-id of the click',
  sub4: 'Fourth sub-id of the click',
  sub5: 'Fifth sub-id of the click',
  sale_amount: 'What the order was worth when it was made',
  payout: 'The partner’s commission for the order now; with payments, the amount paid',
  payout_before: 'The commission before this change',
  payout_change: 'By how much it changed; negative when something came back',
  currency: 'ISO 4217 code of the amounts',
  reason: 'Why a commission changed or a payment failed',
  flags: 'What the order is flagged with, e.g. `late,duplicate-suspect`',
} as const;
type Macro = keyof typeof MACROS;

const PLACE = /\{([^{}]*)\}/g;
const isMacro = (name: string): name is Macro => Object.hasOwn(MACROS, name);

/**
 * Why a text is no URL template; nothing when it is one. Macros stand in the query alone: a value in a path could step out of its
 * segment (`..`), and one in the host would say where the request goes.
 */
export function whyNotTemplate(template: string): string | undefined {
  const known = Object.keys(MACROS).join(', ');
  const unknown = [...template.matchAll(PLACE)].map(([, name = '']) => name).filter((name) => !isMacro(name));
  if (unknown.length > 0) return `knows no {${unknown[0]}}; the macros are ${known}`;
  const [beforeQuery = ''] = template.split('?');
  if (/[{}]/.test(beforeQuery) || /[{}]/.test(template.split('#')[1] ?? '')) return 'may have macros in the query only';
  if (/[{}]/.test(template.replace(PLACE, ''))) return 'has a brace that closes or opens nothing';
  return undefined;
}

/** The URL for an event: every macro replaced by its percent-encoded value, by nothing where the event has none. */
export function fillTemplate(template: string, notice: Notice): string {
  const values = valuesOf(notice);
  return template.replace(PLACE, (_, name: string) => (isMacro(name) ? encode(values[name] ?? '') : ''));
}

/** Everything but letters, digits and `-._~`, so that no value reads as part of the address around it. Lone surrogates become U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const flagNames = (flags: unknown): string | undefined =>
  Array.isArray(flags) && flags.length > 0 ? flags.map(({ flag }: { flag: string }) => flag).join(',') : undefined;

const STATUS: Partial<Record<Notice['type'], string>> = {
  'commission.earned': 'pending',
  'commission.payable': 'approved',
  'commission.adjusted': 'adjusted',
  'payout.reserved': 'in-payout',
  'payout.paid': 'paid',
  'payout.failed': 'failed',
};

function valuesOf({ id, type, at, data }: Notice): Partial<Record<Macro, string>> {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  const money = (cents: unknown) =>
    typeof cents === 'number' && text('currency') !== undefined ? decimal(cents, text('currency')!) : undefined;
  const previous = data.previous as Readonly<Record<string, unknown>> | undefined;
  const status = type === 'commission.changed' ? (data.commissionCents === 0 ? 'reversed' : 'adjusted') : STATUS[type];
  const values: { readonly [Name in Macro]: string | undefined } = {
    event: type,
    event_id: id,
    time: at,
    status,
    partner: text('partnerId'),
    program: text('programId'),
    order_id: text('orderId'),
    click_id: text('clickId'),
    transaction_id: text('clickId'),
    sub1: text('sub1'),
    sub2: text('sub2'),
    sub3: text('sub3'),
    sub4: text('sub4'),
    sub5: text('sub5'),
    sale_amount: money(data.saleCents),
    payout: money(data.commissionCents ?? data.amountCents),
    payout_before: money(previous?.commissionCents),
    payout_change: money(data.changeCents),
    currency: text('currency'),
    reason: text('reason'),
    flags: flagNames(data.flags),
  };
  return values as Partial<Record<Macro, string>>;
}
