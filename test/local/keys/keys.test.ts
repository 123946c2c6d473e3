import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  KMSClient,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Keys, startKeys } from '../../../local/keys/keys.ts';
import { resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const vault = resource('AWS::KMS::Key', 'vault', { Description: 'bank and tax fields' });
const mac = resource('AWS::KMS::Key', 'mac', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
const off = resource('AWS::KMS::Key', 'off', { Enabled: false });
const alias = resource('AWS::KMS::Alias', 'vault-alias', { AliasName: 'alias/vault', TargetKeyId: 'vault' });
const plaintext = Buffer.from('DE89 3704 0044 0532 0130 00');
const context = { partner: 'ptr_1', field: 'iban' };

let ground: TinyGround;
let keys: Keys;
let kms: KMSClient;
beforeAll(async () => {
  ground = await tinyGround([vault, mac, off, alias]);
  keys = await startKeys(ground);
  ground.mount(keys.service);
  kms = new KMSClient(ground.client);
});
afterAll(async () => {
  await keys.close();
  await ground.close();
});

const encrypted = async () =>
  (await kms.send(new EncryptCommand({ KeyId: 'alias/vault', Plaintext: plaintext, EncryptionContext: context })))
    .CiphertextBlob;

describe('a field of the vault', () => {
  test('opens with the same context, its pairs in any order', async () => {
    const back = await kms.send(
      new DecryptCommand({ CiphertextBlob: await encrypted(), EncryptionContext: { field: 'iban', partner: 'ptr_1' } }),
    );
    expect(Buffer.from(back.Plaintext ?? []).toString()).toBe(plaintext.toString());
    expect(back.KeyId).toBe(vault.arn);
  });

  test.each([
    ['another partner', { ...context, partner: 'ptr_2' }],
    ['no context', undefined],
  ])('does not open with %s', async (_, other) => {
    await expect(
      kms.send(new DecryptCommand({ CiphertextBlob: await encrypted(), EncryptionContext: other })),
    ).rejects.toThrow(expect.objectContaining({ name: 'InvalidCiphertextException' }));
  });

  test('does not open when one byte was changed', async () => {
    const blob = Buffer.from((await encrypted()) ?? []);
    blob[blob.length - 1]! ^= 1;
    await expect(kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidCiphertextException' }),
    );
  });

  test('opens after a restart', async () => {
    const blob = await encrypted();
    await keys.close();
    keys = await startKeys(ground);
    ground.mount(keys.service);
    const back = await kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context }));
    expect(Buffer.from(back.Plaintext ?? []).toString()).toBe(plaintext.toString());
  });
});

test('a data key comes in the clear and encrypted, and the two are the same', async () => {
  const made = await kms.send(
    new GenerateDataKeyCommand({ KeyId: vault.arn, KeySpec: 'AES_256', EncryptionContext: context }),
  );
  const back = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: context }));
  expect(made.Plaintext).toHaveLength(32);
  expect(back.Plaintext).toEqual(made.Plaintext);
});

test('a MAC verifies, and only over the same message', async () => {
  const Message = Buffer.from('clk_1');
  const { Mac } = await kms.send(new GenerateMacCommand({ KeyId: 'mac', MacAlgorithm: 'HMAC_SHA_256', Message }));
  const ask = { KeyId: 'mac', MacAlgorithm: 'HMAC_SHA_256', Mac } as const;
  expect((await kms.send(new VerifyMacCommand({ ...ask, Message }))).MacValid).toBe(true);
  await expect(kms.send(new VerifyMacCommand({ ...ask, Message: Buffer.from('clk_2') }))).rejects.toThrow(
    expect.objectContaining({ name: 'KMSInvalidMacException' }),
  );
});

describe('refusals', () => {
  test.each([
    ['a key nobody made', 'nobody', 'NotFoundException'],
    ['a key for MACs', 'mac', 'InvalidKeyUsageException'],
    ['a key that is switched off', 'off', 'DisabledException'],
  ])('%s', async (_, KeyId, name) => {
    await expect(kms.send(new EncryptCommand({ KeyId, Plaintext: plaintext }))).rejects.toThrow(
      expect.objectContaining({ name }),
    );
  });

  test('a role without permission on the key is told which one it lacks', async () => {
    ground.refused.add(`clerk kms:Encrypt ${vault.arn}`);
    await expect(
      new KMSClient(ground.as('clerk')).send(new EncryptCommand({ KeyId: 'vault', Plaintext: plaintext })),
    ).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDeniedException', message: expect.stringContaining('kms:Encrypt') }),
    );
  });

  test('an unknown kind of key stops the start', async () => {
    const rsa = await tinyGround([resource('AWS::KMS::Key', 'rsa', { KeySpec: 'RSA_2048' })]);
    await expect(startKeys(rsa)).rejects.toThrow('RSA_2048');
    await rsa.close();
  });
});

test('a key describes itself', async () => {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/vault' }));
  expect(KeyMetadata).toMatchObject({ Arn: vault.arn, Description: 'bank and tax fields', KeyState: 'Enabled' });
});
