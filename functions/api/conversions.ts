import { clickKeyRing } from '../../lib/aws/click-keys.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { parameters } from '../../lib/aws/parameters.ts';
import { secretOpener } from '../../lib/aws/sealed-secrets.ts';
import { addDays, dayIn, startOfDay } from '../../lib/calendar.ts';
import { explain, explainCredits, explainNothing } from '../../lib/commission/explain.ts';
import { remainingOrder } from '../../lib/commission/order.ts';
import { VisibleError } from '../../lib/errors.ts';
import { conversionChangesContracts } from '../../lib/http/contracts/conversion-changes.ts';
import { conversionsContracts } from '../../lib/http/contracts/conversions.ts';
import { taken } from '../../lib/http/conversion-adjusted.ts';
import { conversionAnswer, eventAnswer } from '../../lib/http/conversion-answer.ts';
import { restateBatch } from '../../lib/http/conversion-batch.ts';
import { conversionIntake, foresight, plausibleTime } from '../../lib/http/conversion-intake.ts';
import { takeUpload } from '../../lib/http/conversion-upload.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { missing } from '../../lib/http/revision.ts';
import { signatureCheck } from '../../lib/http/signed-request.ts';
import { logger } from '../../lib/observability/powertools.ts';
import { auditLog } from '../../lib/store/audit.ts';
import type { Adjusted } from '../../lib/store/conversion-adjustments.ts';
import { type JourneyStep, journeyStory, postedLines } from '../../lib/store/conversion-story.ts';
import { conversions as conversionStore } from '../../lib/store/conversions.ts';
import { ledger as ledgerStore } from '../../lib/store/ledger.ts';
import { programs as programStore, type StoredProgram } from '../../lib/store/programs.ts';
import { journeyStores, settlementFacts } from '../../lib/store/settlement-facts.ts';

const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const conversions = conversionStore(client, env('conversionsTable'));
const ledger = ledgerStore(client, env('ledgerTable'));
const audit = auditLog(client, table);
const journeys = journeyStores(client, { core: table, clicks: env('clicksTable') });
const clickKeys = clickKeyRing(parameters(leanClient('ssm')), env('clickKeysParameter'));

type Constants = Pick<StoredProgram, 'currency' | 'timeZone'>;

/** What never changes about a program; an environment reads it once. */
const known = new Map<string, Constants>();
const MOST_KNOWN = 1_000;

async function programOf(brandId: string, programId: string): Promise<Constants> {
  const key = `${brandId}#${programId}`;
  const remembered = known.get(key);
  if (remembered) return remembered;
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, { currency: program.currency, timeZone: program.timeZone });
  return program;
}

const take = conversionIntake({ programOf, record: conversions.record, clickKeys });
const foresee = conversionIntake({ programOf, record: foresight(conversions), clickKeys });
const onFault = (message: string, error: unknown) => logger.error(message, error as Error);

const uploadConversions = operation(conversionChangesContracts.uploadConversions, async ({ query, text, who, at }) => {
  const { dryRun, ...said } = query;
  await programOf(who.brandId, said.programId);
  const one = dryRun ? foresee : take;
  return { dryRun, ...(await takeUpload(text, said, (report) => one(report, who, at), onFault)) };
});

const listConversions = operation(conversionsContracts.listConversions, async ({ params, query, who, at }) => {
  const { programId } = params;
  const { timeZone } = await programOf(who.brandId, programId);
  const day = query.day ?? dayIn(at, timeZone);
  const scope = [who.brandId, programId, 'conversions', day];
  const cursor = fromCursor(query.cursor, scope);
  const [from, to] = [startOfDay(day, timeZone), startOfDay(addDays(day, 1), timeZone)];
  const window = { brandId: who.brandId, programId, from, to };
  const page = await conversions.keysBetween(window, { cursor, limit: query.limit });
  const items = await conversions.load(page.items);
  const answers = items.map(conversionAnswer);
  const wanted = answers.filter(({ flags }) => !query.flag || flags.some(({ flag }) => flag === query.flag));
  return answerPage({ ...page, items: wanted }, scope);
});

const getConversion = operation(conversionsContracts.getConversion, async ({ params, who }) => {
  const { programId, eventType, orderId } = params;
  const found = await conversions.get(who.brandId, programId, eventType, orderId);
  if (!found) throw await notThere(who.brandId, params);
  const { conversion, events } = found;
  const [{ steps, policy }, posted] = await Promise.all([
    journeyStory(conversion, settlementFacts(journeys, who.brandId)),
    postedLines(conversion, ledger),
  ]);
  const credited = conversion.credits ?? [];
  const dropped = Object.keys(conversion.posted).filter((id) => !credited.some(({ partnerId }) => partnerId === id));
  return {
    ...conversionAnswer(conversion),
    events: events.map(eventAnswer),
    journey: [...steps],
    ...(conversion.settled && policy && { attribution: explainCredits(conversion, policy.policy.model) }),
    credits: [...credited, ...dropped.map((partnerId) => ({ partnerId, creditBps: 0, position: 0, touches: 0 }))].map(
      (credit) => ({
        ...credit,
        subs: subsOf(credit, steps),
        postedCents: conversion.posted[credit.partnerId]?.cents ?? 0,
        matures: conversion.posted[credit.partnerId]?.matures,
        ...(credit.creditBps > 0 &&
          conversion.settled &&
          !conversion.posted[credit.partnerId] && {
            explanation: conversion.unattributed?.startsWith('over-cap')
              ? `The order found no room under a cap of the program, so it earns nothing (${conversion.unattributed}).`
              : explainNothing(
                  remainingOrder(conversion).commissionableCents,
                  conversion.cancelled !== undefined,
                  conversion.settled.planVersion,
                ),
          }),
      }),
    ),
    lines: posted.map(({ partnerId, journal, postedAt, line }) => ({
      partnerId,
      journal,
      postedAt,
      reason: line.reason,
      cents: line.cents,
      totalCents: line.totalCents,
      explanation: explain(line, conversion.exchange?.to ?? conversion.currency),
      subs: line.subs,
    })),
  };
});

/** Sub-ids of the touch that a partner is credited for. */
const subsOf = (credit: { readonly partnerId: string; readonly touchAt?: string }, steps: readonly JourneyStep[]) =>
  steps.find(({ partnerId, at }) => partnerId === credit.partnerId && at === credit.touchAt)?.subs;

interface Named {
  readonly programId: string;
  readonly eventType: string;
  readonly orderId: string;
}

const returnItems = operation(conversionsContracts.returnItems, async ({ params, body, who, at, entry }) => {
  plausibleTime(body.occurredAt, at);
  const target = `${targetOf(params)}/returns/${body.returnId}`;
  const beside = [audit.write(entry({ target, after: { lines: body.lines, reason: body.reason } }))];
  const key = { brandId: who.brandId, ...params };
  const adjusted = await conversions.addReturn(key, body, { at, keyId: who.keyId, beside });
  return adjustedAnswer(adjusted, who.brandId, params, 'different-return');
});

const cancelConversion = operation(conversionsContracts.cancelConversion, async ({ params, body, who, at, entry }) => {
  plausibleTime(body.occurredAt, at);
  const target = `${targetOf(params)}/cancellation`;
  const beside = [audit.write(entry({ target, after: { reason: body.reason } }))];
  const key = { brandId: who.brandId, ...params };
  const adjusted = await conversions.cancel(key, body, { at, keyId: who.keyId, beside });
  return adjustedAnswer(adjusted, who.brandId, params, 'different-cancellation');
});

const amendConversion = operation(
  conversionChangesContracts.amendConversion,
  async ({ params, body, who, at, entry }) => {
    plausibleTime(body.occurredAt, at);
    const { amendmentId, reason, occurredAt: _, ...after } = body;
    const target = `${targetOf(params)}/amendments/${amendmentId}`;
    const beside = [audit.write(entry({ target, after: { reason, ...after } }))];
    const adjusted = await conversions.amend({ brandId: who.brandId, ...params }, body, {
      at,
      keyId: who.keyId,
      beside,
    });
    return adjustedAnswer(adjusted, who.brandId, params, 'different-amendment');
  },
);

const chargeBack = operation(conversionChangesContracts.chargeBack, async ({ params, body, who, at, entry }) => {
  plausibleTime(body.occurredAt, at);
  const { chargebackId, reason, amountCents } = body;
  const target = `${targetOf(params)}/chargebacks/${chargebackId}`;
  const beside = [audit.write(entry({ target, after: { reason, amountCents } }))];
  const key = { brandId: who.brandId, ...params };
  const adjusted = await conversions.chargeBack(key, body, { at, keyId: who.keyId, beside });
  return adjustedAnswer(adjusted, who.brandId, params, 'different-chargeback');
});

const restateConversions = operation(
  conversionChangesContracts.restateConversions,
  async ({ body, who, at, audit: tell }) => {
    const { restatementId, statedAt } = body;
    if (statedAt > at) {
      const field = { field: 'statedAt', message: `must not be after the request, which came at ${at}` };
      throw new VisibleError('invalid', 'stated-in-the-future', `statedAt: ${field.message}`, [field]);
    }
    await tell({ target: `restatements/${restatementId}`, after: { statedAt, conversions: body.conversions.length } });
    return restateBatch(
      body.conversions,
      async (stated) => {
        const key = { brandId: who.brandId, ...nameOf(stated) };
        const restated = await conversions.restate(key, stated, { restatementId, statedAt }, { at, keyId: who.keyId });
        return taken(restated, key, 'different-restatement', () => notThere(who.brandId, key));
      },
      onFault,
    );
  },
);

const nameOf = ({ programId, eventType, orderId }: Named) => ({ programId, eventType, orderId });
const targetOf = ({ programId, eventType, orderId }: Named) => `${programId}/conversions/${eventType}/${orderId}`;

/** A change as the API answers it; refuses what the facts do not allow. */
async function adjustedAnswer(adjusted: Adjusted, brandId: string, named: Named, contradictionCode: string) {
  const done = await taken(adjusted, named, contradictionCode, () => notThere(brandId, named));
  if (done.outcome === 'unchanged' || done.outcome === 'different')
    throw new Error(`${done.outcome} is no answer here`);
  const { outcome, conversion, event } = done;
  return { outcome, conversion: conversionAnswer(conversion), event: eventAnswer(event) };
}

/** Why a conversion is not there: its program is not, or it was not reported yet. */
async function notThere(brandId: string, { programId, eventType, orderId }: Named): Promise<VisibleError> {
  await programOf(brandId, programId);
  const words = `There is no ${eventType} ${orderId} in ${programId}; report it with POST /v1/conversions first.`;
  return new VisibleError('not-found', 'no-such-conversion', words);
}

export const handler = serve(
  {
    ...{ listConversions, getConversion, returnItems, cancelConversion },
    ...{ amendConversion, chargeBack, restateConversions, uploadConversions },
  },
  { client, table, signatures: signatureCheck(leanClient('dynamodb'), table, secretOpener(leanClient('kms'))) },
);
