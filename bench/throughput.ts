import { join } from 'node:path';
import { type Figure, median, round, type Section } from './figures.ts';
import type { BenchGround } from './ground.ts';
import { type LoadResult, load } from './load.ts';
import { startPeer } from './peers/peer.ts';
import { startPostgres } from './peers/postgres.ts';

const ROUNDS = 3;
const SECONDS = 4;

/** Redirects a second: our stacks on the laptop, a bare Node server, and a lean redirector on PostgreSQL; rounds interleaved. */
export async function throughput(
  ground: BenchGround,
  root: string,
  announce: (line: string) => void,
): Promise<Section> {
  const paths = ground.members.map(({ link }) => `/c/${link}`);
  const postgres = startPostgres();
  postgres?.sql(
    'CREATE TABLE links (code text PRIMARY KEY, destination text NOT NULL, partner text NOT NULL); CREATE TABLE clicks (id uuid PRIMARY KEY, link text NOT NULL, partner text NOT NULL, at timestamptz NOT NULL, agent text)',
  );
  for (const { link, partnerId } of ground.members)
    postgres?.sql(`INSERT INTO links VALUES ('${link}', 'https://shop.example/welcome', '${partnerId}')`);
  const bare = await startPeer(join(root, 'bench/peers/bare-node.ts'));
  const redirector =
    postgres &&
    (await startPeer(join(root, 'bench/peers/postgres-redirector.ts'), [postgres.host, String(postgres.port)]));
  const results: Record<string, LoadResult[]> = { ours: [], bare: [], postgres: [] };
  try {
    for (let turn = 0; turn <= ROUNDS; turn += 1) {
      for (const [name, url] of [
        ['ours', ground.credentials.trackingUrl],
        ['bare', bare.url],
        ['postgres', redirector?.url],
      ] as const) {
        if (url === undefined) continue;
        const result = await load(url, paths, { seconds: turn === 0 ? 1 : SECONDS });
        // The first turn warms everybody up.
        if (turn > 0) results[name]!.push(result);
        if (turn > 0)
          announce(
            `${name}: ${Math.round(result.perSecond)}/s, p99 ${round(result.p99Ms, 1)} ms${result.wrong ? `, ${result.wrong} not redirected` : ''}`,
          );
      }
    }
  } finally {
    await bare.close();
    await redirector?.close();
    postgres?.close();
  }
  const rate = (name: string) => median(results[name]!.map(({ perSecond }) => perSecond));
  const p99 = (name: string) => median(results[name]!.map(({ p99Ms }) => p99Ms));
  const figures: Figure[] = [
    {
      key: 'click.perSecond',
      value: Math.round(rate('ours')),
      unit: '/s',
      what: 'clicks a second, gateway to durable write to redirect',
    },
    { key: 'click.p99Ms', value: round(p99('ours'), 1), unit: 'ms', what: 'p99 of them' },
    {
      key: 'click.wrong',
      value: results.ours!.reduce((sum, { wrong }) => sum + wrong, 0),
      unit: '',
      what: 'answers that were no redirect',
      bar: '0',
    },
    {
      key: 'click.vsBareNode',
      value: round(rate('ours') / rate('bare'), 3),
      unit: '×',
      what: `a bare node:http 302 (${Math.round(rate('bare'))}/s, p99 ${round(p99('bare'), 1)} ms), which stores nothing`,
    },
    ...(redirector
      ? [
          {
            key: 'click.vsPostgres',
            value: round(rate('ours') / rate('postgres'), 3),
            unit: '×',
            what: `a lean PostgreSQL redirector (${Math.round(rate('postgres'))}/s, p99 ${round(p99('postgres'), 1)} ms): SELECT, committed INSERT`,
          },
        ]
      : []),
  ];
  return {
    title: 'Redirects, end to end',
    figures,
    notes: [
      `${ROUNDS} interleaved rounds of ${SECONDS} s, 32 keep-alive connections, medians. The load generator, the laptop (gateway, Lambda workers, AWS front door) and its DynamoDB engine share the machine's cores.`,
      postgres
        ? `${postgres.version}, default durability, Unix socket, pool of 10.`
        : 'PostgreSQL is not installed here, so it was not measured.',
    ],
  };
}
