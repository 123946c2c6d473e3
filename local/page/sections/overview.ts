import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import { format } from '../../../lib/money.ts';
import { DAY_MS, epochMs } from '../../../lib/time.ts';
import { badge, count, type Html, lasting, path, quietZero, when } from '../../../web/parts.ts';
import type { NamedRun } from '../../../web/payouts/opened-run.ts';
import type { Execution } from '../../states/execution-store.ts';
import { executionNames, executionTable } from '../execution-table.ts';
import type { PayoutBook } from '../payout-book.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';
import { unread } from './queues.ts';
import { itemsOf } from './tables.ts';

const LATEST = 8;
const WORRIES_NAMED = 3;

/** The first page: what needs somebody, where everything is, what happened last. */
export function overviewSection(rooms: Rooms, payouts: Pick<PayoutBook, 'awaiting'>): Section {
  return {
    path: '/',
    title: 'Overview',
    mount(app, show) {
      app.get('/', async (c) => {
        const nowMs = wallClockMs();
        const found = [...undecided(await payouts.awaiting(), nowMs), ...worries(rooms, nowMs)];
        const { states } = rooms;
        const body = html`
          ${
            found.length > 0
              ? html`<div class="notice warn"><ul>${found.map((worry) => html`<li>${worry}</li>`)}</ul></div>`
              : html`<div class="notice">Nothing needs you: no payout run to approve, no failed execution today, no failed message, no function error.</div>`
          }
          <div class="cards">${await cards(rooms, nowMs)}</div>
          <h2>Latest executions <small><a href="/executions">all ${count(states.count())}</a></small></h2>
          ${executionTable(rooms, states.executions({ limit: LATEST }))}`;
        return show(c, { title: 'This laptop', live: true, body });
      });
    },
  };
}

/** Payout runs that wait for a second person. */
function undecided(runs: readonly NamedRun[], nowMs: number): readonly Html[] {
  const told = ({ runId, program, totalCents, currency, madeBy, madeAt }: NamedRun) =>
    html`<a href="${path('payouts', runId)}">${program}: ${format(totalCents, currency)}</a> ${badge('awaiting-approval')} <span class="quiet">made by ${madeBy}</span> ${when(epochMs(madeAt), nowMs)}`;
  const more = runs.length - WORRIES_NAMED;
  return [
    ...runs.slice(0, WORRIES_NAMED).map(told),
    ...(more > 0 ? [html`${more} more <a href="/payouts">payout runs</a> await approval`] : []),
  ];
}

/** What somebody should look at, each with a link to where. */
function worries(rooms: Rooms, nowMs: number): readonly Html[] {
  const { states, functions, shorten } = rooms;
  const names = executionNames(rooms);
  const failed = (['FAILED', 'TIMED_OUT', 'ABORTED'] as const)
    .flatMap((status) => states.executions({ status, limit: 20 }))
    .filter(({ startedMs }) => startedMs > nowMs - DAY_MS)
    .sort((a, b) => b.startedMs - a.startedMs);
  const told = (execution: Execution) =>
    html`<a href="${names.address(execution)}">${shorten(names.workflow(execution))}</a> ${badge(execution.status)} at ${when(execution.startedMs, nowMs)} <span class="quiet">${execution.error ?? ''}</span>`;
  const more = failed.length - WORRIES_NAMED;
  return [
    ...failed.slice(0, WORRIES_NAMED).map(told),
    ...(more > 0 ? [html`${more} more <a href="/executions">executions</a> of the last day did not succeed`] : []),
    ...unread(rooms).map(
      ({ name, waiting }) =>
        html`<a href="${path('queues', name)}">${shorten(name)}</a> holds ${count(waiting)} that nothing will take but you`,
    ),
    ...functions
      .state()
      .filter(({ errors }) => errors > 0)
      .map(
        ({ name, errors, invocations }) =>
          html`<a href="${path('functions', name)}">${shorten(name)}</a> failed ${count(errors)} of ${count(invocations)} calls since the start`,
      ),
  ];
}

type Line = readonly [Html | string, Html | string];

async function cards(rooms: Rooms, nowMs: number): Promise<readonly Html[]> {
  const { states, queues, mail, schedules, shorten } = rooms;
  const tables = await Promise.all(
    rooms.tables.map(
      async (room): Promise<Line> => [named(room.name, shorten), quietZero((await itemsOf(rooms, room)).items)],
    ),
  );
  const next = schedules
    .list()
    .flatMap(({ name, nextMs }) => (nextMs === undefined ? [] : [{ name, nextMs }]))
    .sort((a, b) => a.nextMs - b.nextMs);
  return [
    card('Addresses', '/endpoints', [
      ...rooms.apis.map(
        ({ name, url }): Line => [named(name, shorten), html`<a href="${url}">${url.replace('http://', '')}</a>`],
      ),
      ['AWS, all services', html`<code>${rooms.awsEndpoint.replace('http://', '')}</code>`],
    ]),
    card(
      'Workflows',
      '/executions',
      states.machines().map(({ name, arn }): Line => {
        const [last] = states.executions({ machineArn: arn, limit: 1 });
        const link = html`<a href="/executions?machine=${encodeURIComponent(name)}" title="${name}">${shorten(name)}</a>`;
        return [link, last ? badge(last.status) : html`<span class="quiet">not yet run</span>`];
      }),
    ),
    card('Tables', '/tables', tables),
    card(
      'Queues',
      '/queues',
      queues
        .list()
        .filter(({ calls }) => calls.length > 0)
        .map(
          ({ name, waiting, inFlight, delayed }): Line => [
            html`<a href="${path('queues', name)}" title="${name}">${shorten(name)}</a>`,
            quietZero(waiting + inFlight + delayed),
          ],
        ),
    ),
    card(
      'Schedules',
      '/schedules',
      schedules.ticking()
        ? next.slice(0, 5).map(({ name, nextMs }): Line => [named(name, shorten), `in ${lasting(nextMs - nowMs)}`])
        : [['paused, each can be run now', '']],
    ),
    card(
      'Mail',
      '/mail',
      mail
        .list({ limit: 5 })
        .map(({ id, subject, atMs }): Line => [html`<a href="${path('mail', id)}">${subject}</a>`, when(atMs, nowMs)]),
    ),
  ];
}

function named(name: string, shorten: Rooms['shorten']): Html {
  return html`<span title="${name}">${shorten(name)}</span>`;
}

function card(title: string, href: string, lines: readonly Line[]): Html {
  return html`<section class="card"><h2>${title}<a href="${href}">open</a></h2>
    ${lines.length > 0 ? html`<dl>${lines.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>` : html`<p class="quiet">Nothing yet.</p>`}
  </section>`;
}
