import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import type { Execution, HistoryEvent } from '../../states/execution-store.ts';
import {
  badge,
  code,
  count,
  type Html,
  lasting,
  nothing,
  PAGE_SIZE,
  pageOf,
  pager,
  path,
  pretty,
  table,
  when,
} from '../parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section, Show } from '../section.ts';
import { stepsOf } from '../steps.ts';

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** Executions of the workflows: start one, look into one, run one again. */
export function executionsSection({ states }: Pick<Rooms, 'states'>): Section {
  const machineName = (arn: string) =>
    states.machines().find((machine) => machine.arn === arn)?.name ?? arn.split(':').at(-1) ?? arn;
  const find = (c: Context): Execution | undefined => {
    const { machine = '', name = '' } = c.req.param();
    const arn = states.machines().find((known) => known.name === machine)?.arn;
    return arn ? states.execution(`${arn.replace(':stateMachine:', ':execution:')}:${name}`) : undefined;
  };
  const address = (execution: Execution) => path('executions', machineName(execution.machineArn), execution.name);

  const list = (
    c: Context,
    show: Show,
    refused?: { readonly reason: string; readonly machine: string; readonly input: string },
  ) => {
    const { machine = '', status = '', page: asked } = c.req.query();
    const { page, offset } = pageOf(asked);
    const machineArn = states.machines().find(({ name }) => name === machine)?.arn;
    const found = states.executions({
      limit: PAGE_SIZE + 1,
      offset,
      ...(machineArn ? { machineArn } : {}),
      ...(STATUSES.includes(status) ? { status } : {}),
    });
    const names = states.machines().map(({ name }) => name);
    const query = new URLSearchParams({ ...(machine && { machine }), ...(status && { status }) }).toString();
    const body = html`
      ${refused ? html`<div class="notice bad">${refused.reason}</div>` : nothing}
      ${startForm(names, refused?.machine ?? machine, refused?.input)}
      <form class="row" method="get">
        <label>Workflow ${select('machine', names, machine, 'all')}</label>
        <label>Status ${select('status', STATUSES, status, 'any')}</label>
        <button>Show</button>
      </form>
      ${executionTable(found.slice(0, PAGE_SIZE), { machineName, address })}
      ${pager(`/executions${query ? `?${query}` : ''}`, page, found.length > PAGE_SIZE)}`;
    return show(c, { title: 'Executions', body, live: !refused }, refused ? 400 : 200);
  };

  return {
    path: '/executions',
    title: 'Executions',
    mark() {
      const running = states.executions({ status: 'RUNNING', limit: 100 }).length;
      return running > 0 ? { text: `${running} running` } : { text: count(states.count()) };
    },
    mount(app, show) {
      const pages = new Hono();
      pages.get('/', (c) => list(c, show));
      pages.post('/', async (c) => {
        const { machine = '', input = '{}', name = '' } = (await c.req.parseBody()) as Record<string, string>;
        const refuse = (reason: string) => list(c, show, { reason, machine, input });
        const arn = states.machines().find((known) => known.name === machine)?.arn;
        if (!arn) return refuse(`There is no workflow ${machine}.`);
        if (!isObject(input)) return refuse('The input must be a JSON object.');
        if (name !== '' && !/^[\w.-]{1,80}$/.test(name))
          return refuse('A name has up to 80 letters, digits, dots, dashes or underscores.');
        const begun = states.start(arn, input, name || undefined);
        if (begun === 'name-taken') return refuse(`${machine} already has an execution named ${name}.`);
        return c.redirect(address(begun), 303);
      });
      pages.get('/:machine/:name', (c) => {
        const execution = find(c);
        if (!execution)
          return show(
            c,
            { title: 'No such execution', body: html`<p class="quiet">It may be older than 90 days.</p>` },
            404,
          );
        const { page, offset } = pageOf(c.req.query('page'));
        const history = states.history(execution.arn, { limit: PAGE_SIZE * 2 + 1, offset: offset * 2 });
        const steps = stepsOf(states.history(execution.arn, { limit: 5_000, offset: 0 }));
        const body = html`
          ${actions(execution, address(execution))}
          ${facts(execution, states.execution(execution.rerunOf ?? ''), address)}
          <div class="twin">
            <section><h2>Input</h2>${code(pretty(execution.input))}</section>
            <section>${outcome(execution)}</section>
          </div>
          <h2>States</h2>
          ${timeline(steps, execution)}
          <h2>History</h2>
          ${historyTable(history.slice(0, PAGE_SIZE * 2), execution)}
          ${pager(address(execution), page, history.length > PAGE_SIZE * 2)}`;
        const above = [
          { title: 'Executions', href: '/executions' },
          {
            title: machineName(execution.machineArn),
            href: `/executions?machine=${encodeURIComponent(machineName(execution.machineArn))}`,
          },
        ];
        return show(c, { title: execution.name, above, body, live: execution.status === 'RUNNING' });
      });
      pages.post('/:machine/:name/rerun', (c) => {
        const execution = find(c);
        const again = execution && states.rerun(execution.arn);
        return again ? c.redirect(address(again), 303) : c.notFound();
      });
      pages.post('/:machine/:name/stop', async (c) => {
        const execution = find(c);
        if (!execution) return c.notFound();
        await states.stop(execution.arn, 'Laptop.Stopped', 'Stopped from the laptop page.');
        return c.redirect(address(execution), 303);
      });
      app.route('/executions', pages);
    },
  };
}

/** Executions as rows; on the overview too. */
export function executionTable(
  executions: readonly Execution[],
  { machineName, address }: { machineName: (arn: string) => string; address: (execution: Execution) => string },
): Html {
  const nowMs = wallClockMs();
  return table(
    [
      { title: 'Name', kind: 'wide' },
      { title: 'Workflow' },
      { title: 'Status' },
      { title: 'Started (UTC)' },
      { title: 'Took', kind: 'num' },
      { title: 'Transitions', kind: 'num' },
      { title: '' },
    ],
    executions.map((execution) => [
      html`<a href="${address(execution)}">${execution.name}</a>`,
      machineName(execution.machineArn),
      badge(execution.status),
      when(execution.startedMs, nowMs),
      lasting((execution.stoppedMs ?? nowMs) - execution.startedMs),
      count(execution.transitions),
      html`<form method="post" action="${address(execution)}/rerun"><button title="Starts again with the same input">Rerun</button></form>`,
    ]),
    'No workflow has run yet.',
  );
}

function startForm(names: readonly string[], machine: string, input = ''): Html {
  return html`<form class="start" method="post" action="/executions">
    <label>Start a workflow ${select('machine', names, machine)}</label>
    <label>Input, JSON <textarea name="input" rows="1" placeholder="{}" spellcheck="false">${input}</textarea></label>
    <button class="main">Start</button>
  </form>`;
}

function select(name: string, options: readonly string[], chosen: string, none?: string): Html {
  return html`<select name="${name}">
    ${none === undefined ? nothing : html`<option value="">${none}</option>`}
    ${options.map((option) => html`<option ${option === chosen ? 'selected' : ''}>${option}</option>`)}
  </select>`;
}

function actions(execution: Execution, address: string): Html {
  return html`<div class="actions">
    <form method="post" action="${address}/rerun"><button title="Starts again with the same input">Rerun</button></form>
    ${execution.status === 'RUNNING' ? html`<form method="post" action="${address}/stop"><button>Stop</button></form>` : nothing}
  </div>`;
}

function facts(execution: Execution, original: Execution | undefined, address: (execution: Execution) => string): Html {
  const nowMs = wallClockMs();
  return html`<dl class="facts">
    <dt>Status</dt><dd>${badge(execution.status)}</dd>
    <dt>Started</dt><dd>${when(execution.startedMs, nowMs)} UTC, ${execution.stoppedMs ? 'took' : 'for'} ${lasting((execution.stoppedMs ?? nowMs) - execution.startedMs)}</dd>
    <dt>Transitions</dt><dd>${count(execution.transitions)}</dd>
    ${original ? html`<dt>Rerun of</dt><dd><a href="${address(original)}">${original.name}</a></dd>` : nothing}
    <dt>ARN</dt><dd><code>${execution.arn}</code></dd>
  </dl>`;
}

function outcome({ status, output, error, cause }: Execution): Html {
  if (status === 'RUNNING') return html`<h2>Output</h2><p class="quiet">Still running.</p>`;
  if (status === 'SUCCEEDED') return html`<h2>Output</h2>${code(pretty(output ?? 'null'))}`;
  return html`<h2>${error ?? 'Stopped'}</h2>${code(pretty(cause ?? 'No cause was given.'))}`;
}

/** Most bars drawn in one row; beyond that they would be a block anyway. */
const MAX_BARS = 200;

function timeline(steps: ReturnType<typeof stepsOf>, execution: Execution): Html {
  const endMs = execution.stoppedMs ?? wallClockMs();
  const spanMs = Math.max(endMs - execution.startedMs, 1);
  const at = (ms: number) => ((ms - execution.startedMs) / spanMs) * 1000;
  return table(
    [
      { title: 'State' },
      { title: 'Type' },
      { title: 'Visits', kind: 'num' },
      { title: 'In it', kind: 'num' },
      { title: lasting(spanMs), kind: 'wide' },
    ],
    steps.map(({ name, kind, visits, inside }) => [
      html`${inside ? html`<span class="quiet">↳ </span>` : nothing}${name}`,
      kind,
      count(visits.length),
      lasting(visits.reduce((sum, { fromMs, untilMs = endMs }) => sum + untilMs - fromMs, 0)),
      html`<svg class="track" viewBox="0 0 1000 18" preserveAspectRatio="none" role="img" aria-label="When ${name} was visited">
        <line x1="0" x2="1000" y1="9" y2="9"/>
        ${visits.slice(0, MAX_BARS).map(({ fromMs, untilMs = endMs }) => html`<rect x="${at(fromMs).toFixed(1)}" width="${Math.max(at(untilMs) - at(fromMs), 3).toFixed(1)}" y="3" height="12" rx="2"/>`)}
      </svg>`,
    ]),
    'No state was entered.',
  );
}

function historyTable(history: readonly HistoryEvent[], execution: Execution): Html {
  return table(
    [
      { title: '#', kind: 'num' },
      { title: 'After', kind: 'num' },
      { title: 'Event' },
      { title: 'State' },
      { title: 'Item', kind: 'num' },
      { title: 'What', kind: 'wide' },
    ],
    history.map(({ id, type, atMs, details, iteration }) => {
      const told = (Object.values(details)[0] ?? {}) as Record<string, unknown>;
      return [
        id,
        lasting(Math.max(atMs - execution.startedMs, 0)),
        /Failed|Aborted|TimedOut/.test(type) ? html`<span class="alarm">${type}</span>` : type,
        String(told.name ?? told.state ?? ''),
        iteration ?? '',
        what(told),
      ];
    }),
    'Nothing has happened yet.',
  );
}

/** What an event carries: the error in the open, data folded away with its beginning in sight. */
function what(told: Record<string, unknown>): Html {
  const data = told.output ?? told.input ?? told.parameters;
  const failure = [told.error, told.cause].filter(Boolean).join(': ');
  const text = typeof data === 'string' ? data : undefined;
  return html`${failure ? html`<div>${failure}</div>` : nothing}${
    text === undefined || text === 'null'
      ? nothing
      : text.length <= 100
        ? html`<code>${text}</code>`
        : html`<details><summary><code>${text.slice(0, 90)}…</code></summary>${code(pretty(text))}</details>`
  }`;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
