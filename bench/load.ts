import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { percentile } from './figures.ts';

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly answers: number;
  /** Answers that were not the expected redirect. */
  readonly wrong: number;
}

/** Asks for redirects over keep-alive connections for a while, each connection one request at a time. */
export async function load(
  url: string,
  paths: readonly string[],
  { connections = 32, seconds = 4 } = {},
): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  const latencies: number[] = [];
  let wrong = 0;
  const once = (path: string) =>
    new Promise<void>((resolve, reject) => {
      const started = performance.now();
      http
        .get(
          {
            hostname,
            port,
            path,
            agent,
            headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' },
          },
          (response) => {
            response.resume();
            response.on('end', () => {
              latencies.push(performance.now() - started);
              if (response.statusCode !== 302) wrong += 1;
              resolve();
            });
          },
        )
        .on('error', reject);
    });
  const started = performance.now();
  const end = started + seconds * 1000;
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        next += 1;
        await once(paths[next % paths.length]!);
      }
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  agent.destroy();
  return {
    perSecond: latencies.length / elapsed,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    answers: latencies.length,
    wrong,
  };
}
