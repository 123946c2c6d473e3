import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENT_TYPES, readEvent } from '../../events/catalog/catalog.ts';
import { EVENT_SOURCE } from '../../events/catalog/envelope.ts';
import manifest from '../../events/samples/manifest.json' with { type: 'json' };
import { derive } from '../../lib/ids.ts';
import { Env } from '../../lib/names.ts';
import { hashSecret } from '../../lib/programs/api-key.ts';
import { apiKeys } from '../../lib/store/api-keys.ts';
import { days } from '../../lib/store/days.ts';
import { links } from '../../lib/store/links.ts';
import { type EventsGround, eventsGround } from '../support/events-ground.ts';
import { FRESH, type Step } from '../support/jobs-ground.ts';
import type { GivenProgram } from '../support/program.ts';
import { postbackSecret, sampleLink, sampleSecret, samplesProgram } from './story.ts';

const ROOT = join(import.meta.dirname, '../..');
// biome-ignore lint/suspicious/noExplicitAny: samples are read as what they are: text from outside
const sample = (path: string): any => JSON.parse(readFileSync(join(ROOT, 'events/samples', path), 'utf8'));
/** Straight to the mail queue: digests, plan changes, reminders, switched-off webhooks. */
const NOT_ON_THE_BUS = ['commission.digest-due', 'commission.plan-change-due', 'dispute.overdue', 'webhook.disabled'];
const found = (pattern: string) => globSync(pattern, { cwd: ROOT }).sort();

describe('coverage', () => {
  /** All API functions get the same kind of event; its sample is the conversion's. */
  const functions = found('functions/**/*.ts').map((file) => file.slice('functions/'.length, -'.ts'.length));
  const needed = functions.filter((name) => !name.startsWith('api/') || name in manifest);

  test('every function that is not an API area has a sample, and no other has', () => {
    expect(Object.keys(manifest).sort()).toEqual(needed);
    expect(needed.length).toBeGreaterThan(15);
  });

  test('every sample is some function’s, and there', () => {
    const named = Object.values(manifest).flat().sort();
    const files = found('events/samples/{http,streams,queues,workflows,schedules,operators,failures}/*.json');
    expect(named).toEqual(files.map((file) => file.slice('events/samples/'.length)));
  });

  test('every event type has a sample as the bus delivers it; what goes straight to the mail queue has none', () => {
    const types = found('events/samples/bus/*.json').map((file) =>
      file.slice('events/samples/bus/'.length, -'.json'.length),
    );
    expect(types).toEqual(EVENT_TYPES.filter((type) => !NOT_ON_THE_BUS.includes(type)).sort());
  });
});

describe('the bus', () => {
  test.each(found('events/samples/bus/*.json').map((file) => file.slice('events/samples/'.length)))(
    '%s keeps its contract',
    (path) => {
      const { detail, source, time, ...event } = sample(path);
      expect(source).toBe(EVENT_SOURCE);
      expect(event['detail-type']).toBe(detail.type);
      expect(time).toBe(`${detail.at.slice(0, 19)}Z`);
      const read = readEvent(detail);
      expect(read).toEqual({ event: detail });
    },
  );

  test('what a later version adds to an event is no reason to refuse it', () => {
    const { detail } = sample('bus/commission.posted.json');
    expect(readEvent({ ...detail, extra: 1, data: { ...detail.data, extra: 1 } })).toEqual({ event: detail });
  });

  test.each([
    ['no type', {}],
    ['another type', { type: 'order.placed' }],
    ['a type of JavaScript', { type: 'constructor' }],
    ['no data', { ...sample('bus/commission.posted.json').detail, data: undefined }],
    [
      'a fraction of a cent',
      {
        ...sample('bus/commission.released.json').detail,
        data: { ...sample('bus/commission.released.json').detail.data, cents: 0.5 },
      },
    ],
    ['another id', { ...sample('bus/commission.posted.json').detail, id: 'x' }],
  ])('an event with %s is refused in words', (_, event) => {
    expect(readEvent(event)).toEqual({ problem: expect.stringMatching(/\w/) });
  });
});

describe('each sample goes through the function that takes it', () => {
  let ground: EventsGround;
  let program: GivenProgram;
  // biome-ignore lint/suspicious/noExplicitAny: handlers of every shape
  const handlerOf = async (name: string): Promise<(event: any, context?: any) => Promise<any>> =>
    (await import(join(ROOT, `functions/${name}.ts`))).handler;
  const run = async (name: string, path: string) => (await handlerOf(name))(sample(path), FRESH);

  beforeAll(async () => {
    ground = await eventsGround();
    Object.assign(process.env, {
      [Env.coreTable]: ground.tables.core,
      [Env.failureQueue]: ground.urlOf('publish-failures'),
      [Env.failureQueues]: JSON.stringify({
        'mail-failures': { url: ground.urlOf('mail-failures'), queue: ground.urlOf('mail') },
      }),
      [Env.workflows]: '{}',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    });
    program = await samplesProgram(ground as never);
    await program.partner('Ann');
    await program.partner('Bob');
    await (await handlerOf('ops/rotate-click-keys'))(sample('operators/rotate-click-keys.json'));
  });
  afterAll(() => ground.stop());
  const asIn = (table: string, role: 'core' | 'clicks' | 'conversions' | 'ledger') =>
    table.replaceAll(`tributary-dev-data-${role}`, ground.tables[role]);
  /** The batch, from this ground's tables. */
  const batch = (path: string) =>
    JSON.parse((['core', 'clicks', 'conversions', 'ledger'] as const).reduce(asIn, JSON.stringify(sample(path))));

  test('a click', async () => {
    const { brandId, programId } = program;
    const partnerId = derive('partner', brandId, 'Ann');
    const code = sampleLink(brandId);
    const told = {
      auditId: derive('audit', code),
      brandId,
      at: '2026-01-01T00:00:00.000Z',
      person: 'x',
      keyId: 'k',
      action: 'createLink',
      target: code,
    };
    const link = {
      code,
      brandId,
      programId,
      partnerId,
      destinationUrl: 'https://shop.example/shoes',
      clickParameter: 'trb_click',
      status: 'active',
      createdAt: told.at,
    } as const;
    await links(ground.engine.client, ground.tables.core).create(link, told);
    const { statusCode, headers } = await run('track/click', 'http/click.json');
    expect([statusCode, headers.location]).toEqual([
      302,
      expect.stringContaining('https://shop.example/shoes?trb_click='),
    ]);
    const page = await run('track/via', 'http/via.json');
    expect([page.statusCode, JSON.parse(page.body)]).toEqual([
      200,
      { clickId: expect.stringMatching(/^[\w-]{64}$/), visitor: expect.any(String) },
    ]);
    expect(await run('track/script', 'http/script.json')).toMatchObject({ statusCode: 200 });
  });

  test('an authorizer’s request', async () => {
    const { brandId } = program;
    const secret = sampleSecret(brandId);
    const keys = apiKeys(ground.engine.client, ground.tables.core);
    const at = '2026-01-01T00:00:00.000Z';
    const told = {
      auditId: derive('audit', 'key'),
      brandId,
      at,
      person: 'x',
      keyId: 'k',
      action: 'createApiKey',
      target: 'key',
    };
    const key = {
      keyId: derive('apiKey', 'sample'),
      name: 'shop',
      person: 'ops@fjordtrail.example',
      role: 'manager',
      lastFour: secret.slice(-4),
      createdAt: at,
      createdBy: 'x',
    } as const;
    await keys.create({ ...key, brandId, hash: hashSecret(secret) }, told);
    expect(await run('api/authorize', 'http/authorizer.json')).toMatchObject({
      isAuthorized: true,
      context: { brandId, role: 'manager' },
    });
  });

  test('a tracker’s postback', async () => {
    const { brandId, programId } = program;
    const secret = postbackSecret(brandId);
    const at = '2026-01-01T00:00:00.000Z';
    const told = {
      ...{ auditId: derive('audit', 'postback'), brandId, at, person: 'x', keyId: 'k' },
      ...{ action: 'createApiKey', target: 'postback' },
    };
    const key = {
      ...{ brandId, programId, keyId: derive('apiKey', 'postback'), name: 'tracker', person: 'ops@fjordtrail.example' },
      role: 'postback',
      ...{ lastFour: secret.slice(-4), createdAt: at, createdBy: 'x', hash: hashSecret(secret) },
    } as const;
    await apiKeys(ground.engine.client, ground.tables.core).create(key, told);
    expect(await run('track/postback', 'http/postback.json')).toMatchObject({
      statusCode: 200,
      body: 'success=true; outcome=recorded; event=sale; order_id=1003',
    });
  });

  test('a reported conversion', async () => {
    const { statusCode, body } = await run('api/report-conversions', 'http/conversion.json');
    expect([statusCode, JSON.parse(body).outcome]).toEqual([202, 'recorded']);
  });

  test('a late click', async () => {
    expect(await run('queue/record-click', 'queues/late-click.json')).toEqual({ batchItemFailures: [] });
  });

  test.each(manifest['stream/publish-changes'])('%s', async (path) => {
    const publish = await handlerOf('stream/publish-changes');
    expect(await publish(batch(path))).toEqual({ batchItemFailures: [] });
    expect(ground.waiting('publish-failures')).toEqual([]);
  });

  test.each(manifest['stream/count-day'])('%s', async (path) => {
    const count = await handlerOf('stream/count-day');
    expect(await count(batch(path))).toEqual({ state: {}, batchItemFailures: [] });
    expect(ground.waiting('publish-failures')).toEqual([]);
    const { brandId, programId } = program;
    const { items } = await days(ground.engine.client, ground.tables.core).range(
      brandId,
      programId,
      '2026-03-01',
      '2026-04-30',
    );
    expect(items.length).toBeGreaterThan(0);
  });

  test('mails: a welcome and a digest go out; the statement’s waits for its record', async () => {
    const { Records } = sample('queues/mail.json') as SQSEvent;
    const sendMail = await handlerOf('queue/send-mail');
    const { batchItemFailures } = await sendMail({ Records });
    expect(batchItemFailures).toEqual([{ itemIdentifier: Records[1]!.messageId }]);
    const subjects = ground.mail.list().map(({ subject }) => subject);
    expect(subjects.sort()).toEqual(['Welcome to Fjord & Trail', 'You earned 61.92 USD with Fjord & Trail']);
  });

  test('a webhook’s delivery that is not there is nothing to do', async () => {
    process.env[Env.failureQueue] = ground.urlOf('webhooks-failures');
    expect(await run('queue/send-webhook', 'queues/webhook-delivery.json')).toEqual({ batchItemFailures: [] });
    expect(ground.waiting('webhooks-failures')).toEqual([]);
  });

  const steps = Object.entries(manifest).filter(([name]) => name.startsWith('jobs/'));
  test.each(steps.flatMap(([name, paths]) => paths.map((path) => [name, path] as const)))(
    '%s takes %s',
    async (name, path) => {
      const handler = (await handlerOf(name)) as Step;
      // A scheduled run gets its as-of time from the state machine.
      const input = { asOf: '2026-03-10T13:05:00.000Z', ...sample(path) };
      const outcome = await handler(input, FRESH).catch((error: Error) => error);
      expect(String(outcome)).not.toContain('input refused');
    },
  );

  test('an operator’s inputs', async () => {
    expect(await run('ops/create-brand', 'operators/create-brand.json')).toMatchObject({ created: true });
    expect(await run('ops/write-tin-file', 'operators/write-tin-file.json')).toMatchObject({ lines: 0 });
    expect(await run('ops/replay-failures', 'operators/replay-failures.json')).toMatchObject({
      queue: 'mail-failures',
    });
  });
});
