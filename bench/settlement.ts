import { performance } from 'node:perf_hooks';
import { story } from '../events/stories/story.ts';
import { attribute } from '../lib/attribution/attribute.ts';
import { credit } from '../lib/attribution/credit.ts';
import type { Touch } from '../lib/attribution/journey.ts';
import { journeyOf } from '../lib/attribution/journey.ts';
import { AttributionPolicy } from '../lib/attribution/policy.ts';
import { accrue } from '../lib/commission/accrue.ts';
import { difference } from '../lib/commission/difference.ts';
import type { AccrualLine, Journal } from '../lib/ledger/journal.ts';
import { post } from '../lib/ledger/post.ts';
import type { PartnerType } from '../lib/partners/partner.ts';
import { instant } from '../lib/time.ts';
import type { Conversion } from '../lib/tracking/conversion.ts';
import { median, round, type Section } from './figures.ts';

const ROUNDS = 5;
/** Lines that share a journal, about as many as one settlement transaction posts for a busy partner. */
const LINES_A_JOURNAL = 20;

/** The story's orders with their touches, as the settlement job loads them. */
function workload() {
  const told = story(11, '2026-03-01', { shoppers: 30_000, flood: 0 });
  const enrolment = new Map(told.enrolments.map((e) => [e.key, e]));
  return told.shoppers.flatMap(({ program, deeds }) => {
    const order = deeds.find((deed) => deed.kind === 'order');
    if (!order) return [];
    const cast = told.programs.find(({ key }) => key === program)!;
    const touches = deeds.flatMap((deed, index): Touch[] =>
      deed.kind === 'click'
        ? [
            {
              touchId: String(index),
              kind: 'click' as const,
              partnerId: enrolment.get(deed.enrolment)!.partner,
              link: deed.enrolment,
              at: instant(deed.atMs),
            },
          ]
        : [],
    );
    const conversion: Conversion = {
      brandId: 'brd_bench0',
      programId: program,
      eventType: order.eventType,
      orderId: order.orderId,
      occurredAt: instant(order.atMs),
      receivedAt: instant(order.atMs),
      currency: cast.currency,
      items: order.items,
      orderDiscountCents: order.orderDiscountCents,
      customerStatus: order.customerStatus,
      returned: {},
      revision: 1,
      posted: {},
    };
    return [{ conversion, touches, cast, plan: cast.plan(told.season) }];
  });
}

const MODELS = ['last-touch', 'first-touch', 'linear', 'position-based', 'time-decay'] as const;
/** Every rule at once, so that the figure is the slowest a policy can make it. */
const RULES = {
  lookbackDaysByType: { coupon: 7 },
  priority: { nonPreferred: ['cashback'] },
  lateTouch: { withinSeconds: 3_600, mostBps: 2_000 },
  assistBonus: { pay: { kind: 'percent', rateBps: 50 }, mostCents: 500 },
};

/** Journeys to credits a second, by every model in turn: alone, or under every rule. */
function creditsPerSecond(
  work: ReturnType<typeof workload>,
  types: ReadonlyMap<string, PartnerType>,
  rules: object,
): number {
  const policies = MODELS.map((model) => AttributionPolicy.parse({ model, ...rules }));
  const typeOf = (partnerId: string) => types.get(partnerId);
  const started = performance.now();
  for (const policy of policies) {
    for (const { conversion, touches } of work) {
      const { occurredAt } = conversion;
      attribute(journeyOf(touches, occurredAt, policy), policy, { typeOf, occurredAt });
    }
  }
  return (work.length * policies.length) / ((performance.now() - started) / 1000);
}

/** Journey, credits, pricing, difference and journals of every order, in memory: what settlement decides, without what it reads and writes. */
export function settlementCore(): Section {
  const work = workload();
  const told = story(11, '2026-03-01', { shoppers: 1, flood: 0 });
  const traits = new Map(told.enrolments.map((e) => [e.partner, { group: e.group, type: e.type }]));
  const run = () => {
    const waiting = new Map<string, { lines: AccrualLine[]; head?: Journal }>();
    let journals = 0;
    for (const { conversion, touches, cast, plan } of work) {
      const policy = { version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z', policy: cast.policy };
      const credits = credit(journeyOf(touches, conversion.occurredAt, cast.policy), cast.policy);
      const desired = accrue({
        conversion,
        credits,
        plan: { version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z', plan },
        policy,
        partners: traits,
        terms: cast.terms,
        timeZone: cast.timeZone,
      });
      const { lines } = difference(conversion, desired, { model: cast.policy.model, policyVersion: 1, planVersion: 1 });
      for (const [partnerId, line] of lines) {
        const chain = `${conversion.programId} ${partnerId}`;
        const open = waiting.get(chain) ?? { lines: [] };
        open.lines.push(line);
        waiting.set(chain, open);
        if (open.lines.length < LINES_A_JOURNAL) continue;
        const key = {
          brandId: conversion.brandId,
          programId: conversion.programId,
          partnerId,
          currency: conversion.currency,
        };
        const head = post(
          open.head,
          key,
          { kind: 'accrual', lines: open.lines, today: '2026-05-02' },
          { at: '2026-05-02T00:00:00.000Z', recordedAt: '2026-05-02T00:00:00.000Z', actor: 'bench' },
        );
        waiting.set(chain, { lines: [], ...(head ? { head } : {}) });
        journals += 1;
      }
    }
    return journals;
  };
  run();
  const rates = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    run();
    return work.length / ((performance.now() - started) / 1000);
  });
  const types = new Map([...traits].map(([partnerId, { type }]) => [partnerId, type]));
  const credited = (rules: object) => {
    creditsPerSecond(work, types, rules);
    return Math.round(median(Array.from({ length: ROUNDS }, () => creditsPerSecond(work, types, rules))));
  };
  return {
    title: 'Settlement, the pure core',
    figures: [
      {
        key: 'settlement.conversionsPerSecond',
        value: Math.round(median(rates)),
        unit: '/s',
        what: `journey to journal, ${work.length} orders, one thread`,
      },
      {
        key: 'settlement.creditsPerSecond',
        value: credited({}),
        unit: '/s',
        what: 'journey to credits, mean of the five models, one thread',
      },
      {
        key: 'settlement.creditsUnderRulesPerSecond',
        value: credited(RULES),
        unit: '/s',
        what: 'the same with look-backs by type, priority, coupon rule and assist bonus',
      },
      {
        key: 'settlement.touchesPerConversion',
        value: round(work.reduce((sum, { touches }) => sum + touches.length, 0) / work.length),
        unit: '',
        what: 'mean touches of a journey',
      },
    ],
    notes: [`${ROUNDS} rounds, median. Reading and writing are counted in units, below.`],
  };
}
