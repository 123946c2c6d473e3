import { METRICS_NAMESPACE } from '../names.ts';

/**
 * Something that should not happen, as one log line that is a metric too (embedded metric format): the alarm counts it, the line says what
 * it was. For functions that carry no Powertools. Written past `console`, whose JSON wrapper would hide the metric.
 */
export function incident(metric: string, atMs: number, message: string, error: unknown, facts: object = {}): void {
  const { name, message: cause, code } = error as { name?: string; message?: string; code?: string };
  const line = {
    _aws: {
      Timestamp: atMs,
      CloudWatchMetrics: [
        { Namespace: METRICS_NAMESPACE, Dimensions: [[]], Metrics: [{ Name: metric, Unit: 'Count' }] },
      ],
    },
    [metric]: 1,
    level: 'ERROR',
    message,
    error: { name, message: cause, code },
    ...facts,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
