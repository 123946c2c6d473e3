import { describe, expect, test } from 'vitest';
import type { RawResource } from '../../../local/assembly.ts';
import { accessFrom, OPERATOR } from '../../../local/iam/access.ts';
import { resolveAssembly } from '../../../local/resolve-assembly.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/t';

function access(resources: Record<string, RawResource>) {
  const stacks = [{ name: 's', account: undefined, region: undefined, template: { Resources: resources } }];
  const assembly = resolveAssembly({ stacks, assets: new Map() }, { door: 'http://door', apiUrl: () => 'http://api' });
  return accessFrom(assembly, '000000000000');
}
const role = (Properties = {}): RawResource => ({
  Type: 'AWS::IAM::Role',
  Properties: { RoleName: 'clerk', ...Properties },
});
const policy = (...Statement: object[]): RawResource => ({
  Type: 'AWS::IAM::Policy',
  Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement } },
});
const allow = (Action: unknown, Resource: unknown = TABLE, more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const withStatements = (...statements: object[]) => access({ Role: role(), Policy: policy(...statements) });

describe('decides as IAM does', () => {
  test.each<[string, object[], string, string, boolean]>([
    ['an exact allow', [allow('dynamodb:GetItem')], 'dynamodb:GetItem', TABLE, true],
    ['another action', [allow('dynamodb:GetItem')], 'dynamodb:PutItem', TABLE, false],
    ['another resource', [allow('dynamodb:GetItem')], 'dynamodb:GetItem', `${TABLE}2`, false],
    ['no statement at all', [], 'dynamodb:GetItem', TABLE, false],
    ['actions are not case-sensitive', [allow('DynamoDB:getitem')], 'dynamodb:GetItem', TABLE, true],
    ['a wildcard in the action', [allow(['sqs:*', 'dynamodb:Get*'])], 'dynamodb:GetItem', TABLE, true],
    [
      'a wildcard in the resource',
      [allow('dynamodb:Query', `${TABLE}/index/*`)],
      'dynamodb:Query',
      `${TABLE}/index/a`,
      true,
    ],
    ['the table does not open its indexes', [allow('dynamodb:Query')], 'dynamodb:Query', `${TABLE}/index/a`, false],
    [
      'a question mark is one character',
      [allow('dynamodb:Query', `${TABLE.slice(0, -1)}?`)],
      'dynamodb:Query',
      TABLE,
      true,
    ],
    ['a dot is a dot', [allow('s3:GetObject', 'arn:aws:s3:::a.b/*')], 's3:GetObject', 'arn:aws:s3:::aXb/k', false],
    [
      'a deny wins over an allow',
      [allow('*', '*'), { ...allow('dynamodb:DeleteItem'), Effect: 'Deny' }],
      'dynamodb:DeleteItem',
      TABLE,
      false,
    ],
    [
      'all but some actions',
      [{ Effect: 'Allow', NotAction: 'dynamodb:DeleteItem', Resource: '*' }],
      'dynamodb:PutItem',
      TABLE,
      true,
    ],
    [
      'not the excepted one',
      [{ Effect: 'Allow', NotAction: 'dynamodb:DeleteItem', Resource: '*' }],
      'dynamodb:DeleteItem',
      TABLE,
      false,
    ],
    [
      'all but some resources',
      [{ Effect: 'Allow', Action: '*', NotResource: TABLE }],
      'dynamodb:PutItem',
      TABLE,
      false,
    ],
  ])('%s', (_, statements, action, resource, expected) => {
    expect(withStatements(...statements).allows('clerk', action, resource)).toBe(expected);
  });

  const own = (values: string[]) => ({
    Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': values } },
  });
  test.each<[string, object, Record<string, string[]>, boolean]>([
    ['the keys it may touch', own(['a', 'b']), { 'dynamodb:LeadingKeys': ['a'] }, true],
    ['one key too many', own(['a']), { 'dynamodb:LeadingKeys': ['a', 'c'] }, false],
    ['keys not said, for all values', own(['a']), {}, true],
    ['like', { Condition: { StringLike: { 'events:source': 'our.*' } } }, { 'events:source': ['our.shop'] }, true],
    ['an absent key', { Condition: { StringEquals: { 'events:source': 'us' } } }, {}, false],
    ['an absent key, if it exists', { Condition: { StringEqualsIfExists: { 'events:source': 'us' } } }, {}, true],
    [
      'not equal',
      { Condition: { StringNotEquals: { 'events:source': ['a', 'b'] } } },
      { 'events:source': ['b'] },
      false,
    ],
    [
      'not equal to another',
      { Condition: { StringNotEquals: { 'events:source': ['a', 'b'] } } },
      { 'events:source': ['c'] },
      true,
    ],
    ['present', { Condition: { Null: { 'events:source': 'false' } } }, { 'events:source': ['c'] }, true],
    [
      'both must hold',
      { Condition: { StringLike: { 'events:source': 'a', 'events:detail-type': 'b' } } },
      { 'events:source': ['a'], 'events:detail-type': ['c'] },
      false,
    ],
  ])('conditions: %s', (_, condition, context, expected) => {
    expect(withStatements(allow('*', '*', condition)).allows('clerk', 'x:Y', 'r', context)).toBe(expected);
  });
});

describe('reads policies', () => {
  test('written into the role, attached, and managed by the template', () => {
    const statement = (action: string) => ({ Statement: allow(action, '*') });
    const { allows } = access({
      Role: role({
        Policies: [{ PolicyName: 'in', PolicyDocument: statement('a:Inline') }],
        ManagedPolicyArns: [{ Ref: 'Named' }],
      }),
      Attached: policy(allow('a:Attached', '*')),
      Named: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: statement('a:Named') } },
      Reversed: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: statement('a:Reversed'), Roles: [{ Ref: 'Role' }] },
      },
    });
    expect(
      ['Inline', 'Attached', 'Named', 'Reversed', 'Other'].map((name) => allows('clerk', `a:${name}`, 'r')),
    ).toEqual([true, true, true, true, false]);
  });

  test.each<[string, Record<string, RawResource>, RegExp]>([
    [
      'a condition key that it cannot tell',
      { Role: role(), Policy: policy(allow('*', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } })) },
      /s\/Policy uses the condition key aws:PrincipalTag\/x/,
    ],
    [
      'an operator that it does not know',
      { Role: role(), Policy: policy(allow('*', '*', { Condition: { IpAddress: { 'aws:SourceAccount': 'y' } } })) },
      /condition operator IpAddress/,
    ],
    [
      "one of AWS's policies that grants something",
      { Role: role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }) },
      /AdministratorAccess, whose text/,
    ],
    ['a permissions boundary', { Role: role({ PermissionsBoundary: 'arn' }) }, /permissions boundary/],
  ])('refuses %s', (_, resources, reason) => expect(() => access(resources)).toThrow(reason));

  test('logs and traces of AWS itself are granted by nothing that is checked', () => {
    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'];
    expect(access({ Role: role({ ManagedPolicyArns }) }).allows('clerk', 'dynamodb:GetItem', TABLE)).toBe(false);
  });
});

describe('principals', () => {
  test('a role signs with its name, whatever characters it holds; anybody else is the operator', () => {
    const odd = access({ Role: role({ RoleName: 'a,b=c@d' }) });
    const key = odd.accessKeyOf('arn:aws:iam::000000000000:role/a,b=c@d');
    expect(key).toMatch(/^[\w.%@-]+$/);
    expect([odd.principalOf(key), odd.principalOf('AKIAIOSFODNN7EXAMPLE')]).toEqual(['a,b=c@d', OPERATOR]);
    expect(odd.allows(OPERATOR, 'anything:AtAll', '*')).toBe(true);
  });

  test('a refusal names the first thing that is missing', () => {
    const { refusal } = withStatements(allow('dynamodb:GetItem'));
    const needs = [
      { action: 'dynamodb:GetItem', resource: TABLE },
      { action: 'dynamodb:PutItem', resource: TABLE },
    ];
    expect(refusal('clerk', needs)).toContain(
      `clerk is not authorized to perform: dynamodb:PutItem on resource: ${TABLE}`,
    );
    expect(refusal('clerk', needs.slice(0, 1))).toBeUndefined();
  });
});
