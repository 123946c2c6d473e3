import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { BROWSER, type Browser, type Member, type Shop, shop } from '../support/shop.ts';

/** The script on a brand's page, a click, an order; and clicks that a strict program does not credit. */
const CLICKED = '2026-03-10T09:00:00.000Z';
const ORDERED = '2026-03-10T12:00:00.000Z';
const SETTLED = '2026-03-11T00:00:00.000Z';

interface Told {
  readonly unattributed?: string;
  readonly credits: readonly { readonly partnerId: string }[];
  readonly journey: readonly {
    readonly link: string;
    readonly counts: boolean;
    readonly verdict?: string;
    readonly reasons?: readonly string[];
    readonly subs?: object;
  }[];
}

let ground: Booted;
let store: Shop;
let anna: Member;
let bert: Member;

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, { policy: { model: 'last-touch' } });
  [anna, bert] = [await store.join('Anna'), await store.join('Bert')];
  const { owner } = ground.people;
  await owner.call('PATCH', `/v1/programs/${store.programId}`, {
    body: { tracking: { mode: 'strict', passQuery: true } },
  });
  await owner.call('PATCH', `/v1/links/${anna.link}`, { body: { slug: 'anna' } });
});
afterAll(() => ground?.close());

/** A visitor's browser on a page of the shop, with the script as it is served. */
async function open(address: string, brand: string): Promise<string | undefined> {
  const served = await fetch(`${ground.credentials.trackingUrl}/t.js`);
  expect(served.headers.get('cache-control')).toMatch(/^public, max-age=\d+/);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const window: Record<string, unknown> = {
    document: {
      currentScript: { src: `${ground.credentials.trackingUrl}/t.js`, dataset: { brand, consent: 'granted' } },
      cookie: '',
      dispatchEvent: ({ detail }: { detail: { clickId?: string } }) => resolve(detail.clickId),
    },
    location: { href: address },
    URL,
    CustomEvent: class {
      readonly detail: unknown;
      constructor(_: string, { detail }: { detail: unknown }) {
        this.detail = detail;
      }
    },
    fetch: (url: string, options: RequestInit) =>
      fetch(url, {
        ...options,
        headers: { origin: new URL(address).origin, 'user-agent': BROWSER, 'x-tributary-time': CLICKED },
      }),
  };
  window.self = window;
  window.top = window;
  runInNewContext(await served.text(), { window });
  return promise;
}

test('?via= with a slug credits its partner, and the journey shows the sub-ids', async () => {
  const clickId = await open('https://shop.example/?via=anna&sub1=footer', anna.link.slice(0, 6));
  expect(clickId).toMatch(/^[\w-]{64}$/);
  await store.order({ clickId: clickId! }, 'V-1', ORDERED, [{ unitPriceCents: 10_000 }]);
  await execute(ground.people.owner, 'settle-conversions', { asOf: SETTLED }, SETTLED);
  const told = await store.conversion<Told>('V-1');
  expect(told.credits).toMatchObject([{ partnerId: anna.partnerId }]);
  expect(told.journey).toMatchObject([{ link: anna.link, counts: true, subs: { sub1: 'footer' } }]);
  expect((await store.balances(anna.partnerId)).payable).toBe(800);
});

test('a click in a hidden frame does not take a sale from the partner who brought the shopper', async () => {
  const browser: Browser = {};
  await store.visit(browser, anna.link, '2026-03-10T10:00:00.000Z');
  await store.visit(browser, bert.link, '2026-03-10T11:00:00.000Z', { 'sec-fetch-dest': 'iframe' });
  await store.order(browser, 'V-2', ORDERED, [{ unitPriceCents: 10_000 }]);
  await execute(ground.people.owner, 'settle-conversions', { asOf: SETTLED }, SETTLED);
  const told = await store.conversion<Told>('V-2');
  expect(told.credits).toMatchObject([{ partnerId: anna.partnerId }]);
  expect(told.journey).toMatchObject([
    { link: anna.link, counts: true },
    { link: bert.link, counts: false, verdict: 'bot', reasons: ['not-a-page'] },
  ]);
});

test('an order whose only click cannot be credited says so, also when its row is late', async () => {
  const browser: Browser = {};
  await store.visit(browser, bert.link, '2026-03-10T11:00:00.000Z', { 'sec-fetch-dest': 'image' });
  await store.order(browser, 'V-3', ORDERED, [{ unitPriceCents: 10_000 }]);
  const body = { programId: store.programId, partnerId: bert.partnerId, endsAt: CLICKED };
  const ended = await ground.people.owner.call<{ link: string }>('POST', '/v1/links', { body });
  const late: Browser = {};
  // The row goes by way of the queue; until it is there, the id alone tells.
  const forget = ground.laptop.faults.set({ kind: 'down', action: 'PutItem' });
  try {
    await store.visit(late, ended.link, '2026-03-12T11:00:00.000Z');
  } finally {
    forget();
  }
  await store.order(late, 'V-4', '2026-03-12T12:00:00.000Z', [{ unitPriceCents: 10_000 }]);
  await execute(
    ground.people.owner,
    'settle-conversions',
    { asOf: '2026-03-13T00:00:00.000Z' },
    '2026-03-13T00:00:00.000Z',
  );
  expect(await store.conversion<Told>('V-3')).toMatchObject({ unattributed: 'click-bot', credits: [] });
  expect((await store.conversion<Told>('V-4')).unattributed).toBe('click-expired');
});
