/**
 * Makes `events/samples/` again: what each trigger really sends, from a small story told through the stores and jobs on a real engine.
 * To be run after a change to a row or to an input: `node test/events/capture-samples.ts && npm run format`. The same code gives the same files,
 * and `captured-samples.test.ts` compares them. Another folder to write to may be named behind it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TributaryEvent } from '../../events/catalog/catalog.ts';
import { derive } from '../../lib/ids.ts';
import { digestDue } from '../../lib/messages/mail-order.ts';
import { eventsOf } from '../../lib/store/outbox.ts';
import { deliveryIdOf } from '../../lib/webhooks/delivery.ts';
import { jobsGround } from '../support/jobs-ground.ts';
import type { GivenProgram } from '../support/program.ts';
import { delivered, expired, givenUp, sqsEvent, windowBatch } from './aws-envelopes.ts';
import { httpSamples } from './http-samples.ts';
import { MADE_AT_MS, sampleLink, samplesProgram } from './story.ts';
import { eventsIn, oneOfEach, storyStreams } from './story-streams.ts';
import { tellStory } from './tell-story.ts';

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '../../events/samples');
Date.now = () => MADE_AT_MS;

const ground = await jobsGround();
const streams = storyStreams(ground);
const program = await samplesProgram(ground);
const inputs = await tellStory(program, ground, streams);
const records = {
  core: await streams.records('core'),
  clicks: await streams.records('clicks'),
  conversions: await streams.records('conversions'),
  ledger: await streams.records('ledger'),
};
const events = (['core', 'conversions', 'ledger'] as const).flatMap((role) => eventsIn(records[role], role));
await ground.stop();

// What nothing sends any more must not stay.
for (const kind of ['bus', 'failures', 'http', 'operators', 'queues', 'schedules', 'streams', 'workflows'])
  rmSync(join(FOLDER, kind), { recursive: true, force: true });
for (const [name, event] of Object.entries(await httpSamples(program))) write(`http/${name}.json`, event);
streamSamples();
busSamples([...events, ...capReached(program)]);
queueSamples(program, events);
for (const [step, input] of Object.entries(inputs)) write(`workflows/${step}.json`, input);
for (const name of [
  'settle-conversions',
  'release-commissions',
  'audit-ledger',
  'draft-due-payouts',
  'send-digests',
  'sweep-webhooks',
])
  write(`schedules/${name}.json`, {});
write('schedules/recount-conversions.json', { mode: 'recount' });
operatorSamples();
failureSamples();

function write(path: string, value: unknown): void {
  const file = join(FOLDER, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function streamSamples(): void {
  for (const role of ['core', 'conversions', 'ledger'] as const)
    write(`streams/publish-${role}.json`, { Records: oneOfEach(records[role], role) });
  const { clicks } = records;
  write('streams/count-clicks.json', windowBatch('clicks', [...clicks, expired(clicks[0]!)]));
  for (const role of ['conversions', 'ledger'] as const)
    write(`streams/count-${role}.json`, windowBatch(role, oneOfEach(records[role], role)));
}

/** The story has no cap: three orders of Ann's fill one of three a day. */
function capReached({ brandId, programId }: GivenProgram): TributaryEvent[] {
  const key = { pk: `${brandId}#${programId}#CAP#${derive('cap', programId)}`, sk: '2026-03-10' };
  const scope = { kind: 'partner', partnerId: derive('partner', brandId, 'Ann') };
  const after = { ...key, used: 3, lim: 3, what: 'conversions', scope, hard: true };
  const at = Date.parse('2026-03-10T12:00:00Z') / 1_000;
  return eventsOf({ table: 'conversions', kind: 'INSERT', key, after, sequence: '1', at }, 'conversions');
}

function busSamples(all: readonly TributaryEvent[]): void {
  for (const event of new Map(all.map((one) => [one.type, one])).values())
    write(`bus/${event.type}.json`, delivered(event));
}

function queueSamples({ brandId, programId }: GivenProgram, all: readonly TributaryEvent[]): void {
  const find = (type: TributaryEvent['type']) => all.find((event) => event.type === type)!;
  const enrolled = find('partner.enrolled');
  const { partnerId } = enrolled.data as { partnerId: string };
  const day = {
    day: '2026-03-10',
    currency: 'USD',
    clicks: 2,
    conversions: 3,
    revenueCents: 77_400,
    commissionCents: 6_192,
    returns: 0,
  };
  const digest = digestDue(brandId, '2026-03-11T08:00:00.000Z', { programId, partnerId, ...day });
  write('queues/mail.json', sqsEvent('mail', [delivered(enrolled), delivered(find('statement.issued')), digest]));
  const webhookId = derive('webhook', brandId);
  const deliveryId = deliveryIdOf(webhookId, enrolled);
  write('queues/webhook-delivery.json', sqsEvent('webhooks', [{ brandId, webhookId, deliveryId }]));
  const click = {
    brandId,
    programId,
    partnerId,
    link: sampleLink(brandId),
    at: '2026-03-10T09:31:47.310Z',
    visitor: 'dmlzaXRvcjE',
    nonce: 'beef',
    referrerHost: 'trailnotes.example',
    expiresAt: 1_780_911_107,
  };
  write('queues/late-click.json', sqsEvent('late-clicks', [click]));
}

function operatorSamples(): void {
  write('operators/create-brand.json', { name: 'Fjord & Trail', ownerEmail: 'mia@fjordtrail.example' });
  write('operators/rotate-click-keys.json', {});
  write('operators/write-tin-file.json', { brandId: 'brd_p61w8e' });
  write('operators/replay-failures.json', { queue: 'mail-failures', max: 100, dryRun: true });
}

/** What lies in dead-letter queues: message bodies. */
function failureSamples(): void {
  write('failures/given-up-batch.json', givenUp('ledger', records.ledger));
  const reason = 'the row names no partner';
  const spoiled = {
    ...records.clicks[0]!,
    dynamodb: {
      ...records.clicks[0]!.dynamodb,
      NewImage: { ...records.clicks[0]!.dynamodb!.NewImage, p: { S: 'nobody' } },
    },
  };
  write('failures/set-aside-record.json', {
    setAside: { worker: 'stream/count-day', reason, at: '2026-04-16T08:00:06.000Z' },
    record: spoiled,
  });
  const refusal = 'MessageRejected: Email address is not verified.';
  write('failures/set-aside-mail.json', {
    setAside: { worker: 'queue/send-mail', reason: refusal, at: '2026-04-16T08:00:07.000Z' },
    record: JSON.stringify(delivered(events.find(({ type }) => type === 'partner.enrolled')!)),
  });
}
