import type { AttributionPolicy } from '../../lib/attribution/policy.ts';
import type { CommissionPlan } from '../../lib/commission/plan.ts';
import type { PartnerType } from '../../lib/partners/partner.ts';
import type { PayoutTerms } from '../../lib/programs/program.ts';
import type { Booted } from './booted.ts';

export const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

export interface ShopOptions {
  readonly currency?: string;
  readonly timeZone?: string;
  readonly policy?: Partial<AttributionPolicy> & Pick<AttributionPolicy, 'model'>;
  readonly plan?: CommissionPlan;
  readonly payoutTerms?: Partial<PayoutTerms>;
  /** When everything is set up; before the first click of a test. */
  readonly at?: string;
}
export interface Member {
  readonly partnerId: string;
  readonly email: string;
  readonly link: string;
}
export interface Line {
  readonly sku?: string;
  readonly category?: string;
  readonly quantity?: number;
  readonly unitPriceCents: number;
  readonly discountCents?: number;
}
/** A browser: its cookie, and the click id of its last landing page. */
export interface Browser {
  cookie?: string;
  clickId?: string;
}

const EIGHT_PERCENT: CommissionPlan = {
  name: 'Eight percent',
  rules: [{ id: 'base', label: 'Everything', when: {}, pay: { kind: 'percent', rateBps: 800 } }],
};

export interface Shop {
  readonly programId: string;
  readonly currency: string;
  join(
    name: string,
    options?: { type?: PartnerType; group?: string; rail?: 'external' | 'none'; agreed?: boolean; taxForm?: boolean },
  ): Promise<Member>;
  /** Follows a partner's link; the browser remembers cookie and click id. */
  visit(browser: Browser, link: string, at: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  order(
    browser: Browser,
    orderId: string,
    at: string,
    items: readonly Line[],
    more?: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
  giveBack(
    orderId: string,
    returnId: string,
    at: string,
    lines: readonly { line: number; quantity: number }[],
    expect?: readonly number[],
  ): Promise<unknown>;
  conversion<Answer>(orderId: string): Promise<Answer>;
  balances(partnerId: string): Promise<Readonly<Record<string, number>>>;
}

/** A program with everything a partner needs to be paid, created through the API. */
export async function shop(
  { people: { owner, finance }, credentials }: Booted,
  options: ShopOptions = {},
): Promise<Shop> {
  const at = options.at ?? '2026-03-01T00:00:00.000Z';
  const currency = options.currency ?? 'USD';
  const { programId } = await owner.call<{ programId: string }>('POST', '/v1/programs', {
    at,
    body: {
      name: 'Test shop',
      currency,
      timeZone: options.timeZone ?? 'UTC',
      destinationUrl: 'https://shop.example/welcome',
      payoutTerms: {
        holdDays: 0,
        minimumCents: 0,
        agreementVersion: '1',
        taxFormRequired: false,
        ...options.payoutTerms,
      },
      policy: { lookbackDays: 30, ...(options.policy ?? { model: 'last-touch' }) },
      plan: options.plan ?? EIGHT_PERCENT,
    },
  });
  const conversions = `/v1/programs/${programId}/conversions`;
  let people = 0;
  return {
    programId,
    currency,
    async join(name, { type = 'content', group = 'default', rail = 'external', agreed = true, taxForm = true } = {}) {
      people += 1;
      const email = `${name.toLowerCase().replace(/\W+/g, '-')}-${people}-${programId}@partners.example`;
      const { partnerId } = await owner.call<{ partnerId: string }>('POST', '/v1/partners', {
        at,
        body: { name, email, type, taxFormOnFile: taxForm },
      });
      if (rail !== 'none') await finance.call('PUT', `/v1/partners/${partnerId}/payout-method`, { at, body: { rail } });
      await owner.call('POST', `/v1/programs/${programId}/enrolments`, { at, body: { partnerId, group } });
      if (agreed)
        await owner.call('POST', `/v1/programs/${programId}/enrolments/${partnerId}/agreement`, {
          at,
          body: { version: '1', acceptedBy: email },
        });
      const { link } = await owner.call<{ link: string }>('POST', '/v1/links', { at, body: { programId, partnerId } });
      return { partnerId, email, link };
    },
    async visit(browser, link, when, headers = {}) {
      const response = await fetch(`${credentials.trackingUrl}/c/${link}`, {
        redirect: 'manual',
        headers: {
          'user-agent': BROWSER,
          'x-tributary-time': when,
          ...(browser.cookie ? { cookie: browser.cookie } : {}),
          ...headers,
        },
      });
      const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
      if (cookie) browser.cookie = cookie;
      const location = response.headers.get('location');
      const clickId = location && new URL(location).searchParams.get('trb_click');
      if (clickId) browser.clickId = clickId;
      return response;
    },
    order: (browser, orderId, when, items, more = {}) =>
      owner.call('POST', '/v1/conversions', {
        at: when,
        body: {
          programId,
          orderId,
          occurredAt: when,
          currency,
          items: items.map((item, index) => ({ sku: `SKU-${index + 1}`, quantity: 1, ...item })),
          ...(browser.clickId ? { clickId: browser.clickId } : {}),
          ...more,
        },
      }),
    giveBack: (orderId, returnId, when, lines, expect) =>
      owner.call('POST', `${conversions}/sale/${encodeURIComponent(orderId)}/returns`, {
        at: when,
        body: { returnId, occurredAt: when, lines },
        ...(expect ? { expect } : {}),
      }),
    conversion: (orderId) => owner.call('GET', `${conversions}/sale/${encodeURIComponent(orderId)}`),
    async balances(partnerId) {
      const { balances } = await owner.call<{ balances: Record<string, number> }>(
        'GET',
        `/v1/programs/${programId}/partners/${partnerId}/ledger`,
      );
      return balances;
    },
  };
}
