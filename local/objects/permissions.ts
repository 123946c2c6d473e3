import type { AwsCall, Need } from '../contract.ts';

/** What an S3 request addresses: path style, the query decides which of several operations on the same path is meant. */
export interface Address {
  readonly bucket: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

export function addressOf(call: Pick<AwsCall, 'path'>): Address {
  const { pathname, searchParams } = new URL(call.path, 'http://s3');
  const [, bucket = '', ...key] = pathname.split('/');
  return { bucket: decodeURIComponent(bucket), key: key.map(decodeURIComponent).join('/'), query: searchParams };
}

const ON_BUCKET: Readonly<Record<string, string>> = { PUT: 's3:CreateBucket', DELETE: 's3:DeleteBucket' };

/** The S3 permissions of a request, by method and path as the service itself tells operations apart. */
export function objectNeeds(call: AwsCall): readonly Need[] {
  const { bucket, key, query } = addressOf(call);
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const objectArn = `${bucketArn}/${key}`;
  if (!bucket) return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
  if (!key) {
    if (call.method === 'POST' && query.has('delete'))
      return [{ action: 's3:DeleteObject', resource: `${bucketArn}/*` }];
    const action = ON_BUCKET[call.method] ?? 's3:ListBucket';
    return [{ action, resource: bucketArn, context: { 's3:prefix': [query.get('prefix') ?? ''] } }];
  }
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return [{ action: 's3:GetObject', resource: objectArn }];
    case 'DELETE':
      return [{ action: query.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject', resource: objectArn }];
    default: {
      const put = { action: 's3:PutObject', resource: objectArn };
      const source = call.headers['x-amz-copy-source'];
      return source
        ? [put, { action: 's3:GetObject', resource: `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '')}` }]
        : [put];
    }
  }
}
