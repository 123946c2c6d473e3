import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { STAGE_NAMES } from '../../infra/stages.ts';
import { AuditOrder } from '../../lib/ledger/audit-order.ts';
import { WORKFLOWS } from '../../lib/names.ts';
import { PaymentOrder, PayoutOrder } from '../../lib/payouts/order.ts';
import { NewBrand } from '../../lib/programs/brand.ts';
import { BacktestOrder } from '../../lib/settlement/backtest-order.ts';
import { ComparisonOrder } from '../../lib/settlement/comparison-order.ts';
import { SettlementOrder } from '../../lib/settlement/order.ts';
import { ReleaseOrder } from '../../lib/settlement/release-order.ts';
import { TinFileOrder } from '../../lib/tax/tin-file-order.ts';
import { plainText } from '../../scripts/cost/inventory.ts';
import { synthesizedStage } from './synthesized.ts';

const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
/** Articles by heading: what stands under it until the next heading of its level. */
const articles = new Map(
  runbook
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')).trim(), text.replace(/^## .*/ms, '')]),
);

describe.each(STAGE_NAMES)('what can fail in %s', (name) => {
  const stage = synthesizedStage(name);
  afterAll(() => stage.remove());
  const alarms = stage.ofType('AWS::CloudWatch::Alarm');
  const queues = stage.ofType('AWS::SQS::Queue');
  const failureQueues = queues.filter(({ properties }) => properties.RedrivePolicy === undefined);
  const alarmsOn = (logicalId: string) =>
    alarms.filter(({ properties }) => JSON.stringify(properties).includes(`"${logicalId}"`));

  test.each(
    alarms.map(({ properties }) => [properties.AlarmName.replace(`tributary-${name}-`, ''), properties] as const),
  )('alarm %s says who is hurt and where to look', (_, properties) => {
    const [, impact, article] =
      /^([A-Z][^#]{20,}\.) What to do: docs\/runbook\.md#([a-z0-9-]+)$/.exec(properties.AlarmDescription) ?? [];
    expect(impact).toBeDefined();
    expect([...articles.keys()]).toContain(article);
    expect(properties.AlarmActions).toHaveLength(1);
  });

  test('every queue is encrypted, and has a dead-letter queue or is one with an alarm', () => {
    for (const { logicalId, properties } of queues) {
      expect(properties.SqsManagedSseEnabled, logicalId).toBe(true);
      const target = properties.RedrivePolicy?.deadLetterTargetArn['Fn::GetAtt'][0];
      if (target) expect(failureQueues.map((queue) => queue.logicalId)).toContain(target);
      else {
        expect(properties.MessageRetentionPeriod, logicalId).toBe(14 * 86_400);
        expect(alarmsOn(logicalId), logicalId).toHaveLength(1);
      }
    }
  });

  test('a message stays hidden for six times as long as its worker may take', () => {
    for (const mapping of stage.ofType('AWS::Lambda::EventSourceMapping')) {
      const source = mapping.properties.EventSourceArn['Fn::GetAtt']?.[0];
      const queue = queues.find(({ logicalId }) => logicalId === source);
      if (!queue) continue;
      const worker = stage
        .ofType('AWS::Lambda::Function')
        .find(({ logicalId }) => logicalId === mapping.properties.FunctionName.Ref);
      expect(queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * worker?.properties.Timeout);
      expect(mapping.properties.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });

  test('every event source reports single failures; streams give nothing up while they have it', () => {
    for (const { properties } of stage.ofType('AWS::Lambda::EventSourceMapping')) {
      expect(properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      if (properties.StartingPosition === undefined) continue;
      expect(properties).toMatchObject({ StartingPosition: 'TRIM_HORIZON', BisectBatchOnFunctionError: true });
      expect(properties.MaximumRetryAttempts ?? -1).toBe(-1);
      expect(properties.DestinationConfig.OnFailure.Destination['Fn::GetAtt']).toBeDefined();
    }
  });

  test('no stream has more than two readers', () => {
    const sources = stage
      .ofType('AWS::Lambda::EventSourceMapping')
      .map(({ properties }) => JSON.stringify(properties.EventSourceArn));
    for (const source of sources) expect(sources.filter((one) => one === source).length).toBeLessThanOrEqual(2);
  });

  test('counting gets windows, without which an event does not name its shard', () => {
    const counting = stage
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => JSON.stringify(properties.FunctionName).includes('countday'));
    expect(counting).toHaveLength(3);
    for (const { properties } of counting) expect(properties.TumblingWindowInSeconds).toBe(60);
  });

  test('rules and schedules keep what they could not deliver', () => {
    for (const { properties } of stage.ofType('AWS::Events::Rule')) {
      for (const target of properties.Targets) {
        expect(target.DeadLetterConfig.Arn).toBeDefined();
        expect(target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
      }
    }
    for (const { properties } of stage.ofType('AWS::Scheduler::Schedule')) {
      expect(properties.Target.DeadLetterConfig.Arn).toBeDefined();
      expect(properties.Target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
    }
  });

  test('a function that is called without waiting has somewhere to put what fails', () => {
    const scheduled = stage
      .ofType('AWS::Scheduler::Schedule')
      .map(({ properties }) => properties.Target.Arn['Fn::GetAtt']?.[0])
      .filter((logicalId) => stage.ofType('AWS::Lambda::Function').some((fn) => fn.logicalId === logicalId));
    const covered = stage
      .ofType('AWS::Lambda::EventInvokeConfig')
      .filter(({ properties }) => properties.DestinationConfig.OnFailure.Destination)
      .map(({ properties }) => properties.FunctionName.Ref);
    expect(covered).toEqual(scheduled);
  });

  test('a workflow that fails or does not run is noticed', () => {
    const names = alarms.map(({ properties }) => properties.AlarmName.replace(`tributary-${name}-`, ''));
    for (const workflow of WORKFLOWS.filter((one) => name === 'prod' || MONEY.includes(one)))
      expect(names).toContain(`${workflow}-failed`);
    for (const workflow of name === 'prod' ? WORKFLOWS : ['settle-conversions', 'release-commissions', 'pay-payout'])
      expect(names.some((one) => one === `${workflow}-timed-out` || one === `${workflow}-not-running`)).toBe(true);
    for (const workflow of ['settle-conversions', 'release-commissions'])
      expect(names).toContain(`${workflow}-not-running`);
  });

  test('alarms may publish to their topic', () => {
    const [policy] = stage.ofType('AWS::SNS::TopicPolicy');
    expect(JSON.stringify(policy?.properties)).toContain('cloudwatch.amazonaws.com');
  });
});

/** Workflows on which money waits: their failures ring in every stage. */
const MONEY: readonly string[] = [
  'settle-conversions',
  'release-commissions',
  'draft-payout',
  'pay-payout',
  'audit-ledger',
];

describe('the runbook', () => {
  const stage = synthesizedStage('prod');
  afterAll(() => stage.remove());
  const functions = stage
    .ofType('AWS::Lambda::Function')
    .map(({ properties }) => properties.FunctionName.replace('tributary-prod-', ''));

  test.each([...functions, ...WORKFLOWS])('has an article on %s', (subject) => {
    expect([...articles.keys()]).toContain(subject);
  });

  test.each([...articles])('%s: description, investigation, resolution', (_, text) => {
    expect(text).toMatch(/\*\*Description\*\*.+\*\*Investigation\*\*.+\*\*Resolution\*\*/s);
  });

  const inputsIn = (article: string): object[] =>
    [...(articles.get(article) ?? '').matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text ?? ''));
  const asOf = { asOf: '2026-03-01T00:00:00.000Z' };

  test.each([
    ['settle-conversions', SettlementOrder, 4],
    ['release-commissions', ReleaseOrder, 2],
    ['audit-ledger', AuditOrder, 2],
    ['backtest-attribution', BacktestOrder, 1],
    ['compare-attribution', ComparisonOrder, 1],
    ['ledger-laws-broken', AuditOrder, 1],
    ['draft-payout', PayoutOrder, 1],
    ['pay-payout', PaymentOrder, 2],
    ['ops-create-brand', NewBrand, 1],
    ['ops-write-tin-file', TinFileOrder, 2],
  ] as const)('the inputs to paste for %s are taken', (article, schema, count) => {
    const inputs = inputsIn(article);
    expect(inputs).toHaveLength(count);
    const standard = article.startsWith('ops') ? {} : asOf;
    for (const input of inputs) expect(schema.safeParse({ ...standard, ...input }).error).toBeUndefined();
  });

  test('every queue to replay is known to ops-replay-failures, and each of those has its input', () => {
    const replay = stage
      .ofType('AWS::Lambda::Function')
      .find(({ properties }) => properties.FunctionName === 'tributary-prod-ops-replay-failures');
    const known = [
      ...plainText(replay?.properties.Environment.Variables.FAILURE_QUEUES).matchAll(/"([a-z0-9-]+-failures)":/g),
    ];
    const pasted = [...articles.keys()]
      .flatMap((article) => inputsIn(article))
      .flatMap((input) => ('queue' in input ? [input.queue] : []));
    expect([...new Set(pasted)].sort()).toEqual(known.map(([, name]) => name).sort());
  });

  test('every input to paste is JSON', () => {
    const inputs = [...runbook.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text ?? '');
    expect(inputs.length).toBeGreaterThan(8);
    for (const input of inputs) expect(() => JSON.parse(input), input).not.toThrow();
  });
});
