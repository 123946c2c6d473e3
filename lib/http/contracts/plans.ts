import * as z from 'zod';
import { CountryField, GroupField, PARTNER_TYPES, PartnerId } from '../../partners/partner.ts';
import { DayField, InstantField, LineField, ProgramId } from '../../programs/program.ts';
import { EventType } from '../../tracking/conversion.ts';
import type { Contracts } from '../contract.ts';
import { asBody, plan, planExample } from './programs.ts';

const params = z.strictObject({ programId: ProgramId });
const whole = (most: number) => z.coerce.number().int().min(0).max(most);

const Finding = z
  .object({
    code: z.string().describe('Stable, to branch on: `unreachable`, `gap`, `over-100`, …'),
    severity: z.enum(['error', 'warning', 'info']),
    rule: z.string().optional().describe('Rule, bonus or exclusion it is about; absent for the plan as a whole'),
    sentence: z.string(),
    fix: z.string(),
  })
  .meta({ id: 'PlanFinding' });

const sums = {
  orders: z.int().describe('Orders with a difference'),
  beforeCents: z.int(),
  afterCents: z.int(),
  differenceCents: z.int(),
};
const Sums = z.object(sums);

export const plansContracts = {
  getPlanDocument: {
    params,
    query: z.strictObject({
      version: z.coerce.number().int().min(1).max(999_999).optional().describe('The version in force when left out'),
      at: InstantField.optional().describe('The version in force then; the time of the request when left out'),
    }),
    answer: z.string(),
    status: 200,
    media: ['text/markdown'],
  },
  lintPlan: {
    params,
    body: z.strictObject({ plan }),
    yaml: asBody,
    answer: z.object({ findings: z.array(Finding) }),
    status: 200,
    repeat: 'natural',
    examples: {
      body: { plan: planExample },
      answer: {
        findings: [
          {
            code: 'unreachable',
            severity: 'error',
            rule: 'shoes-uplift',
            sentence:
              'Shoes, spring uplift never prices anything: whatever it matches is matched by Everything (base) before it.',
            fix: 'Put shoes-uplift above base, or remove it.',
          },
        ],
      },
    },
  },
  simulatePlan: {
    params,
    body: z
      .strictObject({
        plan,
        from: DayField.describe('First day of the window, included, in the program’s time zone'),
        to: DayField.describe('Last day of the window, included; at most 92 days after the first'),
      })
      .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not lie before from' })
      .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= 92 * 86_400_000, {
        path: ['to'],
        message: 'must lie at most 92 days after from',
      }),
    yaml: asBody,
    answer: z.object({
      orders: z.int().describe('Orders of the window that were priced: settled ones that somebody is credited for'),
      unsettled: z.int().describe('Orders of the window that wait to be settled, and are left out'),
      total: Sums,
      partners: z
        .array(z.object({ partnerId: z.string(), ...sums }))
        .describe('Largest differences first, at most 100'),
      types: z.array(z.object({ type: z.string(), ...sums })),
      rules: z.array(z.object({ rule: z.string(), ...sums })).describe('By rule id, of either plan'),
    }),
    status: 200,
    repeat: 'natural',
    refusals: {
      'too-many-orders':
        'the window, with what tiers and customers look back to, has more than 5,000 orders; take a shorter one',
    },
    examples: {
      body: { plan: planExample, from: '2026-03-01', to: '2026-03-31' },
      answer: {
        orders: 1,
        unsettled: 0,
        total: { orders: 1, beforeCents: 1000, afterCents: 1200, differenceCents: 200 },
        partners: [
          { partnerId: 'ptr_01kp3q8z4m7yc2hd', orders: 1, beforeCents: 1000, afterCents: 1200, differenceCents: 200 },
        ],
        types: [{ type: 'content', orders: 1, beforeCents: 1000, afterCents: 1200, differenceCents: 200 }],
        rules: [
          { rule: 'base', orders: 1, beforeCents: 1000, afterCents: 0, differenceCents: -1000 },
          { rule: 'shoes-uplift', orders: 1, beforeCents: 0, afterCents: 1200, differenceCents: 1200 },
        ],
      },
    },
  },
  getRate: {
    params,
    query: z.strictObject({
      at: InstantField.optional().describe('When the customer orders; the time of the request when left out'),
      partnerId: PartnerId.optional().describe('Whose group, tier and type count, as they were then'),
      partnerType: z.enum(PARTNER_TYPES).optional().describe('Instead of a partner'),
      group: GroupField.optional(),
      tier: GroupField.optional(),
      sku: LineField(64).optional(),
      category: LineField(60).optional(),
      quantity: whole(100_000).pipe(z.int().min(1)).optional().describe('1 when left out'),
      unitPriceCents: whole(1_000_000_000).optional().describe('Minor units; 10000 when left out'),
      eventType: EventType.optional(),
      customerStatus: z.enum(['new', 'returning']).optional(),
      couponCode: LineField(40).optional(),
      country: CountryField.optional(),
      link: LineField(64).optional(),
    }),
    answer: z.object({
      at: z.string(),
      planVersion: z.int(),
      currency: z.string(),
      amountCents: z.int().describe('What the sale counts'),
      cents: z.int().describe('What it would earn'),
      parts: z.array(
        z.object({
          rule: z.string(),
          label: z.string(),
          rateBps: z.int().optional(),
          flatCents: z.int().optional(),
          baseCents: z.int(),
          cents: z.int(),
          explanation: z.string(),
        }),
      ),
      explanation: z.string(),
      assumes: z
        .array(z.string())
        .describe('What was taken for given where the plan asks for more than one sale tells'),
    }),
    status: 200,
    examples: {
      answer: {
        at: '2026-03-29T10:00:00.000Z',
        planVersion: 1,
        currency: 'EUR',
        amountCents: 10_000,
        cents: 1200,
        parts: [
          {
            rule: 'shoes-uplift',
            label: 'Shoes, spring uplift',
            rateBps: 1200,
            baseCents: 10_000,
            cents: 1200,
            explanation: 'Shoes, spring uplift: 12 % of 100.00 EUR is 12.00 EUR.',
          },
        ],
        explanation:
          'Shoes, spring uplift: 12 % of 100.00 EUR is 12.00 EUR. Counted with version 1 of the commission plan. This earns 12.00 EUR.',
        assumes: [],
      },
    },
  },
} satisfies Contracts<'getPlanDocument' | 'lintPlan' | 'simulatePlan' | 'getRate'>;
