import { afterAll, beforeAll, expect, test } from 'vitest';
import { chance } from '../../events/stories/random.ts';
import { auditChain } from '../../lib/ledger/audit.ts';
import { execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { chains, journals, month, positions } from '../support/month.ts';
import { shop } from '../support/shop.ts';

let ground: Booted;
beforeAll(async () => {
  ground = await booted();
});
afterAll(() => ground?.close());

const END = '2026-04-01T12:00:00.000Z';

test('every report delivered one to five times in any order gives the same ledger as once in order', async () => {
  const once = await shop(ground, { policy: { model: 'position-based' } });
  const often = await shop(ground, { policy: { model: 'position-based' } });
  const namesOnce = await month(once, async (sends) => {
    for (const send of sends) await send();
  });
  const namesOften = await month(often, async (sends) => {
    const random = chance(5);
    const copies = sends.flatMap((send) =>
      Array.from({ length: random.between(1, 5) }, () => ({ send, place: random.next() })),
    );
    await Promise.all(copies.sort((a, b) => a.place - b.place).map(({ send }) => send()));
  });
  // On a busy machine clicks go through the queue and are stored a moment later.
  await ground.laptop.idle(120_000);
  await execute(ground.people.owner, 'settle-conversions', { asOf: END }, END);
  const [a, b] = [await journals(ground, once.programId), await journals(ground, often.programId)];
  expect(a.length).toBeGreaterThan(4);
  expect(positions(b, namesOften)).toEqual(positions(a, namesOnce));
  for (const chain of [...chains(a), ...chains(b)]) expect(auditChain(chain)).toEqual([]);
});

test('settlement, release and payout run again write nothing', async () => {
  const store = await shop(ground, { policy: { model: 'position-based' } });
  await month(store, async (sends) => {
    for (const send of sends) await send();
  });
  const cast = {
    programs: new Map([['shop', { programId: store.programId, currency: 'USD', name: 'Test shop' }]]),
    partners: new Map(),
    links: new Map(),
  };
  const first = await closeMonth(ground.people, cast, END, () => {});
  const before = await journals(ground, store.programId);
  expect(first[0]).toMatchObject({ status: 'paid' });
  expect(before.length).toBeGreaterThan(10);

  const second = await closeMonth(ground.people, cast, END, () => {});
  await execute(
    ground.people.owner,
    'settle-conversions',
    {
      programId: store.programId,
      mode: 'recompute',
      from: '2026-03-01T00:00:00Z',
      to: '2026-04-01T00:00:00Z',
      asOf: END,
    },
    END,
  );
  expect(second).toEqual(first);
  expect(await journals(ground, store.programId)).toEqual(before);
});

test('a dry run of a corrected plan says what would change and writes nothing; the real one posts only the difference', async () => {
  const store = await shop(ground);
  const partner = await store.join('Solo');
  const browser = {};
  await store.visit(browser, partner.link, '2026-03-02T10:00:00.000Z');
  await store.order(browser, 'P-1', '2026-03-02T11:00:00.000Z', [{ unitPriceCents: 10_000 }]);
  await execute(ground.people.owner, 'settle-conversions', { asOf: END }, END);
  expect((await store.balances(partner.partnerId)).payable).toBe(800);

  await ground.people.owner.call('POST', `/v1/programs/${store.programId}/plans`, {
    at: END,
    body: {
      effectiveFrom: '2026-03-01T00:00:00Z',
      shortNotice: 'Ten percent was agreed.',
      plan: {
        name: 'Ten percent',
        rules: [{ id: 'base', label: 'Everything', when: {}, pay: { kind: 'percent', rateBps: 1000 } }],
      },
    },
  });
  const window = {
    programId: store.programId,
    mode: 'recompute',
    from: '2026-03-01T00:00:00Z',
    to: '2026-04-01T00:00:00Z',
    asOf: END,
  };
  const before = await journals(ground, store.programId);
  const dry = await execute(ground.people.owner, 'settle-conversions', { ...window, dryRun: true }, END);
  expect(JSON.stringify(dry.output)).toContain('200');
  expect(await journals(ground, store.programId)).toEqual(before);

  await execute(ground.people.owner, 'settle-conversions', window, END);
  const after = await journals(ground, store.programId);
  expect(after).toHaveLength(before.length + 1);
  expect(after.at(-1)!.lines).toMatchObject([{ orderId: 'P-1', cents: 200, totalCents: 1000, reason: 'recomputed' }]);
});
