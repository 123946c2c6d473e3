import { instant } from '../../lib/time.ts';
import type { StreamRecord } from './record.ts';

/** The tumbling windows of one shard: which one a record falls in, and what the function keeps from call to call within one. */
export interface TumblingWindow {
  /** Records in runs that fall into the same window; one run when the mapping has no windows. */
  runs(records: readonly StreamRecord[]): StreamRecord[][];
  /** What the event carries beside the records. */
  around(records: readonly StreamRecord[]): Readonly<Record<string, unknown>>;
  /** Takes the state out of the function's answer. */
  answered(payload: unknown): void;
  /** The last event of a window that is over at this moment, if there is one to be sent. */
  final(nowMs: number): Readonly<Record<string, unknown>> | undefined;
}

/** @param sizeMs 0 for a mapping without windows. */
export function tumblingWindow(sizeMs: number, shardId: string, streamArn: string): TumblingWindow {
  const startOf = ({ dynamodb }: StreamRecord) =>
    Math.floor((dynamodb.ApproximateCreationDateTime * 1000) / sizeMs) * sizeMs;
  let open: { readonly startMs: number; state: unknown } | undefined;

  const fields = (startMs: number, state: unknown, isFinal: boolean) => ({
    window: { start: isoSeconds(startMs), end: isoSeconds(startMs + sizeMs) },
    state,
    shardId,
    eventSourceARN: streamArn,
    isFinalInvokeForWindow: isFinal,
    isWindowTerminatedEarly: false,
  });

  if (sizeMs === 0) {
    return { runs: (records) => [[...records]], around: () => ({}), answered: () => {}, final: () => undefined };
  }
  return {
    runs(records) {
      return [...Map.groupBy(records, startOf).values()];
    },
    around(records) {
      const startMs = startOf(records[0]!);
      if (open?.startMs !== startMs) open = { startMs, state: {} };
      return fields(startMs, open.state, false);
    },
    answered(payload) {
      if (open) open.state = (payload as { state?: unknown } | null)?.state ?? {};
    },
    final(nowMs) {
      if (!open || open.startMs + sizeMs > nowMs) return undefined;
      const { startMs, state } = open;
      open = undefined;
      return { Records: [], ...fields(startMs, state, true) };
    },
  };
}

/** AWS writes window bounds without a fraction: `2026-07-30T17:00:00Z`. */
const isoSeconds = (ms: number) => `${instant(ms).slice(0, 19)}Z`;
