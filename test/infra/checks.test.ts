import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functionFiles } from '../../infra/bundle.ts';
import { STAGE_NAMES, stageNamed } from '../../infra/stages.ts';
import { synthesize } from '../../infra/synthesize.ts';

/** As a deployment synthesizes: functions bundled, CloudFormation's own rules and cdk-nag on. Anything unexplained makes it throw. */
describe.each(STAGE_NAMES)('%s passes every check', (name) => {
  const outdir = mkdtempSync(join(tmpdir(), `tributary-checked-${name}-`));
  let assembly: CloudAssembly;
  beforeAll(async () => {
    delete process.env.CDK_VALIDATION;
    assembly = await synthesize({ context: { stage: name }, outdir, checked: true });
  }, 120_000);
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  test('CloudFormation, AwsSolutions and Serverless rules, with every exception explained', () => {
    const report = readdirSync(outdir).filter((file) => file.includes('validation-report'));
    expect(report).toHaveLength(1);
    expect(assembly.stacks.map(({ stackName }) => stackName)).toHaveLength(11);
  });

  test('every file under functions/ is deployed, and nothing else is', () => {
    const deployed = assembly.stacks.flatMap(({ template }) =>
      Object.values<{ Type: string; Properties: { Description?: string } }>(template.Resources)
        .filter(({ Type }) => Type === 'AWS::Lambda::Function')
        .map(({ Properties }) => String(Properties.Description).replace(/^functions\/|\.ts$/g, '')),
    );
    expect(deployed.sort()).toEqual(functionFiles(join(import.meta.dirname, '../..')));
  });

  test('nothing in a template depends on the machine that made it', () => {
    for (const { template } of assembly.stacks) expect(JSON.stringify(template)).not.toContain(process.cwd());
  });
});

test.each(['', 'staging', 'DEV', 7, undefined])('a stage called %j is refused', (name) => {
  expect(() => stageNamed(name)).toThrow('stage must be one of dev, prod');
});
