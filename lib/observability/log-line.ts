import { logsAreSilent } from '../aws/env.ts';

/**
 * A log line in the shape that Powertools writes, for functions that carry none. Never given a body, a secret or an account number.
 * Written past `console`, whose JSON wrapper would put it into a text.
 */
export function logLine(level: 'INFO' | 'ERROR', message: string, { error, ...facts }: Record<string, unknown>): void {
  if (logsAreSilent()) return;
  const { name, message: cause, stack } = (error ?? {}) as Partial<Error>;
  const line = {
    level,
    message,
    service: 'tributary',
    ...facts,
    ...(error !== undefined && { error: { name, message: cause, stack } }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
