import type { Deed } from '../../events/stories/shopper.ts';
import type { Story } from '../../events/stories/story.ts';
import type { Trouble } from '../../events/stories/trouble.ts';
import { instant } from '../../lib/time.ts';
import type { Progress } from '../progress.ts';
import type { BrandApi } from './brand-api.ts';
import type { Cast } from './set-up.ts';
import type { Memory, Told } from './told.ts';

/** What replaying needs: where clicks go, the shop's key, and the ids the set-up made. */
export interface Stage {
  readonly trackingUrl: string;
  readonly api: BrandApi;
  readonly cast: Cast;
  readonly told: Told;
}

const ACCEPTED = [200, 201, 202] as const;

/** A browser follows a partner's link: what comes back is its cookie and the click id in the landing page's address. */
async function click(
  stage: Stage,
  enrolment: string,
  atMs: number,
  headers: Readonly<Record<string, string>>,
  memory: Memory,
): Promise<Memory> {
  const link = stage.cast.links.get(enrolment)!;
  const response = await fetch(`${stage.trackingUrl}/c/${link}`, {
    redirect: 'manual',
    headers: { ...headers, 'x-tributary-time': instant(atMs), ...(memory.cookie ? { cookie: memory.cookie } : {}) },
  });
  await response.arrayBuffer();
  const location = response.headers.get('location');
  if (response.status !== 302 || location === null) throw new Error(`the link ${link} answered ${response.status}`);
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? memory.cookie;
  const clickId = new URL(location).searchParams.get('trb_click') ?? memory.clickId;
  return { ...(cookie === undefined ? {} : { cookie }), ...(clickId === undefined ? {} : { clickId }) };
}

async function report(
  stage: Stage,
  program: string,
  deed: Exclude<Deed, { kind: 'click' }>,
  memory: Memory,
): Promise<void> {
  const programId = stage.cast.programs.get(program)!.programId;
  const at = instant(deed.atMs);
  if (deed.kind === 'order') {
    const body = {
      programId,
      eventType: deed.eventType,
      orderId: deed.orderId,
      occurredAt: at,
      currency: stage.cast.programs.get(program)!.currency,
      items: deed.items,
      orderDiscountCents: deed.orderDiscountCents,
      customerStatus: deed.customerStatus,
      ...(deed.tracked && memory.clickId ? { clickId: memory.clickId } : {}),
    };
    for (let sent = 0; sent < deed.sent; sent += 1)
      await stage.api.call('POST', '/v1/conversions', { body, at, expect: ACCEPTED });
    return;
  }
  const path = `/v1/programs/${programId}/conversions/${deed.eventType}/${encodeURIComponent(deed.orderId)}`;
  if (deed.kind === 'cancel') {
    await stage.api.call('POST', `${path}/cancellation`, {
      body: { occurredAt: at, reason: 'order-error' },
      at,
      expect: ACCEPTED,
    });
    return;
  }
  const body = { returnId: deed.returnId, occurredAt: at, lines: deed.lines };
  for (let sent = 0; sent < deed.sent; sent += 1)
    await stage.api.call('POST', `${path}/returns`, { body, at, expect: ACCEPTED });
}

async function makeTrouble(stage: Stage, trouble: Trouble, memory: Memory): Promise<Memory> {
  if (trouble.kind === 'machine-click') return click(stage, trouble.enrolment, trouble.atMs, trouble.headers, {});
  if (trouble.kind === 'flood-click')
    return click(stage, trouble.enrolment, trouble.atMs, { 'user-agent': trouble.userAgent }, memory);
  const { programId, currency } = stage.cast.programs.get(trouble.program)!;
  const at = instant(trouble.atMs);
  await stage.api.call('POST', '/v1/conversions', {
    body: {
      programId,
      orderId: trouble.orderId,
      occurredAt: at,
      currency,
      clickId: trouble.clickId,
      items: [{ sku: 'FORGED', quantity: 1, unitPriceCents: 99_900 }],
    },
    at,
    expect: ACCEPTED,
  });
  return memory;
}

/** Runs jobs side by side, at most `width` at a time, each at most once. */
async function sideBySide<Job>(jobs: readonly Job[], width: number, run: (job: Job) => Promise<void>): Promise<void> {
  const queue = jobs.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const job of queue) await run(job);
    }),
  );
}

/** Replays what happened in [fromMs, toMs): shoppers in the order they first appear, side by side as in life, each one's deeds in order. */
export async function replay(
  stage: Stage,
  story: Story,
  fromMs: number,
  toMs: number,
  bar: (label: string, total: number) => Progress,
  width = 24,
): Promise<void> {
  const within = (atMs: number) => atMs >= fromMs && atMs < toMs;
  const shoppers = story.shoppers
    .map((shopper, index) => ({
      key: String(index),
      program: shopper.program,
      deeds: shopper.deeds.filter((deed) => within(deed.atMs)),
    }))
    .filter(({ deeds }) => deeds.length > 0)
    .sort((a, b) => a.deeds[0]!.atMs - b.deeds[0]!.atMs);
  const troubles = story.troubles.filter((trouble) => within(trouble.atMs));
  const deeds = shoppers.reduce((sum, shopper) => sum + shopper.deeds.length, 0);
  const shown = bar(`${instant(fromMs).slice(0, 10)} to ${instant(toMs - 1).slice(0, 10)}`, deeds + troubles.length);
  await sideBySide(shoppers, width, async ({ key, program, deeds }) => {
    const step = `shopper ${key} until ${toMs}`;
    if (!stage.told.has(step)) {
      let memory = stage.told.memory(key);
      for (const deed of deeds) {
        if (deed.kind === 'click')
          memory = await click(stage, deed.enrolment, deed.atMs, { 'user-agent': deed.userAgent }, memory);
        else await report(stage, program, deed, memory);
      }
      stage.told.mark(step, { key, memory });
    }
    shown.step(deeds.length);
  });
  const step = `troubles until ${toMs}`;
  if (!stage.told.has(step)) {
    let memory: Memory = {};
    await sideBySide(troubles, width, async (one) => {
      memory = await makeTrouble(stage, one, memory);
      shown.step();
    });
    stage.told.mark(step);
  } else shown.step(troubles.length);
  shown.done();
}
