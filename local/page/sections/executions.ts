import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { count, type Html, nothing, PAGE_SIZE, pageOf, pager } from '../../../web/parts.ts';
import type { Execution } from '../../states/execution-store.ts';
import { executionBody } from '../execution-body.ts';
import { executionNames, executionTable } from '../execution-table.ts';
import type { Rooms } from '../rooms.ts';
import type { Section, Show } from '../section.ts';
import { stepsOf } from '../steps.ts';

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
/** History events on one page. */
const EVENTS_SHOWN = 100;
/** Events from which the states are drawn; what comes later in a very long execution is in the history. */
const EVENTS_DRAWN = 5_000;

/** What was typed into the form to start a workflow, and why it was not taken. */
interface Refused {
  readonly reason: string;
  readonly machine: string;
  readonly input: string;
}

/** Executions of the workflows: start one, look into one, run one again. */
export function executionsSection(rooms: Pick<Rooms, 'states' | 'shorten'>): Section {
  const { states, shorten } = rooms;
  const names = executionNames(rooms);
  const machineNamed = (name: string) => states.machines().find((machine) => machine.name === name);
  const find = (c: Context): Execution | undefined => {
    const { machine = '', name = '' } = c.req.param();
    const arn = machineNamed(machine)?.arn.replace(':stateMachine:', ':execution:');
    return arn ? states.execution(`${arn}:${name}`) : undefined;
  };

  const list = (c: Context, show: Show, refused?: Refused) => {
    const { machine = '', status = '', page: asked } = c.req.query();
    const { page, offset } = pageOf(asked);
    const machineArn = machineNamed(machine)?.arn;
    const found = states.executions({
      limit: PAGE_SIZE + 1,
      offset,
      ...(machineArn ? { machineArn } : {}),
      ...(STATUSES.includes(status) ? { status } : {}),
    });
    const workflows = states.machines().map(({ name }) => ({ value: name, title: shorten(name) }));
    const statuses = STATUSES.map((value) => ({ value, title: value.toLowerCase().replace('_', ' ') }));
    const query = new URLSearchParams({ ...(machine && { machine }), ...(status && { status }) }).toString();
    const body = html`
      ${refused ? html`<div class="notice bad">${refused.reason}</div>` : nothing}
      <form class="start" method="post" action="/executions">
        <label>Start a workflow ${select('machine', workflows, refused?.machine ?? machine)}</label>
        <label>Input, JSON <textarea name="input" rows="1" placeholder="{}" spellcheck="false">${refused?.input ?? ''}</textarea></label>
        <button class="main">Start</button>
      </form>
      <form class="row" method="get">
        <label>Workflow ${select('machine', workflows, machine, 'all')}</label>
        <label>Status ${select('status', statuses, status, 'any')}</label>
        <button>Show</button>
      </form>
      ${executionTable(rooms, found.slice(0, PAGE_SIZE))}
      ${pager(`/executions${query ? `?${query}` : ''}`, page, found.length > PAGE_SIZE)}`;
    return show(c, { title: 'Executions', body, live: !refused }, refused ? 400 : 200);
  };

  return {
    path: '/executions',
    title: 'Executions',
    mark() {
      const running = states.executions({ status: 'RUNNING', limit: 100 }).length;
      return { text: running > 0 ? `${running} running` : count(states.count()) };
    },
    mount(app, show) {
      const pages = new Hono();
      pages.get('/', (c) => list(c, show));

      pages.post('/', async (c) => {
        const { machine = '', input = '', name = '' } = (await c.req.parseBody()) as Record<string, string>;
        const refuse = (reason: string) => list(c, show, { reason, machine, input });
        const arn = machineNamed(machine)?.arn;
        if (!arn) return refuse(`There is no workflow ${machine}.`);
        const given = input.trim() || '{}';
        if (!isObject(given)) return refuse('The input must be a JSON object.');
        if (name && !/^[\w.-]{1,80}$/.test(name))
          return refuse('A name has up to 80 letters, digits, dots, dashes or underscores.');
        const begun = states.start(arn, given, name || undefined);
        if (begun === 'name-taken') return refuse(`${machine} already has an execution named ${name}.`);
        return c.redirect(names.address(begun), 303);
      });

      pages.get('/:machine/:name', (c) => {
        const execution = find(c);
        if (!execution)
          return show(
            c,
            { title: 'No such execution', body: html`<p class="quiet">It may be older than 90 days.</p>` },
            404,
          );
        const { page } = pageOf(c.req.query('page'));
        const history = states.history(execution.arn, { limit: EVENTS_SHOWN + 1, offset: (page - 1) * EVENTS_SHOWN });
        const workflow = names.workflow(execution);
        return show(c, {
          title: execution.name,
          live: execution.status === 'RUNNING',
          above: [
            { title: 'Executions', href: '/executions' },
            { title: shorten(workflow), href: `/executions?machine=${encodeURIComponent(workflow)}` },
          ],
          body: html`${executionBody({
            execution,
            original: execution.rerunOf ? states.execution(execution.rerunOf) : undefined,
            names,
            steps: stepsOf(states.history(execution.arn, { limit: EVENTS_DRAWN, offset: 0 })),
            history: history.slice(0, EVENTS_SHOWN),
          })}${pager(names.address(execution), page, history.length > EVENTS_SHOWN)}`,
        });
      });

      pages.post('/:machine/:name/rerun', (c) => {
        const execution = find(c);
        const again = execution && states.rerun(execution.arn);
        return again ? c.redirect(names.address(again), 303) : c.notFound();
      });

      pages.post('/:machine/:name/stop', async (c) => {
        const execution = find(c);
        if (!execution) return c.notFound();
        await states.stop(execution.arn, 'Laptop.Stopped', 'Stopped from the laptop page.');
        return c.redirect(names.address(execution), 303);
      });
      app.route('/executions', pages);
    },
  };
}

interface Option {
  readonly value: string;
  readonly title: string;
}

function select(name: string, options: readonly Option[], chosen: string, none?: string): Html {
  return html`<select name="${name}">
    ${none === undefined ? nothing : html`<option value="">${none}</option>`}
    ${options.map(({ value, title }) => html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${title}</option>`)}
  </select>`;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
