import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** An IAM identity as Lambda hands it over. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What of a request is signed. The query string is always empty: the JSON protocols of AWS put everything in the body. */
export interface SignableRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case and in alphabetical order; values trimmed. Must include `host` and `x-amz-date`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** `2026-03-29T10:00:00.000Z` as AWS signs it: `20260329T100000Z`. */
export function amzDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/**
 * Makes the `Authorization` header of AWS Signature Version 4 for one service in one region. The signing key depends on the day only, so it
 * is derived once a day, and kept as a key object: Node takes several times as long over an HMAC whose key is bare bytes.
 */
export function requestSigner(credentials: Credentials, region: string, service: string) {
  let key: KeyObject | undefined;
  let keyDay = '';

  const signingKey = (day: string): KeyObject => {
    if (!key || day !== keyDay) {
      const secret = Buffer.from(`AWS4${credentials.secretAccessKey}`);
      key = createSecretKey([day, region, service, 'aws4_request'].reduce<Buffer>(hmac, secret));
      keyDay = day;
    }
    return key;
  };

  return (request: SignableRequest, date: string): string => {
    const day = date.slice(0, 8);
    const names = request.headers.map(([name]) => name).join(';');
    const canonical = `${request.method}\n${request.path}\n\n${request.headers
      .map(([name, value]) => `${name}:${value}\n`)
      .join('')}\n${names}\n${hash('sha256', request.body)}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const signature = hmac(
      signingKey(day),
      `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical)}`,
    ).toString('hex');
    return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  };
}

const hmac = (key: Buffer | KeyObject, data: string): Buffer => createHmac('sha256', key).update(data).digest();
