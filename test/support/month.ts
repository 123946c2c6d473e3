import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { chance } from '../../events/stories/random.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import { toJournal } from '../../lib/store/ledger.ts';
import type { Booted } from './booted.ts';
import type { Shop } from './shop.ts';

/** All journals of a program, straight from the table. */
export async function journals({ laptop }: Booted, programId: string): Promise<Journal[]> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: laptop.awsEndpoint,
      region: laptop.region,
      credentials: laptop.credentials(),
    }),
  );
  const [table] = laptop.assembly
    .ofType('AWS::DynamoDB::Table')
    .filter(({ physicalName }) => physicalName.includes('ledger'));
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table!.physicalName, ConsistentRead: true }));
  return Items.map(toJournal)
    .filter((journal) => journal.programId === programId)
    .sort((a, b) => (a.partnerId === b.partnerId ? a.sequence - b.sequence : a.partnerId < b.partnerId ? -1 : 1));
}

export const chains = (all: readonly Journal[]) => [...Map.groupBy(all, ({ partnerId }) => partnerId).values()];

/** What a ledger says, told without ids: per partner the balances and each order's total. */
export function positions(all: readonly Journal[], names: ReadonlyMap<string, string>): unknown {
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
export async function month(
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
