import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { dayIn } from '../../lib/calendar.ts';
import { lint } from '../../lib/commission/lint.ts';
import { planDocument } from '../../lib/commission/plan-document.ts';
import { quote } from '../../lib/commission/rate.ts';
import { historyFrom, historyThrough } from '../../lib/commission/settles.ts';
import { simulate } from '../../lib/commission/simulate.ts';
import { VisibleError } from '../../lib/errors.ts';
import { plansContracts } from '../../lib/http/contracts/plans.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { reply } from '../../lib/http/reply.ts';
import { missing } from '../../lib/http/revision.ts';
import { standingAt } from '../../lib/partners/enrolment.ts';
import { inForceAt } from '../../lib/programs/program.ts';
import { paysRecruiters, withRecruiters } from '../../lib/settlement/traits.ts';
import { conversions as conversionStore } from '../../lib/store/conversions.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';
import { inProgramCurrency, ordersOf, replayable } from '../../lib/store/order-history.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { terms as termStore } from '../../lib/store/terms.ts';

/** What a plan says, whether it looks right, and what it would pay. Nothing here changes anything. */
const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const terms = termStore(client, table);
const partners = partnerStore(client, table);
const enrolments = enrolmentStore(client, table);
const fx = fxRates(client, table);
const orders = conversionStore(client, env('conversionsTable'));

/** What is read and priced twice while the caller waits. */
const MOST_ORDERS = 5_000;

const getPlanDocument = operation(plansContracts.getPlanDocument, async ({ params, query, who, at }) => {
  const program = await existing(who.brandId, params.programId);
  const plans = await terms.plans(who.brandId, program.programId);
  const { version } = query;
  const plan =
    version === undefined ? inForceAt(plans, query.at ?? at) : plans.find((each) => each.version === version);
  if (!plan) throw missing('plan', `${program.programId}/plans/${version ?? ''}`);
  return reply({ headers: { 'content-type': 'text/markdown; charset=utf-8' }, body: planDocument(plan, program) });
});

const lintPlan = operation(plansContracts.lintPlan, async ({ params, body, who, at }) => {
  const { programId, timeZone, currency } = await existing(who.brandId, params.programId);
  const policy = inForceAt(await terms.policies(who.brandId, programId), at)?.policy;
  return { findings: lint(body.plan, { today: dayIn(at, timeZone), currency, policy }) };
});

const simulatePlan = operation(plansContracts.simulatePlan, async ({ params, body, who }) => {
  const { brandId } = who;
  const program = await existing(brandId, params.programId);
  const { programId, timeZone, payoutTerms, currency } = program;
  const { plan, from, to } = body;
  const [plans, policies] = await Promise.all([terms.plans(brandId, programId), terms.policies(brandId, programId)]);
  const draft = { version: 0, effectiveFrom: '', plan };
  const start = historyFrom([...plans, draft], from) ?? from;
  // Tiers of a whole period count what was ordered after the window too.
  const through = historyThrough([...plans, draft], to);
  const found = await ordersOf(orders, { brandId, programId, timeZone, from: start, through }, MOST_ORDERS);
  if (!found) {
    const field = {
      field: 'from',
      message: `must be later: from ${start} to ${through} there are more than ${MOST_ORDERS} orders`,
    };
    throw new VisibleError('refused', 'too-many-orders', `from ${field.message}.`, [field]);
  }
  const ratesOf = new Map<string, ReturnType<typeof fx.latest>>();
  const counted = await inProgramCurrency(found, program, async (order) => {
    if (order.currency === currency) return undefined;
    const day = dayIn(order.occurredAt, timeZone);
    const rates = ratesOf.get(day) ?? fx.latest(brandId, day);
    ratesOf.set(day, rates);
    return rates;
  });
  const people = (partnerIds: readonly string[]) => meet(brandId, programId, partnerIds);
  const all = paysRecruiters([...plans, draft])
    ? (partnerIds: readonly string[]) => withRecruiters(people, partnerIds)
    : people;
  const known = await replayable(counted, { policies }, all);
  const unsettled = counted.filter(({ occurredAt, settled }) => {
    const day = dayIn(occurredAt, timeZone);
    return !settled && from <= day && day <= to;
  });
  const result = simulate(known, plan, { plans, terms: payoutTerms, timeZone, from, to });
  return { ...mutable(result), unsettled: unsettled.length };
});

const getRate = operation(plansContracts.getRate, async ({ params, query, who, at: now }) => {
  const { brandId } = who;
  const { programId, timeZone, currency } = await existing(brandId, params.programId);
  const { at = now, partnerId, partnerType, group, tier, quantity = 1, unitPriceCents = 10_000, sku = 'any' } = query;
  const plan = inForceAt(await terms.plans(brandId, programId), at);
  if (!plan) throw missing('plan', `${programId}/plans`);
  const standing = partnerId === undefined ? undefined : (await meet(brandId, programId, [partnerId])).get(partnerId);
  if (partnerId !== undefined && !standing) throw missing('enrolment', `${programId}/${partnerId}`);
  const sale = {
    ...{ brandId, programId, currency, occurredAt: at, receivedAt: at },
    eventType: query.eventType ?? 'sale',
    orderId: 'a sale',
    items: [
      {
        sku,
        quantity,
        unitPriceCents,
        discountCents: 0,
        ...(query.category !== undefined && { category: query.category }),
      },
    ],
    ...{ orderDiscountCents: 0, returned: {}, revision: 1, posted: {} },
    ...(query.customerStatus && { customerStatus: query.customerStatus }),
    ...(query.couponCode !== undefined && { couponCode: query.couponCode }),
    ...(query.country !== undefined && { country: query.country }),
  };
  const stood = standing && standingAt(standing.enrolment, at);
  const partner = {
    partnerId: partnerId ?? 'a partner',
    type: partnerType ?? standing?.partner.type,
    group: group ?? stood?.group ?? 'default',
    tier: tier ?? stood?.tier,
    link: query.link,
  };
  const { parts, assumes, ...quoted } = quote(sale, partner, plan, timeZone);
  return { at, currency, ...quoted, parts: [...parts], assumes: [...assumes] };
});

async function existing(brandId: string, programId: string) {
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  return program;
}

/** Partners of a program by id. */
async function meet(brandId: string, programId: string, partnerIds: readonly string[]) {
  const [people, places] = await Promise.all([
    partners.many(brandId, partnerIds),
    enrolments.many(brandId, programId, partnerIds),
  ]);
  return new Map(
    partnerIds.map((partnerId) => {
      const [partner, enrolment] = [people.get(partnerId), places.get(partnerId)];
      return [partnerId, partner && enrolment && { partner, enrolment }] as const;
    }),
  );
}

const mutable = ({ partners: people, types, rules, ...rest }: ReturnType<typeof simulate>) => ({
  ...rest,
  partners: [...people],
  types: [...types],
  rules: [...rules],
});

export const handler = serve({ getPlanDocument, lintPlan, simulatePlan, getRate }, { client, table });
