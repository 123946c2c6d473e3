import { readFileSync } from 'node:fs';

/** What one event needs, from its request to its last consequence, as the benchmark measured it. */
interface EventUnits {
  /** Write and read request units, indexes and transactions included. */
  readonly wru: number;
  readonly rru: number;
  /** Billed time of the function that answers the request. */
  readonly durationMs: number;
}

export interface MeasuredUnits {
  readonly click: EventUnits;
  readonly conversion: EventUnits;
  /** How the figures came to be: printed above the table. */
  readonly origin: string;
}

/** Reads the file that the benchmark writes, and refuses one from which a figure is missing. */
export function readUnits(path: string): MeasuredUnits {
  const file = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown> | string | undefined>;
  const event = (name: 'click' | 'conversion'): EventUnits => {
    const figures = (file[name] ?? {}) as Record<string, unknown>;
    const figure = (key: string): number => {
      const value = figures[key];
      if (typeof value === 'number' && value >= 0) return value;
      throw new Error(`${path}: ${name}.${key} must be a number that is not negative`);
    };
    return { wru: figure('wru'), rru: figure('rru'), durationMs: figure('durationMs') };
  };
  return { click: event('click'), conversion: event('conversion'), origin: String(file.origin ?? 'measured') };
}
