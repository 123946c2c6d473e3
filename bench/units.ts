import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { chance } from '../events/stories/random.ts';
import { dayPartition, daySkOf } from '../lib/store/conversion-keys.ts';
import { epochMs, instant } from '../lib/time.ts';
import { MARK_LENGTH } from '../lib/tracking/order-mark.ts';
import { execute } from '../local/story/brand-api.ts';
import { type Figure, round, type Section } from './figures.ts';
import { AT, type BenchGround, type Member } from './ground.ts';

const CLICKS = 500;
const CONVERSIONS = 400;
const STORED = 100_000;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

interface Cost {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly calls: number;
}

/** What the roles of some functions asked of AWS while `work` ran, for each of `count` events. */
async function costOf(
  ground: BenchGround,
  functions: readonly string[],
  count: number,
  work: () => Promise<void>,
): Promise<Cost> {
  const { meter, assembly } = ground.laptop;
  const roles = new Set(
    functions.map((entry) => {
      const fn = assembly
        .ofType('AWS::Lambda::Function')
        .find(({ properties }) => properties.Description === `functions/${entry}.ts`);
      return String(fn?.properties.Role).split('/').at(-1);
    }),
  );
  meter.reset();
  await work();
  const { writeUnits, readUnits, calls } = meter.totals(({ principal }) => roles.has(principal));
  return { writeUnits: writeUnits / count, readUnits: readUnits / count, calls: calls / count };
}

async function click({ credentials }: BenchGround, link: string): Promise<string> {
  const response = await fetch(`${credentials.trackingUrl}/c/${link}`, {
    redirect: 'manual',
    headers: { 'user-agent': BROWSER, 'x-tributary-time': AT },
  });
  return new URL(response.headers.get('location')!).searchParams.get('trb_click')!;
}

/** Traffic as it is: the first partners bring most of it. */
const popular = (ground: BenchGround, random: ReturnType<typeof chance>): Member =>
  random.weighted(ground.members, (_, place) => 1 / (place + 1));

async function clickCost(ground: BenchGround): Promise<Cost> {
  // Steady state: every environment has seen every link.
  for (const { link } of ground.members)
    await Promise.all([click(ground, link), click(ground, link), click(ground, link), click(ground, link)]);
  const random = chance(3);
  return costOf(ground, ['track/click'], CLICKS, async () => {
    for (let sent = 0; sent < CLICKS; sent += 1) await click(ground, popular(ground, random).link);
  });
}

const order = (ground: BenchGround, orderId: string, clickId: string, random: ReturnType<typeof chance>) => ({
  programId: ground.programId,
  orderId,
  occurredAt: AT,
  currency: 'USD',
  clickId,
  items: Array.from({ length: random.between(1, 3) }, (_, item) => ({
    sku: `SKU-${item}-${random.between(100, 999)}`,
    category: 'shoes',
    quantity: random.between(1, 3),
    unitPriceCents: random.between(900, 19_900),
  })),
});

/** Reported one by one as a shop's server does, settled together as the schedule does. */
async function conversionCost(ground: BenchGround, run: string, count: number): Promise<Cost> {
  const random = chance(count);
  const clicks: string[] = [];
  for (let sent = 0; sent < count; sent += 1) clicks.push(await click(ground, popular(ground, random).link));
  await ground.laptop.idle(120_000);
  return costOf(ground, ['api/report-conversions', 'jobs/plan-settlement', 'jobs/settle-shard'], count, async () => {
    for (const [place, clickId] of clicks.entries()) {
      await ground.owner.call('POST', '/v1/conversions', {
        at: AT,
        body: order(ground, `${run}-${place}`, clickId, random),
      });
    }
    await execute(ground.owner, 'settle-conversions', { asOf: '2026-03-03T00:00:00.000Z' }, '2026-03-03T00:00:00.000Z');
  });
}

/** Rows as earlier months leave them, put straight into the tables: clicks of other visitors, and settled conversions of the same days. */
async function store(ground: BenchGround, rows: number): Promise<void> {
  const { laptop, brandId, programId, members } = ground;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: laptop.awsEndpoint, region: laptop.region, credentials: laptop.credentials() }),
  );
  const tableOf = (name: string) =>
    laptop.assembly.ofType('AWS::DynamoDB::Table').find(({ physicalName }) => physicalName.includes(name))!
      .physicalName;
  const put = async (table: string, items: readonly Record<string, unknown>[]) => {
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableOf(table)]: requests } }));
  };
  const day = dayPartition(brandId, programId, AT.slice(0, 10));
  const batches = Array.from({ length: rows / 25 }, (_, batch) => batch).values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const batch of batches) {
        const items = Array.from({ length: 25 }, (_, place) => {
          const number = batch * 25 + place;
          const { link, partnerId } = members[number % members.length]!;
          // Orders fall on all of a day: those of the same minutes are neighbours, not history.
          const at = instant(epochMs(`${AT.slice(0, 10)}T00:00:00.000Z`) + (number % 1_440) * 60_000);
          return batch % 10 === 0
            ? {
                pk: `${brandId}#${programId}#sale#old-${number}`,
                sk: '#',
                dayPk: day,
                daySk: daySkOf(at, `old${number}`.padEnd(MARK_LENGTH, '-')),
                rt: at,
                cur: 'USD',
                i: [['SKU', null, 1, 1000, 0]],
                rev: 2,
                po: { [partnerId]: [80, '2026-04-01', 0] },
              }
            : {
                pk: `${brandId}#${programId}#old${number}`,
                sk: `${AT}#0000`,
                p: partnerId,
                l: link,
                expiresAt: 1_900_000_000,
              };
        });
        await put(batch % 10 === 0 ? 'conversions' : 'clicks', items);
      }
    }),
  );
}

/** Write and read units and remote calls of a click and of a conversion until it is posted; then the same with 100,000 events stored. */
export async function units(ground: BenchGround, announce: (line: string) => void): Promise<Section> {
  const steadyClick = await clickCost(ground);
  const bulk = await conversionCost(ground, 'bulk', CONVERSIONS);
  const lone = await conversionCost(ground, 'lone', 1);
  announce(`storing ${STORED} events to see whether the cost grows`);
  await store(ground, STORED);
  const laterClick = await clickCost(ground);
  const laterBulk = await conversionCost(ground, 'later', CONVERSIONS);
  const figures: Figure[] = [
    { key: 'click.wru', value: round(steadyClick.writeUnits, 3), unit: 'WRU', what: 'write units a click', bar: '1' },
    { key: 'click.rru', value: round(steadyClick.readUnits, 3), unit: 'RRU', what: 'read units a click', bar: '0' },
    { key: 'click.calls', value: round(steadyClick.calls, 3), unit: '', what: 'remote calls a click', bar: '1' },
    {
      key: 'conversion.wru',
      value: round(bulk.writeUnits, 2),
      unit: 'WRU',
      what: `write units a conversion until posted, ${CONVERSIONS} settled together`,
      bar: '≤ 8, goal 5.5',
    },
    {
      key: 'conversion.rru',
      value: round(bulk.readUnits, 2),
      unit: 'RRU',
      what: 'read units a conversion until posted',
    },
    { key: 'conversion.calls', value: round(bulk.calls, 2), unit: '', what: 'remote calls a conversion until posted' },
    {
      key: 'conversion.loneWru',
      value: round(lone.writeUnits, 2),
      unit: 'WRU',
      what: 'write units of a conversion that is settled alone',
      bar: '≤ 8',
    },
    {
      key: 'click.wruGrowth',
      value: round(laterClick.writeUnits / steadyClick.writeUnits, 3),
      unit: '×',
      what: `write units a click with ${STORED} events stored / before`,
      bar: '1',
    },
    {
      key: 'conversion.wruGrowth',
      value: round(laterBulk.writeUnits / bulk.writeUnits, 3),
      unit: '×',
      what: 'write units a conversion, likewise',
      bar: '1',
    },
    {
      key: 'conversion.rruGrowth',
      value: round(laterBulk.readUnits / bulk.readUnits, 3),
      unit: '×',
      what: 'read units a conversion, likewise',
      bar: '1',
    },
  ];
  return {
    title: 'Units',
    figures,
    notes: [
      'Summed from ConsumedCapacity of every call the functions made, transactions and indexes included; a click counts what track/click asks for, a conversion what api/report-conversions, jobs/plan-settlement and jobs/settle-shard ask for.',
      'The growth figures compare runs of the same size; last-touch journeys, 20 partners, the first most popular.',
    ],
  };
}
