import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { addDays } from '../../lib/calendar.ts';
import { CONTRACTS } from '../../lib/http/contracts/all.ts';
import type { RouteId } from '../../lib/routes.ts';
import { CRASHED } from '../../local/lambda/environment.ts';
import { brandApi } from '../../local/story/brand-api.ts';
import type { World } from './world.ts';

type Row = Record<string, unknown>;

/**
 * What is wrong with what is stored: every row belongs to a brand, every thing a brand has is answered by its routes and would be taken
 * by the schema that let it in, and no stream or queue set anything aside. Scans belong to tests.
 */
export async function whyNotSound(world: World): Promise<string[]> {
  return [...(await oddRows(world)), ...(await unreadable(world)), ...setAside(world), ...crashes(world)];
}

async function oddRows({ laptop }: World): Promise<string[]> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: laptop.awsEndpoint, region: laptop.region, credentials: laptop.credentials() }),
  );
  const odd: string[] = [];
  for (const table of laptop.assembly
    .ofType('AWS::DynamoDB::Table')
    .concat(laptop.assembly.ofType('AWS::DynamoDB::GlobalTable'))) {
    let ExclusiveStartKey: Row | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName: table.physicalName, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
      );
      for (const row of page.Items ?? []) {
        if (!/^(brd_[0-9a-z]{6})(#|$)/.test(String(row.pk)))
          odd.push(`${table.logicalId}: the key ${row.pk} has no brand in front`);
        if (!isSound(row))
          odd.push(`${table.logicalId}: ${row.pk} ${row.sk} holds half a character or a number that is none`);
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
  client.destroy();
  return odd;
}

function isSound(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value !== 'object' || Object.values(value).every(isSound);
}

/** Walks through everything both brands have, by the routes; an answer that does not fit its contract is a `500` already. */
async function unreadable(world: World): Promise<string[]> {
  const wrong: string[] = [];
  for (const key of [world.keys.owner!, world.keys.stranger!]) {
    const api = brandApi(world.addressOf('GET /v1/programs'), key);
    const get = async <Answer>(path: string): Promise<Answer | undefined> => {
      try {
        return await api.call<Answer>('GET', path);
      } catch (error) {
        wrong.push((error as Error).message);
        return undefined;
      }
    };
    const all = async (path: string): Promise<Row[]> => {
      const items: Row[] = [];
      let cursor = '';
      do {
        const page: { items?: Row[]; nextCursor?: string } | undefined = await get(
          `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor}`,
        );
        items.push(...(page?.items ?? []));
        cursor = page?.nextCursor ? `&cursor=${page.nextCursor}` : '';
      } while (cursor);
      return items;
    };
    const check = (id: RouteId, row: Row) => wrong.push(...whyNotTaken(id, row));

    for (const row of (await get<{ items: Row[] }>('/v1/keys'))?.items ?? []) check('createApiKey', row);
    await all('/v1/audit');
    for (const partner of await all('/v1/partners')) {
      check('createPartner', partner);
      for (const link of await all(`/v1/links?partnerId=${partner.partnerId}`)) check('createLink', link);
    }
    for (const program of await all('/v1/programs')) {
      const path = `/v1/programs/${program.programId}`;
      check('createProgram', program);
      for (const row of (await get<{ items: Row[] }>(`${path}/policies`))?.items ?? []) check('addPolicy', row);
      for (const row of (await get<{ items: Row[] }>(`${path}/plans`))?.items ?? []) check('addPlan', row);
      for (const row of await all(`${path}/experiments`)) {
        check('registerExperiment', row);
        await get(`${path}/experiments/${row.experimentId}`);
      }
      for (const enrolment of await all(`${path}/enrolments`)) {
        check('enrolPartner', enrolment);
        await get(`${path}/partners/${enrolment.partnerId}/ledger`);
      }
      for (const run of await all(`/v1/payouts?programId=${program.programId}`))
        await all(`/v1/payouts/${run.runId}/items`);
    }
    for (const { programId, day } of await daysWithOrders(world, key)) {
      for (const order of await all(`/v1/programs/${programId}/conversions?day=${day}`)) {
        check('reportConversion', order);
        await get(
          `/v1/programs/${programId}/conversions/${order.eventType}/${encodeURIComponent(String(order.orderId))}`,
        );
      }
    }
  }
  return wrong;
}

/** Programs and days on which there are conversions, from the index itself. */
async function daysWithOrders({ laptop, keys }: World, key: string): Promise<{ programId: string; day: string }[]> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: laptop.awsEndpoint, region: laptop.region, credentials: laptop.credentials() }),
  );
  const found = new Set<string>();
  const brand = `brd_${(key === keys.owner ? keys.owner : keys.stranger)!.slice(4, 10)}`;
  for (const table of laptop.assembly
    .ofType('AWS::DynamoDB::Table')
    .concat(laptop.assembly.ofType('AWS::DynamoDB::GlobalTable'))) {
    let ExclusiveStartKey: Row | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName: table.physicalName, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
      );
      for (const { dayPk } of page.Items ?? []) if (String(dayPk).startsWith(brand)) found.add(String(dayPk));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
  client.destroy();
  // The index has UTC days; the program's own may be the one before or after.
  const days = [...found].flatMap((dayPk) => {
    const [, programId = '', day = ''] = dayPk.split('#');
    return [-1, 0, 1].map((away) => `${programId}#${addDays(day, away)}`);
  });
  return [...new Set(days)].map((name) => {
    const [programId = '', day = ''] = name.split('#');
    return { programId, day };
  });
}

/** Whether what is answered would be taken again by the schema that let it in; fields that only the answer has are left aside. */
function whyNotTaken(id: RouteId, row: Row): string[] {
  const schema = CONTRACTS[id].body as z.ZodObject | undefined;
  return Object.entries(schema?.shape ?? {}).flatMap(([name, field]) => {
    if (row[name] === undefined) return [];
    const parsed = (field as z.ZodType).safeParse(row[name]);
    return parsed.success
      ? []
      : [`${id} would not take ${name} ${JSON.stringify(row[name]).slice(0, 200)}: ${parsed.error.issues[0]?.message}`];
  });
}

/** Messages that streams and queues gave up on. */
function setAside({ laptop }: World): string[] {
  const { queues } = laptop.modules;
  const failed = queues
    .list()
    .filter(({ name, deadLettersOf }) => deadLettersOf.length > 0 || /failures|dead/.test(name));
  return failed.flatMap(({ name }) => queues.peek(name, 3).map(({ body }) => `${name} holds ${body.slice(0, 400)}`));
}

/** Functions that broke after they had answered. */
const crashes = ({ laptop }: World): string[] =>
  laptop.assembly
    .ofType('AWS::Lambda::Function')
    .flatMap(({ physicalName }) => laptop.logs(physicalName).filter((line) => line.includes(CRASHED)));
