import { html } from 'hono/html';
import { wallClockMs } from '../../lib/clock.ts';
import { badge, code, count, type Html, lasting, nothing, pretty, table, when } from '../../web/parts.ts';
import type { Execution, HistoryEvent } from '../states/execution-store.ts';
import { type ExecutionNames, rerunButton } from './execution-table.ts';
import type { Step } from './steps.ts';

export interface ShownExecution {
  readonly execution: Execution;
  /** The one it repeats. */
  readonly original: Execution | undefined;
  readonly names: ExecutionNames;
  readonly steps: readonly Step[];
  /** One page of its history. */
  readonly history: readonly HistoryEvent[];
}

/** One execution: what it is, what went in and came out, its states over time, its history. */
export function executionBody({ execution, original, names, steps, history }: ShownExecution): Html {
  const nowMs = wallClockMs();
  const { status, startedMs, stoppedMs } = execution;
  const address = names.address(execution);
  return html`
    <div class="actions">
      ${rerunButton(address)}
      ${status === 'RUNNING' ? html`<form method="post" action="${address}/stop"><button>Stop</button></form>` : nothing}
    </div>
    <dl class="facts">
      <dt>Status</dt><dd>${badge(status)}</dd>
      <dt>Started</dt><dd>${when(startedMs, nowMs)} UTC, ${stoppedMs ? 'took' : 'for'} ${lasting((stoppedMs ?? nowMs) - startedMs)}</dd>
      <dt>Transitions</dt><dd>${count(execution.transitions)}</dd>
      ${original ? html`<dt>Rerun of</dt><dd><a href="${names.address(original)}">${original.name}</a></dd>` : nothing}
      <dt>ARN</dt><dd><code>${execution.arn}</code></dd>
    </dl>
    <div class="twin">
      <section><h2>Input</h2>${code(pretty(execution.input))}</section>
      <section>${outcome(execution)}</section>
    </div>
    <h2>States</h2>
    ${timeline(steps, execution, nowMs)}
    <h2>History</h2>
    ${historyTable(history, execution)}`;
}

function outcome({ status, output, error, cause }: Execution): Html {
  if (status === 'RUNNING') return html`<h2>Output</h2><p class="quiet">Still running.</p>`;
  if (status === 'SUCCEEDED') return html`<h2>Output</h2>${code(pretty(output ?? 'null'))}`;
  return html`<h2>${error ?? 'Stopped'}</h2>${code(pretty(cause ?? 'No cause was given.'))}`;
}

/** Most bars drawn in one row; beyond that they would be a block anyway. */
const MAX_BARS = 200;

function timeline(steps: readonly Step[], { startedMs, stoppedMs }: Execution, nowMs: number): Html {
  const endMs = stoppedMs ?? nowMs;
  const spanMs = Math.max(endMs - startedMs, 1);
  const at = (ms: number) => ((ms - startedMs) / spanMs) * 1000;
  const bar = (fromMs: number, untilMs: number) => {
    const width = Math.max(at(untilMs) - at(fromMs), 3);
    return html`<rect x="${Math.min(at(fromMs), 1000 - width).toFixed(1)}" width="${width.toFixed(1)}" y="3" height="12" rx="2"/>`;
  };
  const columns = [
    { title: 'State' },
    { title: 'Type' },
    { title: 'Visits', kind: 'num' },
    { title: 'In it', kind: 'num' },
    { title: `of ${lasting(spanMs)}`, kind: 'wide' },
  ] as const;
  const rows = steps.map(({ name, kind, visits, inside }) => [
    html`${inside ? html`<span class="quiet">↳ </span>` : nothing}${name}`,
    kind,
    count(visits.length),
    lasting(visits.reduce((sum, { fromMs, untilMs = endMs }) => sum + untilMs - fromMs, 0)),
    html`<svg class="track" viewBox="0 0 1000 18" preserveAspectRatio="none" role="img" aria-label="When ${name} was visited">
      <line x1="0" x2="1000" y1="9" y2="9"/>
      ${visits.slice(0, MAX_BARS).map(({ fromMs, untilMs = endMs }) => bar(fromMs, untilMs))}
    </svg>`,
  ]);
  return table(columns, rows, 'No state was entered.');
}

function historyTable(history: readonly HistoryEvent[], { startedMs }: Execution): Html {
  const columns = [
    { title: '#', kind: 'num' },
    { title: 'After', kind: 'num' },
    { title: 'Event' },
    { title: 'State' },
    { title: 'Item', kind: 'num' },
    { title: 'What', kind: 'wide' },
  ] as const;
  const rows = history.map(({ id, type, atMs, details, iteration }) => {
    const told = (Object.values(details)[0] ?? {}) as Record<string, unknown>;
    return [
      id,
      lasting(Math.max(atMs - startedMs, 0)),
      /Failed|Aborted|TimedOut/.test(type) ? html`<span class="alarm">${type}</span>` : type,
      String(told.name ?? told.state ?? ''),
      iteration ?? '',
      what(told),
    ];
  });
  return table(columns, rows, 'Nothing has happened yet.');
}

/** Shorter data is shown in the open. */
const OPEN_CHARACTERS = 100;

/** What an event carries: the error in the open, data folded away with its beginning in sight. */
function what(told: Record<string, unknown>): Html {
  const data = told.output ?? told.input ?? told.parameters;
  const failure = [told.error, told.cause].filter(Boolean).join(': ');
  const said = failure ? html`<div>${failure}</div>` : nothing;
  if (typeof data !== 'string' || data === 'null') return said;
  if (data.length <= OPEN_CHARACTERS) return html`${said}<code>${data}</code>`;
  return html`${said}<details><summary><code>${data.slice(0, 300)}</code></summary>${code(pretty(data))}</details>`;
}
