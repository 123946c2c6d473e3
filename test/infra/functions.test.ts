import { afterAll, describe, expect, test } from 'vitest';
import { STAGE_NAMES } from '../../infra/stages.ts';
import { synthesizedStage } from './synthesized.ts';

describe.each(STAGE_NAMES)('functions of %s', (name) => {
  const stage = synthesizedStage(name);
  afterAll(() => stage.remove());
  const functions = stage.ofType('AWS::Lambda::Function').map(({ properties }) => ({
    entry: String(properties.Description).replace(/^functions\/|\.ts$/g, ''),
    properties,
  }));

  test.each(functions.map(({ entry, properties }) => [entry, properties] as const))('%s', (entry, properties) => {
    expect(properties.FunctionName).toBe(`tributary-${name}-${entry.replace('/', '-')}`);
    expect(properties).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x', Handler: 'index.handler' });
    expect(properties.Timeout).toBeGreaterThan(0);
    // One holds all journeys of a comparison at once, so it cannot go on in another call; one walks over all returns of a year.
    const isLong = entry === 'jobs/compare-partners' || entry === 'jobs/write-returns';
    expect(properties.Timeout).toBeLessThanOrEqual(isLong ? 900 : 300);
    expect(properties.MemorySize).toBeGreaterThanOrEqual(256);
    expect(properties.TracingConfig?.Mode).toBe(entry === 'track/click' ? undefined : 'Active');
    expect(properties.LoggingConfig).toMatchObject({ LogFormat: 'JSON', SystemLogLevel: 'WARN' });
    const logGroup = stage
      .ofType('AWS::Logs::LogGroup')
      .find(({ logicalId }) => logicalId === properties.LoggingConfig.LogGroup.Ref);
    expect(logGroup?.properties.LogGroupName).toBe(`/tributary/${name}/${entry}`);
    expect(logGroup?.properties.RetentionInDays).toBeGreaterThan(0);
  });

  test('API functions answer before API Gateway gives up on them after 30 seconds', () => {
    const slow = functions.filter(({ entry, properties }) => /^(api|track)\//.test(entry) && properties.Timeout >= 30);
    expect(slow).toEqual([]);
  });

  test('work on shards cannot take the concurrency of clicks where the stage has a limit', () => {
    const limited = functions
      .filter(({ properties }) => properties.ReservedConcurrentExecutions !== undefined)
      .map(({ entry }) => entry);
    const shards = [
      'settle-shard',
      'release-shard',
      'reserve-items',
      'pay-items',
      'write-statements',
      'queue-webhooks',
      'assess-returns',
    ];
    expect(limited.sort()).toEqual(name === 'prod' ? shards.map((step) => `jobs/${step}`).sort() : []);
  });

  test('text that AWS takes as ASCII only is ASCII', () => {
    const odd = /[^\x20-\x7e]/;
    for (const [stack, template] of Object.entries(stage.templates)) {
      expect(odd.exec(JSON.stringify(template))?.[0], stack).toBeUndefined();
    }
  });
});

describe('what outlives a stage', () => {
  const prod = synthesizedStage('prod');
  const dev = synthesizedStage('dev');
  afterAll(() => {
    prod.remove();
    dev.remove();
  });
  const kept = (stage: typeof prod) =>
    Object.values(stage.templates).flatMap((template) =>
      Object.values((template as { Resources: Record<string, { Type: string; DeletionPolicy?: string }> }).Resources)
        .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
        .map(({ Type }) => Type),
    );

  test('prod keeps tables, documents and the key of the vault; dev can be removed whole', () => {
    expect(kept(prod).sort()).toEqual([
      ...Array(6).fill('AWS::DynamoDB::Table'),
      'AWS::KMS::Key',
      ...Array(2).fill('AWS::S3::Bucket'),
    ]);
    expect(kept(dev)).toEqual([]);
  });

  test.each([prod, dev])('every table of $name can be recovered to any second', ({ ofType }) => {
    for (const { properties } of ofType('AWS::DynamoDB::Table')) {
      expect(properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true);
      expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
    }
  });

  test('prod protects its tables against deletion', () => {
    for (const { properties } of prod.ofType('AWS::DynamoDB::Table'))
      expect(properties.DeletionProtectionEnabled).toBe(true);
  });

  test('the vault’s key is replaced every year', () => {
    for (const { properties } of prod.ofType('AWS::KMS::Key')) expect(properties.EnableKeyRotation).toBe(true);
  });
});
