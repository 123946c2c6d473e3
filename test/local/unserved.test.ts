import { CfnIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import type { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { refuseUnserved } from '../../local/unserved.ts';
import { bootFixture, synthesizeFixture } from './fixture-app.ts';

const resource = { stack: 's', logicalId: 'L', type: 'T', physicalName: 'n', arn: 'a' };

test('a property that asks for something else is refused by name, one that asks for nothing is not', () => {
  expect(() => refuseUnserved({ ...resource, properties: { A: 1, B: { x: 1 }, C: 2 } }, ['A', 'B'])).toThrow(
    's/L: the laptop does not serve A, B of T',
  );
  expect(() => refuseUnserved({ ...resource, properties: { A: false, C: 2 } }, ['A', 'B'])).not.toThrow();
});

type Change = NonNullable<Parameters<typeof synthesizeFixture>[0]>;
test.each<[string, Change, RegExp]>([
  [
    'a layer',
    (_, work) => (work.node.findChild('echo').node.defaultChild as CfnFunction).addPropertyOverride('Layers', ['arn']),
    /fixture-work\/echo\w+: the laptop does not serve Layers of AWS::Lambda::Function/,
  ],
  [
    'a table that feeds Kinesis',
    (data) =>
      (data.node.findChild('Seen').node.defaultChild as CfnTable).addPropertyOverride('KinesisStreamSpecification', {
        StreamArn: 'arn',
      }),
    /fixture-data\/Seen\w+: the laptop does not serve KinesisStreamSpecification/,
  ],
  [
    'a request that API Gateway rewrites',
    (_, work) => {
      const integration = work.node.findAll().find((node) => node instanceof CfnIntegration);
      (integration as CfnIntegration).addPropertyOverride('RequestParameters', { 'append:header.x': '1' });
    },
    /does not serve RequestParameters of AWS::ApiGatewayV2::Integration/,
  ],
])(
  'the laptop refuses %s',
  async (_, change, reason) => {
    await expect(bootFixture(await synthesizeFixture(change))).rejects.toThrow(reason);
  },
  20_000,
);
