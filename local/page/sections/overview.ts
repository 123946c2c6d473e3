import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import { badge, count, type Html, lasting, path, when } from '../parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';
import { executionTable } from './executions.ts';
import { itemsOf } from './tables.ts';

const LATEST = 8;
const DAY_MS = 86_400_000;

/** The first page: where everything is, what needs somebody, what happened last. */
export function overviewSection(rooms: Rooms): Section {
  const { states, queues, functions, mail, schedules } = rooms;
  const machineName = (arn: string) => states.machines().find((machine) => machine.arn === arn)?.name ?? arn;
  const address = (execution: { machineArn: string; name: string }) =>
    path('executions', machineName(execution.machineArn), execution.name);

  /** What somebody should look at, each with a link to where. */
  const worries = (nowMs: number): readonly Html[] => {
    const failed = (['FAILED', 'TIMED_OUT', 'ABORTED'] as const)
      .flatMap((status) => states.executions({ status, limit: 20 }))
      .filter(({ startedMs }) => startedMs > nowMs - DAY_MS)
      .sort((a, b) => b.startedMs - a.startedMs);
    const dead = queues.list().filter(({ deadLettersOf, waiting }) => deadLettersOf.length > 0 && waiting > 0);
    const unwell = functions.state().filter(({ errors }) => errors > 0);
    return [
      ...failed
        .slice(0, 3)
        .map(
          (execution) =>
            html`<li><a href="${address(execution)}">${machineName(execution.machineArn)} ${execution.name}</a> ${badge(execution.status)} ${execution.error ?? ''}</li>`,
        ),
      ...(failed.length > 3
        ? [
            html`<li>${failed.length - 3} more <a href="/executions?status=FAILED">executions</a> of the last day did not succeed</li>`,
          ]
        : []),
      ...dead.map(
        ({ name, waiting, deadLettersOf }) =>
          html`<li><a href="${path('queues', name)}">${count(waiting)} dead letters</a> of ${deadLettersOf.join(', ')}</li>`,
      ),
      ...unwell.map(
        ({ name, errors, invocations }) =>
          html`<li><a href="${path('functions', name)}">${name}</a> failed ${count(errors)} of ${count(invocations)} calls since the start</li>`,
      ),
    ];
  };

  return {
    path: '/',
    title: 'Overview',
    mount(app, show) {
      app.get('/', async (c) => {
        const nowMs = wallClockMs();
        const found = worries(nowMs);
        const tables = await Promise.all(
          rooms.tables.map(async (room) => ({ name: room.name, ...(await itemsOf(rooms, room)) })),
        );
        const next = schedules
          .list()
          .flatMap(({ name, nextMs }) => (nextMs === undefined ? [] : [{ name, nextMs }]))
          .sort((a, b) => a.nextMs - b.nextMs);
        const body = html`
          ${found.length > 0 ? html`<div class="notice warn"><ul>${found}</ul></div>` : html`<div class="notice">Nothing needs you: no failed execution today, no dead letter, no function error.</div>`}
          <div class="cards">
            ${card('Addresses', '/endpoints', [
              ...rooms.apis.map(
                ({ name, url }): Line => [name, html`<a href="${url}">${url.replace('http://', '')}</a>`],
              ),
              ['AWS, all services', html`<code>${rooms.awsEndpoint.replace('http://', '')}</code>`],
            ])}
            ${card(
              'Workflows',
              '/executions',
              states.machines().map(({ name, arn }): Line => {
                const [last] = states.executions({ machineArn: arn, limit: 1 });
                const link = html`<a href="/executions?machine=${encodeURIComponent(name)}">${name}</a>`;
                return [link, last ? badge(last.status) : html`<span class="quiet">not yet run</span>`];
              }),
            )}
            ${card(
              'Tables',
              '/tables',
              tables.map(({ name, items }): Line => [name, count(items)]),
            )}
            ${card(
              'Queues',
              '/queues',
              queues
                .list()
                .filter(({ deadLettersOf }) => deadLettersOf.length === 0)
                .map(
                  ({ name, waiting, inFlight, delayed }): Line => [
                    html`<a href="${path('queues', name)}">${name}</a>`,
                    count(waiting + inFlight + delayed),
                  ],
                ),
            )}
            ${card('Schedules', '/schedules', [
              ...(schedules.ticking()
                ? next
                    .slice(0, 5)
                    .map(
                      ({ name, nextMs }): Line => [name, html`<span title="UTC">in ${lasting(nextMs - nowMs)}</span>`],
                    )
                : [['Paused', ''] as Line]),
            ])}
            ${card(
              'Mail',
              '/mail',
              mail
                .list({ limit: 5 })
                .map(
                  ({ id, subject, atMs }): Line => [
                    html`<a href="${path('mail', id)}">${subject}</a>`,
                    when(atMs, nowMs),
                  ],
                ),
            )}
          </div>
          <h2>Latest executions <small><a href="/executions">all ${count(states.count())}</a></small></h2>
          ${executionTable(states.executions({ limit: LATEST }), { machineName, address })}`;
        return show(c, { title: 'This laptop', live: true, body });
      });
    },
  };
}

type Line = readonly [Html | string, Html | string];

function card(title: string, href: string, lines: readonly Line[]): Html {
  return html`<section class="card"><h2>${title}<a href="${href}">open</a></h2>
    ${lines.length > 0 ? html`<dl>${lines.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>` : html`<p class="quiet">Nothing yet.</p>`}
  </section>`;
}
