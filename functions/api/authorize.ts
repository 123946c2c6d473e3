import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerWithContextResult } from 'aws-lambda';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import type { Caller } from '../../lib/http/caller.ts';
import { brandOfSecret, hashSecret, isAccepted } from '../../lib/programs/api-key.ts';
import { apiKeys } from '../../lib/store/api-keys.ts';
import { instant } from '../../lib/time.ts';

type Decision = APIGatewaySimpleAuthorizerWithContextResult<Partial<Caller>>;

const keys = apiKeys(documentClient(), env('coreTable'));
const refused: Decision = { isAuthorized: false, context: {} };

/** Whose API key it is. What cannot be a key of ours is refused without a read. */
export async function handler(event: APIGatewayRequestAuthorizerEventV2): Promise<Decision> {
  const secret = /^Bearer +(\S+)$/i.exec(event.headers?.authorization ?? '')?.[1];
  const brandId = secret && brandOfSecret(secret);
  if (!secret || !brandId) return refused;
  const key = await keys.find(brandId, hashSecret(secret));
  if (!key || !isAccepted(key, instant(event.requestContext.timeEpoch))) return refused;
  const { keyId, person, role } = key;
  return { isAuthorized: true, context: { brandId, keyId, person, role } };
}
