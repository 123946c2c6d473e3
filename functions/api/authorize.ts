import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerWithContextResult } from 'aws-lambda';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import type { Caller } from '../../lib/http/caller.ts';
import { brandOfSecret, hashSecret, isAccepted } from '../../lib/programs/api-key.ts';
import { lookUpKey } from '../../lib/store/key-lookup.ts';
import { instant } from '../../lib/time.ts';

type Decision = APIGatewaySimpleAuthorizerWithContextResult<Partial<Caller>>;

const table = env('coreTable');
const dynamodb = leanClient('dynamodb');
const refused: Decision = { isAuthorized: false, context: {} };

/** Twice this is well inside the function's five seconds. */
const DEADLINE_MS = 1_500;

/** Whose API key it is. What cannot be a key of ours is refused without a read; a table that does not answer is a fault, not a refusal. */
export async function handler(event: APIGatewayRequestAuthorizerEventV2): Promise<Decision> {
  const secret = /^Bearer +(\S+)$/i.exec(event.headers?.authorization ?? '')?.[1];
  const brandId = secret && brandOfSecret(secret);
  if (!secret || !brandId) return refused;
  const look = () => lookUpKey(dynamodb, table, { brandId, hash: hashSecret(secret) }, DEADLINE_MS);
  const key = await look().catch(look);
  if (!key || !isAccepted(key, instant(event.requestContext.timeEpoch))) return refused;
  const { keyId, person, role, partnerId, signingSecret: signing } = key;
  const context = { brandId, keyId, person, role };
  return {
    isAuthorized: true,
    context: { ...context, ...(partnerId !== undefined && { partnerId }), ...(signing !== undefined && { signing }) },
  };
}
