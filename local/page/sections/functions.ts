import { html } from 'hono/html';
import { count, type Html, nothing, path, quietZero, table } from '../../../web/parts.ts';
import { logLine } from '../log-line.ts';
import type { FunctionRoom, Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Functions with how often they ran and failed since the start, and what each last wrote; those that failed first. */
export function functionsSection({ functions, shorten }: Pick<Rooms, 'functions' | 'shorten'>): Section {
  const inOrder = (a: FunctionRoom, b: FunctionRoom) =>
    b.errors - a.errors || b.invocations - a.invocations || a.name.localeCompare(b.name);
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
        const rows = [...functions.state()]
          .sort(inOrder)
          .map(({ name, invocations, errors, calls, environments }): (Html | string)[] => [
            html`<a href="${path('functions', name)}" title="${name}">${shorten(name)}</a>`,
            quietZero(invocations),
            errors > 0 ? html`<span class="alarm">${count(errors)}</span>` : quietZero(0),
            quietZero(calls),
            quietZero(environments),
            html`<div class="line quiet">${logLine(functions.logs(name).at(-1) ?? '').gist}</div>`,
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
        const rows = [...functions.logs(name)].reverse().map((line) => [lineOf(line)]);
        return show(c, {
          title: shorten(name),
          above,
          live: true,
          body: html`<p class="quiet"><code>${name}</code> · ${count(found.invocations)} calls since the start, ${count(found.errors)} failed. Newest lines first.</p>
            ${table([{ title: 'Log', kind: 'wide' }], rows, 'Nothing was written since the start.')}`,
        });
      });
    },
  };
}

function lineOf(line: string): Html {
  const { level, gist, fields } = logLine(line);
  if (!fields) return html`<code>${gist}</code>`;
  const shown = /ERROR|CRITICAL/.test(level)
    ? html`<span class="alarm">${level}</span>`
    : html`<span class="quiet">${level}</span>`;
  return html`<details><summary>${shown} ${gist}</summary><pre>${JSON.stringify(fields, null, 2)}</pre></details>`;
}
