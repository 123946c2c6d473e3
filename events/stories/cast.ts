import type { AttributionPolicy } from '../../lib/attribution/policy.ts';
import type { CommissionPlan } from '../../lib/commission/plan.ts';
import type { PartnerType } from '../../lib/partners/partner.ts';
import type { PayoutTerms } from '../../lib/programs/program.ts';

/** A thing the shop sells, and how often. */
export interface Product {
  readonly sku: string;
  readonly category: string;
  readonly priceCents: number;
  readonly weight: number;
}

export interface CastProgram {
  readonly key: string;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly destinationUrl: string;
  readonly policy: AttributionPolicy;
  readonly terms: PayoutTerms;
  /** The plan, given the first and last day of the story's second month, in which the season falls. */
  plan(season: { readonly from: string; readonly to: string }): CommissionPlan;
  readonly products: readonly Product[];
  /** Share of the story's shoppers. */
  readonly weight: number;
}

const percent = (id: string, label: string, rateBps: number, when: CommissionPlan['rules'][number]['when'] = {}) => ({
  id,
  label,
  when,
  pay: { kind: 'percent' as const, rateBps },
});

export const PROGRAMS: readonly CastProgram[] = [
  {
    key: 'alder',
    name: 'Alder Footwear',
    currency: 'USD',
    timeZone: 'America/New_York',
    destinationUrl: 'https://www.alder-footwear.example/welcome?ref=partners',
    policy: { model: 'position-based', lookbackDays: 30, weightsBps: { first: 4000, middle: 2000, last: 4000 } },
    terms: { holdDays: 14, minimumCents: 2500, agreementVersion: '2', taxFormRequired: true },
    plan: (season) => ({
      name: 'Alder partner rates',
      rules: [
        percent('boots-season', 'Boots, seasonal uplift', 1200, { categories: ['boots'], ...season }),
        percent('gold-shoes', 'Shoes and boots, gold group', 1000, {
          categories: ['shoes', 'boots'],
          groups: ['gold'],
        }),
        percent('shoes', 'Shoes and boots', 800, { categories: ['shoes', 'boots'] }),
        percent('accessories', 'Accessories', 400, { categories: ['accessories'] }),
      ],
    }),
    products: [
      { sku: 'ALD-RUN-01', category: 'shoes', priceCents: 12_900, weight: 5 },
      { sku: 'ALD-CITY-07', category: 'shoes', priceCents: 9_950, weight: 6 },
      { sku: 'ALD-BOOT-03', category: 'boots', priceCents: 18_900, weight: 3 },
      { sku: 'ALD-SOCK-3P', category: 'accessories', priceCents: 1_695, weight: 4 },
      { sku: 'ALD-GIFT-50', category: 'gift-cards', priceCents: 5_000, weight: 1 },
    ],
    weight: 5,
  },
  {
    key: 'beacon',
    name: 'Beacon Invoicing',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    destinationUrl: 'https://beacon-invoicing.example/start',
    policy: { model: 'last-touch', lookbackDays: 60 },
    terms: { holdDays: 7, minimumCents: 5000, agreementVersion: '1', taxFormRequired: true },
    plan: () => ({
      name: 'Beacon partner rates',
      rules: [
        {
          id: 'lead',
          label: 'Qualified trial',
          when: { eventTypes: ['lead'] },
          pay: { kind: 'flat', amountCents: 1500 },
        },
        percent('reseller', 'Subscription, resellers and technology partners', 3000, {
          partnerTypes: ['reseller', 'technology'],
        }),
        percent('subscription', 'Subscription', 2000),
      ],
    }),
    products: [
      { sku: 'BCN-SOLO-Y', category: 'subscription', priceCents: 10_800, weight: 6 },
      { sku: 'BCN-TEAM-Y', category: 'subscription', priceCents: 34_800, weight: 3 },
      { sku: 'BCN-SETUP', category: 'services', priceCents: 19_900, weight: 1 },
    ],
    weight: 2,
  },
  {
    key: 'cove',
    name: 'Cove Coffee Roasters',
    currency: 'GBP',
    timeZone: 'Europe/London',
    destinationUrl: 'https://covecoffee.example/shop#featured',
    policy: { model: 'position-based', lookbackDays: 14, weightsBps: { first: 3000, middle: 4000, last: 3000 } },
    terms: { holdDays: 0, minimumCents: 1000, agreementVersion: '1', taxFormRequired: false },
    plan: (season) => ({
      name: 'Cove partner rates',
      rules: [
        percent('gift-season', 'Gift boxes, seasonal uplift', 1500, { categories: ['gifts'], ...season }),
        percent('new-customer', 'First order of a customer', 1200, { customerStatus: 'new' }),
        percent('coffee', 'All orders', 700),
      ],
    }),
    products: [
      { sku: 'COV-BEAN-1K', category: 'coffee', priceCents: 2_850, weight: 6 },
      { sku: 'COV-BEAN-250', category: 'coffee', priceCents: 895, weight: 7 },
      { sku: 'COV-GIFT-BOX', category: 'gifts', priceCents: 4_200, weight: 2 },
      { sku: 'COV-DRIP', category: 'equipment', priceCents: 3_150, weight: 1 },
    ],
    weight: 3,
  },
];

/** Eight partners of every type; the place in the list decides how much traffic one brings (the first most). */
export const PARTNER_NAMES: Readonly<Record<PartnerType, readonly string[]>> = {
  content: [
    'Trailhead Review',
    'The Slow Cup',
    'Ledger Notes',
    'City Miles',
    'Kitchen Table Mag',
    'Freelance Field Guide',
    'Soles & Stories',
    'Morning Grind Blog',
  ],
  coupon: [
    'CouponHarbor',
    'Code Cabin',
    'SaveStack',
    'DealDrawer',
    'Promo Pantry',
    'Checkout Clips',
    'Voucher Vale',
    'ClickRiver Deals',
  ],
  cashback: [
    'PennyBack',
    'Return Club',
    'Cashmere Rewards',
    'Loop Loyalty',
    'Kickback Co-op',
    'Stack & Save',
    'Basketback',
    'Rebate Row',
  ],
  creator: [
    'Mina Okafor',
    'Jonas on Foot',
    'Brew With Bea',
    'Tomás Runs',
    'Ledger Lena',
    'Ravi Reviews',
    'Studio Sanne',
    'Pip and Parcel',
  ],
  referral: [
    'Ada Lindqvist',
    'Bruno Costa',
    'Chidi Eze',
    'Dana Novak',
    'Eli Brandt',
    'Farah Aziz',
    'Gus Petrov',
    'Hana Sato',
  ],
  reseller: [
    'Northside Outfitters',
    'Kontor & Söhne',
    'Fairway Supply',
    'Bureau Vert',
    'Harbour Wholesale',
    'Officina Nova',
    'Summit Traders',
    'Quay Street Stores',
  ],
  technology: [
    'TaxPilot',
    'ShopBridge',
    'Receiptly',
    'FitSync',
    'Cartwright Apps',
    'PayLark',
    'RouteMate',
    'Beanstock POS',
  ],
  'co-marketing': [
    'Runners Union',
    'Guild of Freelancers',
    'Slow Food Circle',
    'Alpine Club News',
    'Makers Market',
    'Campus Card',
    'Parents Post',
    'Commute Weekly',
  ],
};

/** The partner that floods clicks, sends bots and reports orders with click ids of its own making. */
export const HOSTILE_PARTNER = 'ClickRiver Deals';
/** Partners the payout gate must stop, and why. */
export const WITHOUT_AGREEMENT = 'Voucher Vale';
export const WITHOUT_TAX_FORM = 'Rebate Row';
export const WITHOUT_PAYOUT_METHOD = 'Hana Sato';
/** A managed partner: mail goes to the person who looks after it. */
export const MANAGED_PARTNER = 'Trailhead Review';
