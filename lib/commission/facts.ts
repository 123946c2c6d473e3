import { addMonths, type Day, monthOf } from '../calendar.ts';
import { type Condition, conditionsIn } from './condition.ts';
import type { Bonus, By, CommissionPlan, CommissionRule, Per } from './plan.ts';

/** How much of something a partner has in a period. */
export interface Volume {
  /** With the orders made before this one. */
  readonly before: number;
  /** With this order alone. */
  readonly own: number;
  /** With all orders of the period, as far as they are known. */
  readonly total: number;
}

/** Which volume a ladder or a milestone asks for. */
export type VolumeName = `${By} ${Per}`;

/** The rate that a pinned rule keeps to, and the day of the order that it is from. */
export interface PinnedRate {
  readonly rateBps: number;
  readonly day: Day;
}

/** What pricing may ask about one credited partner beside the order itself. */
export interface PartnerFacts {
  readonly volumes?: { readonly [Name in VolumeName]?: Volume };
  /** Cents earned under a rule or bonus earlier in the period of its cap, by id. */
  readonly earned?: Readonly<Record<string, number>>;
  /** Milestones paid earlier in their period, by id. */
  readonly paidOnce?: ReadonlySet<string>;
  /**
   * This customer's first order that the partner is credited for: its day, and the rates that pinned rules keep to since, by rule id: that
   * of the first order, or for a rule that was not there then, or not pinned, that of the first order it priced. No rates where this order
   * is the first.
   */
  readonly first?: { readonly day: Day; readonly rates?: Readonly<Record<string, PinnedRate>> } | undefined;
}

/**
 * What pricing may ask about an order beside the order itself. All of it is derived from orders as they are stored, in the order in which
 * they were made, so it does not depend on when or in which order they were reported; see `book.ts`.
 */
export interface PricingFacts {
  /** Which order of the customer it is, from 1; absent when nothing is known of the customer. */
  readonly nthOrder?: number | undefined;
  readonly partners?: ReadonlyMap<string, PartnerFacts>;
}

/** A part of a plan that cannot be priced by looking at one order, and where it stands. */
export interface Need {
  /** `rules[2].pay`. */
  readonly field: string;
  readonly what: 'volume' | 'customer' | 'earned' | 'recruiters';
  /** What has to be known. */
  readonly sentence: string;
}

const SENTENCES: Readonly<Record<Need['what'], string>> = {
  volume: 'asks for the partner’s orders of the period',
  customer: 'asks for the customer’s earlier orders',
  earned: 'asks for what the partner earned earlier in the period',
  recruiters: 'asks who recruited the partner',
};

/** A rule, a bonus or an exclusion. */
type Partly = { readonly when: Condition } & Partial<Pick<CommissionRule, 'recurring' | 'cap'> & Pick<Bonus, 'pay'>>;

/** What a plan needs to know beside the order, part by part; nothing for a plan that prices each order by itself. */
export function needsOf(plan: CommissionPlan): Need[] {
  const needs: Need[] = [];
  const need = (field: string, what: Need['what']) => needs.push({ field, what, sentence: SENTENCES[what] });
  const { rules, exclusions = [], bonuses = [], overrides = [] } = plan;
  const lists: Record<string, readonly Partly[]> = { rules, exclusions, bonuses };
  for (const [list, entries] of Object.entries(lists)) {
    entries.forEach(({ when, pay, recurring, cap }, place) => {
      const field = `${list}[${place}]`;
      if ([...conditionsIn(when)].some(({ nthOrder }) => nthOrder)) need(`${field}.when`, 'customer');
      if (pay?.kind === 'tiers' || pay?.kind === 'milestone') need(`${field}.pay`, 'volume');
      if (recurring) need(`${field}.recurring`, 'customer');
      if (cap?.perPeriod) need(`${field}.cap.perPeriod`, 'earned');
    });
  }
  overrides.forEach((_, place) => {
    need(`overrides[${place}]`, 'recruiters');
  });
  return needs;
}

/** The period in which a day lies: `2026-03`, `2026-Q1`, `2026`. */
export function periodOf(day: Day, per: Per): string {
  const year = day.slice(0, 4);
  if (per === 'year') return year;
  return per === 'month' ? monthOf(day) : `${year}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
}

/** First day of the period in which a day lies. */
export function periodStart(day: Day, per: Per): Day {
  if (per === 'year') return `${day.slice(0, 4)}-01-01`;
  if (per === 'month') return `${monthOf(day)}-01`;
  const quarter = Math.ceil(Number(day.slice(5, 7)) / 3);
  return `${day.slice(0, 4)}-${String(quarter * 3 - 2).padStart(2, '0')}-01`;
}

/** Whether a day lies in the months that begin with another: 12 months from 2026-01-31 end before 2027-01-31. */
export const withinMonths = (first: Day, months: number, day: Day): boolean =>
  first <= day && day < addMonths(first, months);
