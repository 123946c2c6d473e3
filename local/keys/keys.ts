import { createHmac, timingSafeEqual } from 'node:crypto';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { AwsFault, type Input, jsonService, type Operation, optionalText, text } from '../aws-json.ts';
import type { AwsService, Ground, Running } from '../contract.ts';
import { type EncryptionContext, open, seal, sealedBy } from './envelope.ts';
import { type Key, openKeyRing } from './key-ring.ts';

export interface Keys extends Running {
  readonly service: AwsService;
  /** Encrypts under a key given by id, ARN or alias; the context must be repeated to decrypt. */
  encrypt(keyReference: string, plaintext: Uint8Array, context: EncryptionContext): Buffer;
  /** The plaintext; refuses with `InvalidCiphertextException` when a byte or the context differs. */
  decrypt(ciphertext: Uint8Array, context: EncryptionContext): Buffer;
  /** ARN of a key given by id, ARN or alias. */
  arnOf(keyReference: string): string;
}

/** KMS allows this much in one call; larger data is encrypted under a data key. */
const MAX_PLAINTEXT_BYTES = 4096;

/** KMS over `AWS::KMS::Key`: AES-256-GCM with the encryption context as authenticated data, HMAC-SHA-256, data keys. */
export async function startKeys(ground: Ground): Promise<Keys> {
  const ring = openKeyRing({
    assembly: ground.assembly,
    folder: ground.dataDir('keys'),
    region: ground.region,
    account: ground.account,
    nowMs: wallClockMs(),
    entropy: systemEntropy,
  });

  const usable = (reference: string, usage: string): Key => {
    const key = ring.key(reference);
    if (!key.enabled) throw new AwsFault('DisabledException', `${key.arn} is disabled.`);
    if (key.usage !== usage)
      throw new AwsFault('InvalidKeyUsageException', `${key.arn} is for ${key.usage}, not ${usage}.`);
    return key;
  };
  const encrypt = (reference: string, plaintext: Uint8Array, context: EncryptionContext) =>
    seal(usable(reference, 'ENCRYPT_DECRYPT'), plaintext, context, systemEntropy);
  const decrypt = (ciphertext: Uint8Array, context: EncryptionContext) => {
    const id = sealedBy(ciphertext);
    const plaintext = id ? open(usable(id, 'ENCRYPT_DECRYPT').material, ciphertext, context) : undefined;
    if (!plaintext)
      throw new AwsFault(
        'InvalidCiphertextException',
        'The ciphertext or its encryption context is not what was encrypted.',
      );
    return plaintext;
  };

  const arnsOf = (input: Input) => [ring.key(text(input, 'KeyId')).arn];
  const arnsIfKnown = (input: Input) => tolerate(() => arnsOf(input));
  const dataKey = (input: Input) => {
    const size = Number(input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32));
    if (!(size >= 1 && size <= 1024))
      throw new AwsFault('ValidationException', 'NumberOfBytes must be between 1 and 1024.');
    const plaintext = systemEntropy(size);
    const key = usable(text(input, 'KeyId'), 'ENCRYPT_DECRYPT');
    return {
      KeyId: key.arn,
      Plaintext: base64(plaintext),
      CiphertextBlob: base64(encrypt(key.id, plaintext, contextOf(input))),
    };
  };
  const macOf = (input: Input) => {
    if (input.MacAlgorithm !== 'HMAC_SHA_256')
      throw new AwsFault('ValidationException', 'MacAlgorithm must be HMAC_SHA_256.');
    const key = usable(text(input, 'KeyId'), 'GENERATE_VERIFY_MAC');
    return { key, mac: createHmac('sha256', key.material).update(bytes(input, 'Message')).digest() };
  };

  const operations: Record<string, Operation> = {
    Encrypt: {
      on: arnsIfKnown,
      run: (input) => {
        const plaintext = bytes(input, 'Plaintext');
        if (plaintext.length > MAX_PLAINTEXT_BYTES)
          throw new AwsFault('ValidationException', `Plaintext is over ${MAX_PLAINTEXT_BYTES} bytes.`);
        const key = usable(text(input, 'KeyId'), 'ENCRYPT_DECRYPT');
        return {
          KeyId: key.arn,
          CiphertextBlob: base64(encrypt(key.id, plaintext, contextOf(input))),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
    },
    Decrypt: {
      on: (input) => tolerate(() => [ring.key(sealedBy(bytes(input, 'CiphertextBlob')) ?? text(input, 'KeyId')).arn]),
      run: (input) => {
        const ciphertext = bytes(input, 'CiphertextBlob');
        const plaintext = decrypt(ciphertext, contextOf(input));
        const key = ring.key(sealedBy(ciphertext) ?? '');
        const asked = optionalText(input, 'KeyId');
        if (asked && ring.key(asked).id !== key.id)
          throw new AwsFault('IncorrectKeyException', `The ciphertext was made under ${key.arn}.`);
        return { KeyId: key.arn, Plaintext: base64(plaintext), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
      },
    },
    GenerateDataKey: { on: arnsIfKnown, run: dataKey },
    GenerateDataKeyWithoutPlaintext: {
      on: arnsIfKnown,
      run: (input) => {
        const { KeyId, CiphertextBlob } = dataKey(input);
        return { KeyId, CiphertextBlob };
      },
    },
    GenerateMac: {
      on: arnsIfKnown,
      run: (input) => {
        const { key, mac } = macOf(input);
        return { KeyId: key.arn, Mac: base64(mac), MacAlgorithm: 'HMAC_SHA_256' };
      },
    },
    VerifyMac: {
      on: arnsIfKnown,
      run: (input) => {
        const { key, mac } = macOf(input);
        const given = bytes(input, 'Mac');
        if (given.length !== mac.length || !timingSafeEqual(given, mac))
          throw new AwsFault('KMSInvalidMacException', 'The MAC does not match.');
        return { KeyId: key.arn, MacValid: true, MacAlgorithm: 'HMAC_SHA_256' };
      },
    },
    DescribeKey: {
      on: arnsIfKnown,
      run: (input) => ({ KeyMetadata: describe(ring.key(text(input, 'KeyId')), ground.account) }),
    },
    ListKeys: {
      on: () => ['*'],
      run: () => ({ Keys: ring.all().map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), Truncated: false }),
    },
  };

  return {
    service: jsonService({ signingName: 'kms', version: '1.1', context: conditionKeys, operations }),
    encrypt,
    decrypt,
    arnOf: (reference) => ring.key(reference).arn,
    close: async () => ring.close(),
  };
}

/** Permissions are asked before the operation runs; an unknown key is the operation's refusal to make, not ours. */
function tolerate(arns: () => readonly string[]): readonly string[] {
  try {
    return arns();
  } catch {
    return ['*'];
  }
}

function describe(key: Key, account: string) {
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdMs / 1000,
    Enabled: key.enabled,
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.enabled ? 'Enabled' : 'Disabled',
    Origin: 'AWS_KMS',
    KeyManager: key.id.startsWith('aws-') ? 'AWS' : 'CUSTOMER',
    KeySpec: key.spec,
    MultiRegion: false,
  };
}

function bytes(input: Input, field: string): Buffer {
  return Buffer.from(text(input, field), 'base64');
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

function contextOf(input: Input): EncryptionContext {
  return (input.EncryptionContext ?? {}) as EncryptionContext;
}

/** What a policy may ask of the encryption context: its keys, and the value of each. */
function conditionKeys(input: Input): Record<string, readonly string[]> {
  const context = Object.entries(contextOf(input));
  return {
    'kms:EncryptionContextKeys': context.map(([name]) => name),
    ...Object.fromEntries(context.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]])),
  };
}
