import type { AwsAnswer, AwsService, Ground, Running } from '../contract.ts';
import { openEngine, type S3Store } from '../fauxqs.ts';
import { addressOf, objectNeeds } from './permissions.ts';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly contentType: string;
}

export interface Objects extends Running {
  readonly service: AwsService;
  buckets(): readonly string[];
  /** Objects in order of key, from after the given one. */
  list(
    bucket: string,
    options?: { readonly prefix?: string; readonly after?: string; readonly limit?: number },
  ): readonly StoredObject[];
  /** The object with its bytes; nothing when there is none. */
  read(
    bucket: string,
    key: string,
  ): (StoredObject & { readonly body: Buffer; readonly disposition?: string }) | undefined;
}

/**
 * S3: the template's buckets, objects in SQLite so that a killed laptop never leaves half a file.
 * Versions, lifecycle and policies of buckets are not acted on; a put under `If-None-Match: *` is refused when the key is taken.
 */
export async function startObjects(ground: Ground): Promise<Objects> {
  const engine = await openEngine(ground.dataDir('objects'), ground.region);
  const { s3Store, persistence } = engine;
  persistence.loadS3(s3Store);
  s3Store.persistence = persistence as unknown as NonNullable<S3Store['persistence']>;
  for (const { physicalName, properties, stack, logicalId } of ground.assembly.ofType('AWS::S3::Bucket')) {
    if (properties.NotificationConfiguration !== undefined) {
      throw new Error(
        `${stack}/${logicalId}: a bucket on the laptop tells nobody of its changes; let the writer say what it wrote.`,
      );
    }
    if (!s3Store.hasBucket(physicalName)) s3Store.createBucket(physicalName);
  }
  const there = (bucket: string, key: string) => {
    try {
      return s3Store.headObject(bucket, key);
    } catch {
      return undefined;
    }
  };

  const service: AwsService = {
    signingName: 's3',
    needs: objectNeeds,
    denied: (_call, message) => fault(403, 'AccessDenied', message),
    async answer(call) {
      const { bucket, key } = addressOf(call);
      if (bucket && !key && (call.method === 'PUT' || call.method === 'DELETE')) {
        return fault(405, 'MethodNotAllowed', 'Buckets come from the template.');
      }
      if (call.method === 'PUT' && call.headers['if-none-match'] === '*' && there(bucket, key)) {
        return fault(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
      }
      return engine.answer(call);
    },
  };

  return {
    service,
    buckets: () => s3Store.listBuckets().map(({ name }) => name),
    list: (bucket, { prefix, after, limit = 1000 } = {}) =>
      s3Store
        .listObjects(bucket, { maxKeys: limit, ...(prefix ? { prefix } : {}), ...(after ? { startAfter: after } : {}) })
        .objects.map(stored),
    read(bucket, key) {
      if (!there(bucket, key)) return undefined;
      const found = s3Store.getObject(bucket, key);
      return {
        ...stored(found),
        body: found.body,
        ...(found.contentDisposition ? { disposition: found.contentDisposition } : {}),
      };
    },
    close: () => engine.close(),
  };
}

function stored(object: ReturnType<S3Store['headObject']>): StoredObject {
  return {
    key: object.key,
    bytes: object.contentLength,
    modifiedMs: object.lastModified.getTime(),
    contentType: object.contentType,
  };
}

function fault(status: number, code: string, message: string): AwsAnswer {
  const text = message.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`,
  };
}
