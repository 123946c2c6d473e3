import { createHash } from 'node:crypto';
import type { LeanCall } from '../aws/lean-client.ts';
import type { SecretOpener } from '../aws/sealed-secrets.ts';
import { VisibleError } from '../errors.ts';
import { type Verdict, verdictOn } from '../programs/signature.ts';
import { seenSignatures } from '../store/seen-signatures.ts';
import type { Caller } from './caller.ts';
import type { ApiEvent } from './event.ts';

/** Lets a request of a key that signs its requests through, or refuses it. */
export type SignatureCheck = (event: ApiEvent, caller: Caller) => Promise<void>;

export function signatureCheck(dynamodb: LeanCall, table: string, secrets: SecretOpener): SignatureCheck {
  const seen = seenSignatures(dynamodb, table);
  return async (event, { brandId, keyId, signing }) => {
    if (signing === undefined) return;
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    const secret = await secrets.open(brandId, keyId, signing);
    const said = verdictOn(secret, event.headers, body, event.requestContext.timeEpoch);
    if (said.verdict !== 'good')
      throw refused(said.header, WORDS[said.verdict], 'signature-refused', 'unauthenticated');
    const bodyHash = createHash('sha256').update(event.routeKey).update(body).digest('base64url');
    if (await seen.first(brandId, keyId, said.signed, bodyHash)) return;
    const words =
      'was seen before with this timestamp or another body; to send the same request again, sign it with a new webhook-timestamp';
    throw refused('webhook-id', words, 'signature-replayed', 'conflict');
  };
}

const WORDS: Readonly<Record<Exclude<Verdict['verdict'], 'good'>, string>> = {
  unsigned: 'is required: this key signs its requests',
  malformed: 'is not what Standard Webhooks has there',
  stale: 'must be within 5 minutes of now, in seconds since 1970',
  wrong: 'is not this key’s signature of webhook-id.webhook-timestamp.body',
};

function refused(field: string, message: string, code: string, kind: 'unauthenticated' | 'conflict'): VisibleError {
  return new VisibleError(kind, code, `${field} ${message}.`, [{ field, message }]);
}
