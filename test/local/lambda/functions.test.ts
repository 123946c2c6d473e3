import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Laptop } from '../../../local/boot.ts';
import { bootFixture, FIXTURE, scratch, synthesizeFixture } from '../fixture-app.ts';

let laptop: Laptop;
let assemblyDir: string;
const dataDir = scratch('functions');
const name = (logical: string) =>
  laptop.assembly.ofType('AWS::Lambda::Function').find(({ logicalId }) => logicalId.startsWith(logical))!.physicalName;
const lambda = (role?: string) =>
  new LambdaClient({ endpoint: laptop.awsEndpoint, region: laptop.region, credentials: laptop.credentials(role) });
const invoke = (payload: unknown, more = {}) =>
  lambda().send(new InvokeCommand({ FunctionName: name('behave'), Payload: JSON.stringify(payload), ...more }));

beforeAll(async () => {
  process.env.TZ = 'Asia/Tokyo';
  assemblyDir = await synthesizeFixture();
  laptop = await bootFixture(assemblyDir, { dataDir });
}, 20_000);
afterAll(() => laptop.close());

describe('the invoke API', () => {
  test('answers with what the handler returned, run with its own variables and identity', async () => {
    const { StatusCode, Payload, FunctionError } = await invoke({ how: 'well' });
    expect([StatusCode, FunctionError]).toEqual([200, undefined]);
    const answer = JSON.parse(Payload?.transformToString() ?? '');
    expect(answer).toMatchObject({
      name: name('behave'),
      only: 'yes',
      minutesOffUtc: 0,
      arn: expect.stringMatching(/:function:fixture-work-behave/),
    });
    expect(answer).not.toHaveProperty('inherited');
    expect(answer.remaining).toBeGreaterThan(500);
    expect(answer.remaining).toBeLessThanOrEqual(1000);
  });

  test('a failure is a 200 with FunctionError, and the log when asked', async () => {
    const { StatusCode, Payload, FunctionError, LogResult } = await invoke({ how: 'throw' }, { LogType: 'Tail' });
    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'over the edge',
      trace: expect.any(Array),
    });
    expect(Buffer.from(LogResult ?? '', 'base64').toString()).toContain('over the edge');
  });

  test('by ARN, name or alias; an unknown function is a 404', async () => {
    const payload = JSON.stringify({});
    for (const FunctionName of [
      name('behave'),
      `${name('behave')}:live`,
      `arn:aws:lambda:us-east-1:000000000000:function:${name('behave')}`,
    ]) {
      expect((await lambda().send(new InvokeCommand({ FunctionName, Payload: payload }))).StatusCode).toBe(200);
    }
    await expect(lambda().send(new InvokeCommand({ FunctionName: 'nobody' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('a role without the permission may not call', async () => {
    const role = laptop.assembly.ofType('AWS::IAM::Role')[0]!.physicalName;
    await expect(lambda(role).send(new InvokeCommand({ FunctionName: name('behave') }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('lambda:InvokeFunction'),
    });
  });

  test('lists functions', async () => {
    const { Functions } = await lambda().send(new ListFunctionsCommand({}));
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toContain(name('behave'));
  });
});

describe('an asynchronous call', () => {
  const receive = async () => {
    const sqs = new SQSClient({
      endpoint: laptop.awsEndpoint,
      region: laptop.region,
      credentials: laptop.credentials(),
    });
    const QueueUrl = `${laptop.awsEndpoint}/${laptop.account}/${FIXTURE.failures}`;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
  };

  test('is retried as the template says, then its failure goes to the destination', async () => {
    expect((await invoke({ how: 'throw', mark: 1 }, { InvocationType: 'Event' })).StatusCode).toBe(202);
    await laptop.idle();
    expect(await receive()).toEqual([
      expect.objectContaining({
        requestPayload: { how: 'throw', mark: 1 },
        requestContext: expect.objectContaining({ condition: 'RetriesExhausted', approximateInvokeCount: 2 }),
        responsePayload: expect.objectContaining({ errorMessage: 'over the edge' }),
      }),
    ]);
  });

  test('that was accepted survives a restart', async () => {
    await laptop.invokeLater(name('behave'), { how: 'slow' });
    await laptop.close();
    laptop = await bootFixture(assemblyDir, { dataDir });
    await laptop.idle();
    expect(await receive()).toEqual([
      expect.objectContaining({
        requestPayload: { how: 'slow' },
        responsePayload: expect.objectContaining({ errorType: 'Sandbox.Timedout' }),
      }),
    ]);
  }, 15_000);
});
