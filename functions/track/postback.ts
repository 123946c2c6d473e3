import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { clickKeyRing } from '../../lib/aws/click-keys.ts';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { parameters } from '../../lib/aws/parameters.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { VisibleError } from '../../lib/errors.ts';
import { problemAnswer } from '../../lib/http/problem.ts';
import { incident } from '../../lib/observability/incident.ts';
import { brandOfSecret, hashSecret, isAccepted } from '../../lib/programs/api-key.ts';
import { type KeyHolder, lookUpKey } from '../../lib/store/key-lookup.ts';
import { type LeanOutcome, leanConversions } from '../../lib/store/lean-conversions.ts';
import { lookUpConstants, type ProgramConstants } from '../../lib/store/program-constants.ts';
import { type Instant, instant } from '../../lib/time.ts';
import type { ConversionReport } from '../../lib/tracking/conversion.ts';
import { lookupCache } from '../../lib/tracking/lookup-cache.ts';
import { given, type Query, readPostback } from '../../lib/tracking/postback.ts';

/**
 * `GET /postback?token=…&click_id=…&amount=…`: a conversion as trackers report it. The token is an API key of the role `postback`: a secret
 * in an address is read by many, so it may report and cancel conversions of one program and nothing else.
 *
 * Warm, one conditional write; nothing is read but once a minute the key.
 */
const DEADLINE_MS = 1_500;
const coreTable = env('coreTable');
const dynamodb = leanClient('dynamodb');
const conversions = leanConversions(dynamodb, env('conversionsTable'), DEADLINE_MS);
const keyRing = clickKeyRing(parameters(leanClient('ssm')), env('clickKeysParameter'));
const keys = lookupCache<KeyHolder & { readonly brandId: string }>({ freshMs: 60_000, jitterMs: 0, maxEntries: 1_000 });
const programs = lookupCache<ProgramConstants>({ freshMs: 3_600_000, jitterMs: 600_000, maxEntries: 1_000 });
const randomShare = () => systemEntropy(1)[0]! / 256;

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const query = event.queryStringParameters ?? {};
  const json = query.format === 'json' || /\bjson\b/.test(event.headers.accept ?? '');
  const { requestId, timeEpoch } = event.requestContext;
  try {
    const { outcome, report } = await take(query, instant(timeEpoch));
    const { eventType, orderId } = report;
    return answer(json, `success=true; outcome=${outcome}; event=${eventType}; order_id=${orderId}`, {
      success: true,
      outcome,
      eventType,
      orderId,
    });
  } catch (error) {
    const visible = error instanceof VisibleError ? error : notTaken(error);
    const problem = problemAnswer(visible, requestId);
    if (json) return problem;
    const { headers: { 'content-type': _, ...headers } = {}, statusCode } = problem;
    const body = `success=false; err_msg=${visible.message.replace(/\s+/g, ' ')}`;
    return { statusCode: statusCode!, headers: { ...headers, ...TEXT }, body };
  }
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
const answer = (json: boolean, text: string, value: object): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 200,
  headers: json ? { ...TEXT, 'content-type': 'application/json' } : TEXT,
  body: json ? JSON.stringify(value) : text,
});

/** A fault of ours: the tracker sends it again, and nothing counts twice. */
function notTaken(error: unknown): VisibleError {
  incident(
    'PostbacksNotTaken',
    wallClockMs(),
    'a postback could not be taken; its tracker was asked to try again',
    error,
  );
  return new VisibleError('throttled', 'busy', 'The postback could not be taken; send it again in a minute.');
}

async function take(
  query: Query,
  at: Instant,
): Promise<{ readonly outcome: LeanOutcome['outcome']; readonly report: ConversionReport }> {
  // Wanted in the end and from somewhere else: they are on their way while the key and the program are read.
  const clickKeys = given(query, 'clickId') ? keyRing.keys().catch(() => undefined) : undefined;
  const { brandId, keyId, programId } = await holderOf(query, at).finally(() => clickKeys);
  const program = await programs.get(
    `${brandId}#${programId}`,
    wallClockMs(),
    () => lookUpConstants(dynamodb, coreTable, { brandId, programId }, DEADLINE_MS),
    randomShare,
  );
  if (!program) throw new Error(`the program ${programId} of the key ${keyId} is not there`);
  const reading = readPostback(query, { programId, currency: program.currency, at });
  if (reading.kind === 'refused') {
    const [first] = reading.problems;
    const detail = `${first!.field}: ${first!.message}`;
    throw new VisibleError('invalid', 'invalid-fields', detail, reading.problems);
  }
  const { report, kind } = reading;
  const facts = report.clickId === undefined ? undefined : await keyRing.verify(report.clickId, programId);
  const verified = typeof facts === 'string' ? { clickIdRefused: facts } : { clickUncredited: facts?.uncredited };
  const context = { brandId, keyId, at, ...verified };
  const { outcome, differences } =
    kind === 'report' ? await conversions.record(report, context) : await conversions.cancel(report, 'other', context);
  if (outcome === 'different') {
    const fields = differences.map((field) => ({ field, message: 'differs from what was recorded' }));
    const detail = `${report.eventType} ${report.orderId} was recorded before with another ${differences.join(', ')}`;
    throw new VisibleError('conflict', 'different-conversion', `${detail}; nothing was changed.`, fields);
  }
  return { outcome, report };
}

/** Whose token it is; refuses what is none, and a key that may do more than report. */
async function holderOf(query: Query, at: Instant) {
  const secret = given(query, 'token')?.value;
  const brandId = secret && brandOfSecret(secret);
  const key =
    secret && brandId
      ? await keys.get(
          hashSecret(secret),
          wallClockMs(),
          async () => {
            const look = () => lookUpKey(dynamodb, coreTable, { brandId, hash: hashSecret(secret) }, DEADLINE_MS);
            const holder = await look().catch(look);
            return holder && { ...holder, brandId };
          },
          randomShare,
        )
      : undefined;
  if (!key || !isAccepted(key, at)) {
    const field = { field: 'token', message: 'must be the secret of an API key of the role postback, not revoked' };
    throw new VisibleError('unauthenticated', 'no-token', `token: ${field.message}.`, [field]);
  }
  const { keyId, programId, role } = key;
  if (role !== 'postback' || programId === undefined) {
    const message = `must be a key of the role postback; this one is of the role ${role}, and what may do more does not belong in an address`;
    throw new VisibleError('forbidden', 'role-not-allowed', `token: ${message}.`, [{ field: 'token', message }]);
  }
  return { brandId: key.brandId, keyId, programId };
}
