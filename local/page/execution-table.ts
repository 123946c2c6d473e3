import { html } from 'hono/html';
import { wallClockMs } from '../../lib/clock.ts';
import { badge, count, type Html, lasting, path, table, when } from '../../web/parts.ts';
import type { Execution } from '../states/execution-store.ts';
import type { Rooms } from './rooms.ts';

/** How an execution is called and where its page is. */
export interface ExecutionNames {
  /** Its workflow's whole name. */
  workflow(execution: Pick<Execution, 'machineArn'>): string;
  address(execution: Pick<Execution, 'machineArn' | 'name'>): string;
}

export function executionNames({ states }: Pick<Rooms, 'states'>): ExecutionNames {
  const workflow: ExecutionNames['workflow'] = ({ machineArn }) =>
    states.machines().find(({ arn }) => arn === machineArn)?.name ?? machineArn.split(':').at(-1) ?? machineArn;
  return { workflow, address: (execution) => path('executions', workflow(execution), execution.name) };
}

/** Executions as rows, each with a button to run it again. */
export function executionTable(rooms: Pick<Rooms, 'states' | 'shorten'>, executions: readonly Execution[]): Html {
  const { workflow, address } = executionNames(rooms);
  const nowMs = wallClockMs();
  const columns = [
    { title: 'Name', kind: 'wide' },
    { title: 'Workflow' },
    { title: 'Status' },
    { title: 'Started (UTC)' },
    { title: 'Took', kind: 'num' },
    { title: 'Transitions', kind: 'num' },
    { title: '' },
  ] as const;
  const rows = executions.map((execution) => [
    html`<a href="${address(execution)}">${execution.name}</a>`,
    html`<span title="${workflow(execution)}">${rooms.shorten(workflow(execution))}</span>`,
    badge(execution.status),
    when(execution.startedMs, nowMs),
    lasting((execution.stoppedMs ?? nowMs) - execution.startedMs),
    count(execution.transitions),
    rerunButton(address(execution)),
  ]);
  return table(columns, rows, 'No workflow has run yet.');
}

export function rerunButton(address: string): Html {
  return html`<form method="post" action="${address}/rerun"><button title="Starts again with the same input; every step may run twice">Rerun</button></form>`;
}
