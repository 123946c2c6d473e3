import { afterAll, describe, expect, test } from 'vitest';
import { STAGE_NAMES } from '../../infra/stages.ts';
import { type SynthesizedStage, synthesizedStage, type TemplateResource } from './synthesized.ts';

interface Statement {
  readonly role: string;
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
}

/** Identity-policy statements by the logical id of their role. */
function statementsOf(stage: SynthesizedStage): Statement[] {
  return stage.ofType('AWS::IAM::Policy').flatMap(({ properties }) =>
    // biome-ignore lint/suspicious/noExplicitAny: a policy document as the template has it
    properties.PolicyDocument.Statement.map((statement: any) => ({
      role: properties.Roles[0].Ref,
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat(),
    })),
  );
}

const entryOf = (fn: TemplateResource) => String(fn.properties.Description).replace(/^functions\/|\.ts$/g, '');

describe.each(STAGE_NAMES)('permissions in %s', (name) => {
  const stage = synthesizedStage(name);
  afterAll(() => stage.remove());
  const functions = stage.ofType('AWS::Lambda::Function');
  const statements = statementsOf(stage);
  /** Functions with a statement that has one of these actions and names the resource. */
  const whoMay = (action: RegExp, resource: RegExp): string[] =>
    functions
      .filter((fn) =>
        statements.some(
          ({ role, actions, resources }) =>
            fn.properties.Role['Fn::GetAtt'][0] === role &&
            actions.some((one) => action.test(one)) &&
            resources.some((one) => resource.test(JSON.stringify(one))),
        ),
      )
      .map(entryOf)
      .sort();

  test('no function shares its role, and no role has a policy of AWS', () => {
    const roles = functions.map(({ properties }) => properties.Role['Fn::GetAtt'][0]);
    expect(new Set(roles).size).toBe(functions.length);
    for (const { properties } of stage.ofType('AWS::IAM::Role')) expect(properties.ManagedPolicyArns).toBeUndefined();
  });

  test('no action is a wildcard', () => {
    for (const { actions } of statements) for (const action of actions) expect(action).not.toContain('*');
  });

  test('only actions that no resource can limit are allowed on all', () => {
    const onAll = statements.filter(({ resources }) => resources.includes('*')).flatMap(({ actions }) => actions);
    const unlimitable = /^(xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)|logs:\w+)$/;
    expect(onAll.filter((action) => !unlimitable.test(action))).toEqual([]);
  });

  test('a wildcard in a resource stands for a document, a run or a mail identity', () => {
    const named = statements.flatMap(({ resources }) => resources.map((resource) => JSON.stringify(resource)));
    const wild = named.filter((resource) => resource.includes('*') && resource !== '"*"');
    expect(
      wild.filter((one) => !/(statements|payouts|reports|journeys|tax)\/\*|:execution:.*:\*|:identity\/\*/.test(one)),
    ).toEqual([]);
  });

  test('the ledger is never changed or deleted from', () => {
    expect(whoMay(/^dynamodb:(Update|Delete|BatchWrite|PartiQL)/, /ledgertable/)).toEqual([]);
  });

  test('the ledger is appended to by postings alone', () => {
    expect(whoMay(/^dynamodb:PutItem$/, /ledgertable/)).toEqual([
      'api/adjustments',
      'api/payouts',
      'jobs/freeze-run',
      'jobs/pay-batches',
      'jobs/pay-items',
      'jobs/release-shard',
      'jobs/reserve-items',
      'jobs/settle-shard',
    ]);
  });

  test('the vault is open to seven functions, each in one direction but for the one that makes taxpayer keys', () => {
    expect(whoMay(/^dynamodb:/, /vaulttable/)).toEqual([
      'api/payout-methods',
      'api/tax-forms',
      'api/year-end',
      'jobs/freeze-run',
      'jobs/match-taxpayers',
      'jobs/write-returns',
      'ops/write-tin-file',
    ]);
    expect(whoMay(/^dynamodb:PutItem$/, /vaulttable/)).toEqual([
      'api/payout-methods',
      'api/tax-forms',
      'api/year-end',
      'jobs/match-taxpayers',
    ]);
    expect(whoMay(/^kms:Encrypt$/, /vaultkey/)).toEqual([
      'api/keys',
      'api/payout-methods',
      'api/tax-forms',
      'api/webhooks',
      'api/year-end',
      'jobs/match-taxpayers',
    ]);
    expect(whoMay(/^kms:Decrypt$/, /vaultkey/)).toEqual([
      'api/conversions',
      'api/report-conversions',
      'jobs/freeze-run',
      'jobs/match-taxpayers',
      'jobs/pay-batches',
      'jobs/write-returns',
      'ops/write-tin-file',
      'queue/send-webhook',
    ]);
    expect(whoMay(/^kms:(?!Encrypt$|Decrypt$)/, /./)).toEqual([]);
    // Of those that are not about bank details, the condition names what they may: signing secrets.
    const conditions = stage.ofType('AWS::IAM::Policy').flatMap(({ properties }) => {
      const description = JSON.stringify(properties.Roles);
      // biome-ignore lint/suspicious/noExplicitAny: a policy document as the template has it
      const statements = properties.PolicyDocument.Statement as any[];
      return statements
        .filter(({ Action }) => /^kms:/.test([Action].flat()[0]))
        .map(
          ({ Condition }) =>
            [/apikeys|apiconversions|apireportconversions/.test(description), Condition.StringEquals] as const,
        );
    });
    const only = { 'kms:EncryptionContext:field': 'signing-secret' };
    expect(conditions.filter(([signing]) => signing).map(([, equals]) => equals)).toEqual([only, only, only]);
  });

  test('who opens payout details can open no tax forms and no secrets of PayPal and Wise, and the other way round', () => {
    const conditionsOf = (roles: RegExp) =>
      stage
        .ofType('AWS::IAM::Policy')
        .filter(({ logicalId }) => roles.test(logicalId))
        .flatMap(({ properties }) => properties.PolicyDocument.Statement)
        .filter(({ Action }) => String(Action).startsWith('kms:'))
        .map(({ Condition }) => Condition);
    const bank = {
      StringLike: { 'kms:EncryptionContext:brandId': '?*' },
      Null: { 'kms:EncryptionContext:taxForm': 'true', 'kms:EncryptionContext:provider': 'true' },
    };
    const account = { StringLike: { 'kms:EncryptionContext:provider': '?*' } };
    expect(conditionsOf(/freezerun/)).toEqual([bank]);
    expect(conditionsOf(/apipayoutmethods/)).toEqual([bank, account]);
    expect(conditionsOf(/paybatches/)).toEqual([account]);
    const form = { StringLike: { 'kms:EncryptionContext:taxForm': '?*' } };
    expect(conditionsOf(/apitaxforms|apiyearend|jobswritereturns|opswritetinfile/)).toEqual(Array(4).fill(form));
    // Who compares taxpayer numbers opens nothing of a form but its number, and seals nothing but the key it compares by.
    const fields = (field: unknown) => ({ ...form, StringEquals: { 'kms:EncryptionContext:field': field } });
    expect(conditionsOf(/jobsmatchtaxpayers/)).toEqual([
      fields(['tin.box', 'tin.number', 'taxpayer-key']),
      fields('taxpayer-key'),
    ]);
  });

  test('who works out returns opens no form, and who writes them reads no ledger and no document', () => {
    const own = (entry: string) => {
      const role = functions.find((fn) => entryOf(fn) === entry)?.properties.Role['Fn::GetAtt'][0];
      return JSON.stringify(statements.filter((one) => one.role === role));
    };
    expect(own('jobs/assess-returns')).not.toMatch(/kms:|vaulttable|s3:/);
    expect(own('jobs/assess-returns')).toMatch(/ledgertable/);
    expect(own('jobs/combine-returns')).not.toMatch(/kms:|vaulttable|ledgertable|s3:/);
    expect(own('jobs/match-taxpayers')).not.toMatch(/ledgertable|s3:/);
    expect(own('jobs/write-returns')).not.toMatch(/ledgertable|s3:GetObject|kms:Encrypt/);
    expect(whoMay(/^s3:GetObject$/, /tax\/\*/)).toEqual([]);
  });

  test('who opens signing secrets can open no bank details, whose context names no webhook', () => {
    const conditions = stage
      .ofType('AWS::IAM::Policy')
      .filter(({ logicalId }) => /sendwebhook|apiwebhooks/.test(logicalId))
      .flatMap(({ properties }) => properties.PolicyDocument.Statement)
      .filter(({ Action }) => String(Action).startsWith('kms:'))
      .map(({ Condition }) => Condition);
    expect(conditions).toEqual(Array(2).fill({ StringLike: { 'kms:EncryptionContext:webhookId': '?*' } }));
  });

  test('what talks to strangers’ servers reads deliveries and nothing else', () => {
    const role = functions.find((fn) => entryOf(fn) === 'queue/send-webhook')?.properties.Role['Fn::GetAtt'][0];
    const own = statements.filter(
      (one) => one.role === role && one.actions.some((action) => /^dynamodb:/.test(action)),
    );
    expect(own.flatMap(({ actions }) => actions).sort()).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    expect(JSON.stringify(own)).toContain('webhookstable');
  });

  test('a click reads links and keys, and writes clicks', () => {
    const role = functions.find((fn) => entryOf(fn) === 'track/click')?.properties.Role['Fn::GetAtt'][0];
    const actions = statements.filter((one) => one.role === role).flatMap((one) => one.actions);
    expect(actions.filter((action) => !action.startsWith('logs:')).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'sqs:SendMessage',
      'ssm:GetParameter',
    ]);
  });

  test('mail goes out from one function, under one address', () => {
    expect(whoMay(/^ses:/, /./)).toEqual(['queue/send-mail']);
    const [statement] = stage
      .ofType('AWS::IAM::Policy')
      .flatMap(({ properties }) => properties.PolicyDocument.Statement)
      .filter(({ Action }) => String(Action).startsWith('ses:'));
    expect(statement.Condition).toEqual({ StringEquals: { 'ses:FromAddress': 'partners@example.com' } });
  });

  test('nobody may scan a table', () => {
    expect(statements.flatMap(({ actions }) => actions).filter((action) => /:Scan$|PartiQL/.test(action))).toEqual([]);
  });
});
