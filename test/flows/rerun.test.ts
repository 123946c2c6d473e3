import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chance } from '../../events/stories/random.ts';
import { auditChain } from '../../lib/ledger/audit.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import { toJournal } from '../../lib/store/ledger.ts';
import { execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Shop, shop } from '../support/shop.ts';

let ground: Booted;
beforeAll(async () => {
  ground = await booted();
});
afterAll(() => ground?.close());

/** All journals of a program, straight from the table. */
async function journals(programId: string): Promise<Journal[]> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: ground.laptop.awsEndpoint,
      region: ground.laptop.region,
      credentials: ground.laptop.credentials(),
    }),
  );
  const [table] = ground.laptop.assembly
    .ofType('AWS::DynamoDB::Table')
    .filter(({ physicalName }) => physicalName.includes('ledger'));
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table!.physicalName, ConsistentRead: true }));
  return Items.map(toJournal)
    .filter((journal) => journal.programId === programId)
    .sort((a, b) => (a.partnerId === b.partnerId ? a.sequence - b.sequence : a.partnerId < b.partnerId ? -1 : 1));
}

const chains = (all: readonly Journal[]) => [...Map.groupBy(all, ({ partnerId }) => partnerId).values()];

/** What a ledger says, told without ids: per partner the balances and each order's total. */
function positions(all: readonly Journal[], names: ReadonlyMap<string, string>): unknown {
  return chains(all)
    .map((chain) => ({
      partner: names.get(chain[0]!.partnerId),
      balances: chain.at(-1)!.after.balances,
      orders: Object.fromEntries(
        [
          ...new Map(chain.flatMap(({ lines }) => lines.map((line) => [line.orderId, line.totalCents] as const))),
        ].sort(),
      ),
    }))
    .sort((a, b) => (a.partner! < b.partner! ? -1 : 1));
}

/** Five partners, thirty orders with several touches, returns of some; delivered as `deliver` decides. */
async function month(
  store: Shop,
  deliver: (send: (() => Promise<unknown>)[]) => Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const random = chance(99);
  const members = [];
  for (const name of ['Ann', 'Ben', 'Cid', 'Dot', 'Eve']) members.push({ name, ...(await store.join(name)) });
  const sends: (() => Promise<unknown>)[] = [];
  for (let order = 1; order <= 30; order += 1) {
    const browser = {};
    const day = String(1 + (order % 20)).padStart(2, '0');
    for (let touch = 0; touch <= order % 3; touch += 1)
      await store.visit(browser, random.pick(members).link, `2026-03-${day}T0${touch}:00:00.000Z`);
    const units = random.between(1, 4);
    const at = `2026-03-${day}T12:00:00.000Z`;
    const price = random.between(500, 20_000);
    sends.push(() => store.order(browser, `O-${order}`, at, [{ unitPriceCents: price, quantity: units }]));
    if (order % 4 === 0) {
      // A return that overtakes its order is told to come again; a shop's server would retry.
      const back = random.between(1, units);
      sends.push(async () => {
        while (
          (
            (await store.giveBack(
              `O-${order}`,
              `B-${order}`,
              '2026-03-25T00:00:00.000Z',
              [{ line: 1, quantity: back }],
              [200, 201, 202, 404],
            )) as { code?: string }
          ).code === 'no-such-conversion'
        );
      });
    }
  }
  await deliver(sends);
  return new Map(members.map(({ partnerId, name }) => [partnerId, name]));
}

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
  await execute(ground.people.owner, 'settle-conversions', { asOf: END }, END);
  const [a, b] = [await journals(once.programId), await journals(often.programId)];
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
  const before = await journals(store.programId);
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
  expect(await journals(store.programId)).toEqual(before);
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
  const before = await journals(store.programId);
  const dry = await execute(ground.people.owner, 'settle-conversions', { ...window, dryRun: true }, END);
  expect(JSON.stringify(dry.output)).toContain('200');
  expect(await journals(store.programId)).toEqual(before);

  await execute(ground.people.owner, 'settle-conversions', window, END);
  const after = await journals(store.programId);
  expect(after).toHaveLength(before.length + 1);
  expect(after.at(-1)!.lines).toMatchObject([{ orderId: 'P-1', cents: 200, totalCents: 1000, reason: 'recomputed' }]);
});
