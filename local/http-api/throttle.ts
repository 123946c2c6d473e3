/** Requests allowed per second, and how many may come at once. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

/** A token bucket. Asks for the time so that it can be tested without waiting; always the machine's own, also in a replay. */
export function tokenBucket({ rate, burst }: Throttle): (nowMs: number) => boolean {
  let tokens = burst;
  let lastMs: number | undefined;
  return (nowMs) => {
    if (lastMs !== undefined) tokens = Math.min(burst, tokens + ((nowMs - lastMs) / 1000) * rate);
    lastMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** The buckets of a stage: a route with its own settings has one of its own, the others share the stage's. */
export function stageThrottle(
  stage: Throttle | undefined,
  byRoute: ReadonlyMap<string, Throttle>,
): (routeKey: string, nowMs: number) => boolean {
  const shared = stage && tokenBucket(stage);
  const own = new Map([...byRoute].map(([routeKey, throttle]) => [routeKey, tokenBucket(throttle)]));
  return (routeKey, nowMs) => (own.get(routeKey) ?? shared)?.(nowMs) ?? true;
}
