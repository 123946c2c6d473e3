import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRICS_NAMESPACE } from '../names.ts';

/** JSON lines with the function's name, request id and cold start. Never given a body, a secret or an account number. */
export const logger = new Logger({ serviceName: 'tributary' });

let shared: Metrics | undefined;

/** Our own metrics, written as embedded-metric log lines. Made on first use: most functions count nothing. */
export function metrics(): Metrics {
  shared ??= new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'tributary' });
  return shared;
}
