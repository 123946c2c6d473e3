import { AwsCallError } from '../aws/lean-client.ts';
import { VisibleError } from '../errors.ts';

const PASSING = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
  'TransactionConflictException',
]);

/**
 * What passes by itself, as a refusal that says so: congestion and collisions below us, where nothing was written, and a service that did
 * not answer in time, to which we only send what may arrive twice. The same request succeeds a moment later.
 */
export function passing(error: unknown): VisibleError | undefined {
  if (error instanceof AwsCallError && (error.status === 0 || error.status >= 500))
    return busy('A service that this needs did not answer');
  const {
    name,
    code,
    CancellationReasons: reasons,
  } = (error ?? {}) as { name?: string; code?: unknown; CancellationReasons?: { Code?: string }[] };
  const collided = reasons?.some(({ Code }) => Code === 'TransactionConflict' || Code === 'ThrottlingError');
  const named = [name, code].some((one) => typeof one === 'string' && PASSING.has(one));
  return collided || named ? busy('Somebody else is changing the same thing') : undefined;
}

const busy = (why: string) => new VisibleError('throttled', 'busy', `${why}; send the request again in a second.`);
