// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes ${…} too
import { describe, expect, test } from 'vitest';
import type { RawAssembly, RawTemplate } from '../../local/assembly.ts';
import { resolveAssembly } from '../../local/resolve-assembly.ts';
import { RESOURCE_TYPES } from '../../local/resource-types.ts';

const addresses = { door: 'http://127.0.0.1:4499', apiUrl: (_: string, id: string) => `http://127.0.0.1/${id}` };
const assembly = (...templates: RawTemplate[]): RawAssembly => ({
  stacks: templates.map((template, index) => ({
    name: `stack${index + 1}`,
    account: undefined,
    region: undefined,
    template,
  })),
  assets: new Map(),
});
const resolved = (...templates: RawTemplate[]) => resolveAssembly(assembly(...templates), addresses);
const queue = (Properties = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const parameter = (Value: unknown, more = {}) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Type: 'String', Value, ...more },
});

describe('names', () => {
  test('given by the template, else made from stack and logical id', () => {
    const { find } = resolved({ Resources: { A: queue({ QueueName: 'mine' }), B: queue() } });
    expect([find('A')?.physicalName, find('B')?.physicalName]).toEqual(['mine', 'stack1-B']);
  });

  test('fit their service: lower case for buckets, .fifo for ordered queues, 63 characters', () => {
    const { find } = resolved({
      Resources: {
        Files: { Type: 'AWS::S3::Bucket' },
        Q: queue({ FifoQueue: true }),
        [`L${'o'.repeat(80)}ng`]: queue(),
      },
    });
    expect(find('Files')?.physicalName).toBe('stack1-files');
    expect(find('Q')?.physicalName).toBe('stack1-Q.fifo');
    expect(find(`L${'o'.repeat(80)}ng`)?.physicalName).toMatch(/^stack1-Lo{46}-[0-9a-f]{8}$/);
  });

  test('a name may refer to other names, but not to itself', () => {
    const { find } = resolved({
      Resources: {
        A: queue({ QueueName: { 'Fn::Join': ['-', [{ 'Fn::GetAtt': ['B', 'QueueName'] }, 'dlq']] } }),
        B: queue(),
      },
    });
    expect(find('A')?.physicalName).toBe('stack1-B-dlq');
    expect(() =>
      resolved({
        Resources: {
          A: queue({ QueueName: { 'Fn::GetAtt': ['B', 'QueueName'] } }),
          B: queue({ QueueName: { 'Fn::GetAtt': ['A', 'QueueName'] } }),
        },
      }),
    ).toThrow(/stack1\/A: the name of [AB] depends on itself/);
  });
});

describe('references', () => {
  test('Ref and attributes are what AWS gives, with local addresses', () => {
    const { find } = resolved({
      Resources: {
        Q: queue({ QueueName: 'q' }),
        Api: { Type: 'AWS::ApiGatewayV2::Api' },
        M: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'm' } },
        P: parameter({
          'Fn::Join': [
            ' ',
            [
              { Ref: 'Q' },
              { 'Fn::GetAtt': ['Q', 'Arn'] },
              { Ref: 'M' },
              { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
              {
                'Fn::Join': [
                  '',
                  [
                    'https://',
                    { Ref: 'Api' },
                    '.execute-api.',
                    { Ref: 'AWS::Region' },
                    '.',
                    { Ref: 'AWS::URLSuffix' },
                    '/x',
                  ],
                ],
              },
            ],
          ],
        }),
      },
    });
    expect(String(find('P')?.properties.Value).split(' ')).toEqual([
      'http://127.0.0.1:4499/000000000000/q',
      'arn:aws:sqs:us-east-1:000000000000:q',
      'arn:aws:states:us-east-1:000000000000:stateMachine:m',
      'http://127.0.0.1/Api',
      'http://127.0.0.1/Api/x',
    ]);
  });

  test('cross stacks through exports, whichever stack comes first', () => {
    const { find } = resolved(
      { Resources: { P: parameter({ 'Fn::ImportValue': 'stack2:table' }) } },
      {
        Resources: { T: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 't' } } },
        Outputs: {
          Out: { Value: { 'Fn::GetAtt': ['T', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:table' } } },
        },
      },
    );
    expect(find('P')?.properties.Value).toBe('arn:aws:dynamodb:us-east-1:000000000000:table/t');
  });

  test.each<[string, RawTemplate, RegExp]>([
    [
      'a resource that is not there',
      { Resources: { P: parameter({ Ref: 'Nope' }) } },
      /^stack1\/P: nothing is called Nope$/,
    ],
    [
      'an attribute that is not served',
      { Resources: { Q: queue(), P: parameter({ 'Fn::GetAtt': ['Q', 'Moon'] }) } },
      /Q \(AWS::SQS::Queue\) has no attribute Moon/,
    ],
    ['an export that is not there', { Resources: { P: parameter({ 'Fn::ImportValue': 'x' }) } }, /no stack exports x/],
    [
      'a parameter without a value',
      { Parameters: { Mail: { Type: 'String' } }, Resources: { P: parameter({ Ref: 'Mail' }) } },
      /template parameter Mail has no default/,
    ],
  ])('lead nowhere: %s', (_, template, reason) => expect(() => resolved(template)).toThrow(reason));

  test('the bootstrap version, which no resource asks for, is let be', () => {
    const Parameters = {
      BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/x/version' },
    };
    expect(resolved({ Parameters, Resources: { Q: queue() } }).resources).toHaveLength(1);
  });
});

test('a resource whose condition is false is not there', () => {
  const Conditions = { Prod: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'mars-1'] } };
  const { find } = resolved({ Conditions, Resources: { A: { ...queue(), Condition: 'Prod' }, B: queue() } });
  expect([find('A'), find('B')?.logicalId]).toEqual([undefined, 'B']);
});

test('a type that tells apart two resources of one name', () => {
  const { find } = resolved({
    Resources: { Q: queue({ QueueName: 'mail' }), B: { Type: 'AWS::Events::EventBus', Properties: { Name: 'mail' } } },
  });
  expect(find('mail', 'AWS::Events::EventBus')?.logicalId).toBe('B');
});

describe('the table of types', () => {
  test('an unknown type is refused by stack, logical id and type, all of them at once', () => {
    const odd = (Type: string) => ({ Type });
    expect(() =>
      resolved(
        { Resources: { Q: queue(), Pipe: odd('AWS::Pipes::Pipe') } },
        { Resources: { Net: odd('AWS::EC2::VPC') } },
      ),
    ).toThrow(/stack1\/Pipe is AWS::Pipes::Pipe; stack2\/Net is AWS::EC2::VPC\. Serve it or accept it/);
  });

  test.each(Object.entries(RESOURCE_TYPES))(
    '%s is served, or says why it has no effect',
    (_, { servedBy, becauseHere }) => {
      expect([servedBy, becauseHere].filter(Boolean)).toHaveLength(1);
    },
  );
});
