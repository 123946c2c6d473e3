import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WindowAnswer, WindowEvent } from '../../../functions/stream/count-day.ts';
import type { Cap } from '../../../lib/caps/cap.ts';
import { derive, mintLinkCode } from '../../../lib/ids.ts';
import { Env } from '../../../lib/names.ts';
import { capCounters } from '../../../lib/store/cap-counters.ts';
import { caps } from '../../../lib/store/caps.ts';
import { changeOf } from '../../../lib/store/changes.ts';
import { links } from '../../../lib/store/links.ts';
import { eventsOf } from '../../../lib/store/outbox.ts';
import { type EventsGround, eventsGround } from '../../support/events-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: EventsGround;
let countDay: (event: WindowEvent) => Promise<WindowAnswer>;
let program: GivenProgram;
let ann: string;
let bob: string;
beforeAll(async () => {
  ground = await eventsGround();
  process.env[Env.failureQueue] = ground.urlOf('publish-failures');
  countDay = (await import('../../../functions/stream/count-day.ts')).handler;
  program = await givenProgram(ground as never, 'click caps');
  ann = await program.partner('Ann');
  bob = await program.partner('Bob');
  for (const partnerId of [ann, bob]) await givenLink(partnerId);
  await create({ scope: { kind: 'partner', partnerId: ann } });
});
afterAll(() => ground.stop());

const linkOf = (partnerId: string) =>
  mintLinkCode(program.brandId, Buffer.from(derive('event', partnerId).slice(4, 9)));
let told = 0;
const entry = () => {
  told += 1;
  const auditId = derive('audit', 'told here', told);
  return { auditId, brandId: program.brandId, at: CREATED, person: 'p', keyId: 'k', action: 'create', target: 't' };
};
const CREATED = '2026-03-01T00:00:00.000Z';

async function givenLink(partnerId: string) {
  const { brandId, programId } = program;
  const link = {
    code: linkOf(partnerId),
    brandId,
    programId,
    partnerId,
    destinationUrl: 'https://shop.example/',
    clickParameter: 'trb_click',
    status: 'active' as const,
    createdAt: CREATED,
  };
  expect(await links(ground.engine.client, ground.tables.core).create(link, entry())).toBe('created');
}

let cap: Cap;
async function create(more: Partial<Cap>) {
  const { brandId, programId } = program;
  cap = {
    brandId,
    programId,
    capId: derive('cap', programId),
    scope: { kind: 'program' },
    measure: 'clicks',
    window: 'day',
    limit: 3,
    hard: true,
    startsAt: CREATED,
    createdAt: CREATED,
    ...more,
  };
  expect(await caps(ground.engine.client, ground.tables.core).create(cap, entry())).toBe(true);
}

let clicked = 0;
async function clicks(partnerId: string, day: string, count: number): Promise<DynamoDBRecord[]> {
  for (let n = 0; n < count; n += 1) {
    clicked += 1;
    await program.click(partnerId, `v${clicked}`, `${day}T09:00:00.000Z`);
  }
  return ground.records('clicks');
}
const deliver = (Records: DynamoDBRecord[]) => countDay({ Records, shardId: 'shard-1', state: {} } as WindowEvent);
const flag = async (partnerId: string) => {
  const link = await links(ground.engine.client, ground.tables.core).get(linkOf(partnerId));
  return [link?.capped, link?.cappedUntil];
};
const used = async () =>
  Object.fromEntries(
    (await capCounters(ground.engine.client, ground.tables.core).windows(cap, 9)).map(({ sk, clicks }) => [sk, clicks]),
  );
const events = async () =>
  (await ground.records('core'))
    .flatMap((row) => eventsOf(changeOf(row), 'core'))
    .filter(({ type }) => type === 'cap.reached');

test('a link is capped when its cap is full, its owner’s only, once however often the clicks are delivered', async () => {
  await events();
  const batch = [...(await clicks(ann, '2026-03-10', 2)), ...(await clicks(bob, '2026-03-10', 5))];
  expect(await deliver(batch)).toMatchObject({ batchItemFailures: [] });
  expect(await flag(ann)).toEqual([undefined, undefined]);
  const third = await clicks(ann, '2026-03-10', 1);
  for (let time = 0; time < 3; time += 1) await deliver([...batch, ...third]);
  expect(await used()).toEqual({ '2026-03-10': 3 });
  expect(await flag(ann)).toEqual([true, '2026-03-11T00:00:00.000Z']);
  expect(await flag(bob)).toEqual([undefined, undefined]);
  expect(await events()).toMatchObject([{ data: { capId: cap.capId, threshold: 100, used: 3, partnerId: ann } }]);
});

test('a click of the next day frees it', async () => {
  await deliver(await clicks(ann, '2026-03-11', 1));
  expect(await flag(ann)).toEqual([undefined, undefined]);
  expect(await used()).toEqual({ '2026-03-10': 3, '2026-03-11': 1 });
});
