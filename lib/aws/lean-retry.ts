import { setTimeout as pause } from 'node:timers/promises';
import { systemEntropy } from '../entropy.ts';
import { AwsCallError, type LeanCall } from './lean-client.ts';

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 50;
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
]);

/**
 * Sends what was throttled or met a failing service again, twice, as the SDK does; pauses double and are drawn. For callers that wait for
 * an answer anyway and send only what may arrive twice. A call that ran into its deadline is not sent again: the caller has waited enough.
 */
export const retrying =
  (call: LeanCall): LeanCall =>
  async (operation, input, deadlineMs) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(operation, input, deadlineMs);
      } catch (error) {
        if (attempt === ATTEMPTS || !isPassing(error)) throw error;
        await pause(FIRST_PAUSE_MS * 2 ** attempt * (systemEntropy(1)[0]! / 256));
      }
    }
  };

const isPassing = (error: unknown): boolean =>
  error instanceof AwsCallError &&
  error.code !== 'Timeout' &&
  (error.status >= 500 || THROTTLED.has(error.code) || error.status === 0);
