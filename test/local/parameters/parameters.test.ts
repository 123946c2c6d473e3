import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Keys, startKeys } from '../../../local/keys/keys.ts';
import { type Parameters, startParameters } from '../../../local/parameters/parameters.ts';
import { resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const fromTemplate = (Value: string) =>
  resource('AWS::SSM::Parameter', '/tributary/sender', { Name: '/tributary/sender', Type: 'String', Value });
const vault = resource('AWS::KMS::Key', 'vault');

let ground: TinyGround;
let keys: Keys;
let parameters: Parameters;
let ssm: SSMClient;
const value = async (Name: string, WithDecryption = false) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter?.Value;
const restart = async (template: string) => {
  await parameters.close();
  parameters = await startParameters(
    {
      ...ground,
      assembly: {
        ...ground.assembly,
        ofType: (type) => (type === 'AWS::SSM::Parameter' ? [fromTemplate(template)] : []),
      },
    },
    keys,
  );
  ground.mount(parameters.service);
};

beforeAll(async () => {
  ground = await tinyGround([fromTemplate('hello@example.com'), vault]);
  keys = await startKeys(ground);
  parameters = await startParameters(ground, keys);
  ground.mount(parameters.service);
  ssm = new SSMClient(ground.client);
});
afterAll(async () => {
  await parameters.close();
  await keys.close();
  await ground.close();
});

describe('a value of the template', () => {
  test('is there at the first start', async () => {
    expect(await value('/tributary/sender')).toBe('hello@example.com');
  });

  test('given one put by hand, a restart with the same template keeps what was put', async () => {
    await ssm.send(
      new PutParameterCommand({ Name: '/tributary/sender', Value: 'by-hand@example.com', Overwrite: true }),
    );
    await restart('hello@example.com');
    expect(await value('/tributary/sender')).toBe('by-hand@example.com');
  });

  test('and a changed template wins, as a deployment would', async () => {
    await restart('new@example.com');
    expect(await value('/tributary/sender')).toBe('new@example.com');
    expect(await value('/tributary/sender:2')).toBe('by-hand@example.com');
  });
});

describe('a SecureString', () => {
  beforeAll(async () => {
    await ssm.send(
      new PutParameterCommand({
        Name: '/tributary/click-keys',
        Type: 'SecureString',
        Value: '{"k1":"secret"}',
        KeyId: 'vault',
      }),
    );
  });

  test('is readable with decryption, before and after a restart', async () => {
    expect(await value('/tributary/click-keys', true)).toBe('{"k1":"secret"}');
    await restart('new@example.com');
    expect(await value('/tributary/click-keys', true)).toBe('{"k1":"secret"}');
  });

  test('without decryption its ciphertext is all there is', async () => {
    const sealed = await value('/tributary/click-keys');
    expect(Buffer.from(sealed ?? '', 'base64').toString()).not.toContain('secret');
  });

  test('needs permission on its key', async () => {
    ground.refused.add(`clicks kms:Decrypt ${vault.arn}`);
    const clicks = new SSMClient(ground.as('clicks'));
    await expect(
      clicks.send(new GetParameterCommand({ Name: '/tributary/click-keys', WithDecryption: true })),
    ).rejects.toThrow('kms:Decrypt');
  });
});

test('names and paths', async () => {
  for (const Name of ['/shop/a', '/shop/deep/b'])
    await ssm.send(new PutParameterCommand({ Name, Type: 'String', Value: Name }));
  const names = async (Recursive: boolean) =>
    (await ssm.send(new GetParametersByPathCommand({ Path: '/shop', Recursive }))).Parameters?.map(({ Name }) => Name);
  expect(await names(false)).toEqual(['/shop/a']);
  expect(await names(true)).toEqual(['/shop/a', '/shop/deep/b']);
  const several = await ssm.send(new GetParametersCommand({ Names: ['/shop/a', '/shop/missing'] }));
  expect(several.Parameters).toHaveLength(1);
  expect(several.InvalidParameters).toEqual(['/shop/missing']);
});

test('paging walks every parameter once', async () => {
  for (let n = 0; n < 12; n += 1)
    await ssm.send(new PutParameterCommand({ Name: `/many/${n}`, Type: 'String', Value: 'x' }));
  const seen: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(new GetParametersByPathCommand({ Path: '/many', NextToken, MaxResults: 5 }));
    seen.push(...(page.Parameters ?? []).map(({ Name }) => Name));
    NextToken = page.NextToken;
  } while (NextToken);
  expect(new Set(seen).size).toBe(12);
  expect(seen).toHaveLength(12);
});

test('a put without Overwrite does not replace', async () => {
  const put = (Value: string, Overwrite?: boolean) =>
    ssm.send(new PutParameterCommand({ Name: '/once', Type: 'String', Value, Overwrite }));
  await put('first');
  await expect(put('second')).rejects.toThrow(expect.objectContaining({ name: 'ParameterAlreadyExists' }));
  expect((await put('second', true)).Version).toBe(2);
  const history = await ssm.send(new GetParameterHistoryCommand({ Name: '/once' }));
  expect(history.Parameters?.map(({ Value }) => Value)).toEqual(['first', 'second']);
});

test('a deleted parameter is gone', async () => {
  await ssm.send(new PutParameterCommand({ Name: '/gone', Type: 'String', Value: 'x' }));
  await ssm.send(new DeleteParameterCommand({ Name: '/gone' }));
  await expect(value('/gone')).rejects.toThrow(expect.objectContaining({ name: 'ParameterNotFound' }));
  await expect(ssm.send(new DeleteParameterCommand({ Name: '/gone' }))).rejects.toThrow(
    expect.objectContaining({ name: 'ParameterNotFound' }),
  );
});

test('describing tells no value', async () => {
  const { Parameters: all } = await ssm.send(new DescribeParametersCommand({}));
  expect(all?.find(({ Name }) => Name === '/tributary/click-keys')).toMatchObject({
    Type: 'SecureString',
    KeyId: vault.arn,
  });
  expect(JSON.stringify(parameters.list())).not.toContain('secret');
});
