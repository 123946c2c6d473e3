import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Objects, startObjects } from '../../../local/objects/objects.ts';
import { resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const documents = resource('AWS::S3::Bucket', 'tributary-documents');
const Bucket = 'tributary-documents';
const Key = 'statements/2026-11/Ana & Söhne #1.html';

let ground: TinyGround;
let objects: Objects;
let s3: S3Client;
const text = async (key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key: key }))).Body?.transformToString();

beforeAll(async () => {
  ground = await tinyGround([documents]);
  objects = await startObjects(ground);
  ground.mount(objects.service);
  s3 = new S3Client(ground.client);
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: '<h1>Statement</h1>',
      ContentType: 'text/html; charset=utf-8',
      Metadata: { partner: 'ptr_1' },
    }),
  );
});
afterAll(async () => {
  await objects.close();
  await ground.close();
});

describe('an object', () => {
  test('is read back with its type and metadata, whatever its name', async () => {
    const found = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await found.Body?.transformToString()).toBe('<h1>Statement</h1>');
    expect(found).toMatchObject({ ContentType: 'text/html; charset=utf-8', Metadata: { partner: 'ptr_1' } });
  });

  test('survives a restart', async () => {
    await objects.close();
    objects = await startObjects(ground);
    ground.mount(objects.service);
    expect(await text(Key)).toBe('<h1>Statement</h1>');
    expect(objects.read(Bucket, Key)).toMatchObject({ contentType: 'text/html; charset=utf-8', bytes: 18 });
  });

  test('of megabytes keeps every byte', async () => {
    const Body = Buffer.alloc(3_000_000, 'abc');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'exports/big.csv', Body }));
    expect(
      Buffer.from(
        (await (
          await s3.send(new GetObjectCommand({ Bucket, Key: 'exports/big.csv' }))
        ).Body?.transformToByteArray()) ?? [],
      ).equals(Body),
    ).toBe(true);
  });

  test('may be written as a stream', async () => {
    const lines = ['a,b\n', '1,2\n'];
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'exports/stream.csv',
        Body: Readable.from(lines.map(Buffer.from)),
        ContentLength: 8,
      }),
    );
    expect(await text('exports/stream.csv')).toBe(lines.join(''));
  });

  test('is frozen under If-None-Match', async () => {
    const put = (Body: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'payouts/run.csv', Body, IfNoneMatch: '*' }));
    await put('first');
    await expect(put('second')).rejects.toThrow(expect.objectContaining({ name: 'PreconditionFailed' }));
    expect(await text('payouts/run.csv')).toBe('first');
  });

  test('deleted is gone', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await expect(text('gone')).rejects.toThrow(expect.objectContaining({ name: 'NoSuchKey' }));
    expect(objects.read(Bucket, 'gone')).toBeUndefined();
  });
});

test('keys are listed by prefix, a page at a time', async () => {
  for (const n of [1, 2, 3]) await s3.send(new PutObjectCommand({ Bucket, Key: `many/${n}`, Body: 'x' }));
  const first = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/', MaxKeys: 2 }));
  const rest = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'many/', ContinuationToken: first.NextContinuationToken }),
  );
  expect([...(first.Contents ?? []), ...(rest.Contents ?? [])].map(({ Key: key }) => key)).toEqual([
    'many/1',
    'many/2',
    'many/3',
  ]);
  expect(objects.list(Bucket, { prefix: 'many/', after: 'many/1', limit: 1 }).map(({ key }) => key)).toEqual([
    'many/2',
  ]);
});

describe('permissions', () => {
  test.each([
    ['reading', 's3:GetObject', () => new GetObjectCommand({ Bucket, Key: 'a/b.csv' })],
    ['writing', 's3:PutObject', () => new PutObjectCommand({ Bucket, Key: 'a/b.csv', Body: 'x' })],
    ['deleting', 's3:DeleteObject', () => new DeleteObjectCommand({ Bucket, Key: 'a/b.csv' })],
  ] as const)('%s needs %s on the object', async (_, action, command) => {
    ground.refused.add(`reader ${action} ${documents.arn}/a/b.csv`);
    await expect(new S3Client(ground.as('reader')).send(command() as never)).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDenied' }),
    );
  });

  test('listing needs it on the bucket', async () => {
    ground.refused.add(`reader s3:ListBucket ${documents.arn}`);
    await expect(new S3Client(ground.as('reader')).send(new ListObjectsV2Command({ Bucket }))).rejects.toThrow(
      's3:ListBucket',
    );
  });
});

test('buckets come from the template alone', async () => {
  await expect(s3.send(new CreateBucketCommand({ Bucket: 'another' }))).rejects.toThrow('template');
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'another', Key: 'x' }))).rejects.toThrow();
  expect(objects.buckets()).toEqual([Bucket]);
});

test('a bucket that should tell of its changes stops the start', async () => {
  const told = await tinyGround([
    resource('AWS::S3::Bucket', 'told', { NotificationConfiguration: { EventBridgeConfiguration: {} } }),
  ]);
  await expect(startObjects(told)).rejects.toThrow('tells nobody');
  await told.close();
});
