import { html } from 'hono/html';
import { count, type Html, nothing, path, table } from '../parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

const LINES_SHOWN = 200;

/** Functions with how often they ran and failed since the start, and what each last wrote. */
export function functionsSection({ functions }: Pick<Rooms, 'functions'>): Section {
  return {
    path: '/functions',
    title: 'Functions',
    mark() {
      const errors = functions.state().reduce((sum, fn) => sum + fn.errors, 0);
      return errors > 0
        ? { text: `${count(errors)} failed`, alarming: true }
        : { text: count(functions.state().length) };
    },
    mount(app, show) {
      app.get('/functions', (c) => {
        const rows = functions
          .state()
          .map(({ name, invocations, errors, calls, environments }): (Html | string)[] => [
            html`<a href="${path('functions', name)}">${name}</a>`,
            count(invocations),
            errors > 0 ? html`<span class="alarm">${count(errors)}</span>` : '0',
            count(calls),
            count(environments),
            html`<code class="quiet">${(functions.logs(name).at(-1) ?? '').slice(0, 120)}</code>`,
          ]);
        const columns = [
          { title: 'Function' },
          { title: 'Called', kind: 'num' },
          { title: 'Failed', kind: 'num' },
          { title: 'Now', kind: 'num' },
          { title: 'Environments', kind: 'num' },
          { title: 'Last line', kind: 'wide' },
        ] as const;
        return show(c, {
          title: 'Functions',
          live: true,
          body: table(columns, rows, 'The templates have no functions.'),
        });
      });

      app.get('/functions/:name', (c) => {
        const { name } = c.req.param();
        const above = [{ title: 'Functions', href: '/functions' }];
        const found = functions.state().find((known) => known.name === name);
        if (!found) return show(c, { title: 'No such function', above, body: nothing }, 404);
        const lines = functions.logs(name).slice(-LINES_SHOWN);
        return show(c, {
          title: name,
          above,
          live: true,
          body: html`<p class="quiet">${count(found.invocations)} calls since the start, ${count(found.errors)} failed. Newest lines first.</p>
            ${table(
              [{ title: 'Log', kind: 'wide' }],
              [...lines].reverse().map((line) => [logLine(line)]),
              'Nothing was written since the start.',
            )}`,
        });
      });
    },
  };
}

/** A structured line by its level and message, the rest folded away; any other line as it is. */
function logLine(line: string): Html {
  const parsed = structured(line);
  if (!parsed) return html`<code>${line}</code>`;
  const { level = '', message, errorType, errorMessage } = parsed;
  const alarming = /ERROR|CRITICAL/.test(String(level));
  const said = String(message ?? [errorType, errorMessage].filter(Boolean).join(': ') ?? '');
  return html`<details><summary>${alarming ? html`<span class="alarm">${level}</span>` : level} ${said || line.slice(0, 120)}</summary><pre>${JSON.stringify(parsed, null, 2)}</pre></details>`;
}

function structured(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
