import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import { code, count, type Html, nothing, PAGE_SIZE, pageOf, pager, path, pretty, table, when } from '../parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Queues with what waits in them; a dead-letter queue that holds anything asks to be looked at. */
export function queuesSection({ queues }: Pick<Rooms, 'queues'>): Section {
  const letters = () =>
    queues.list().filter(({ deadLettersOf, waiting, inFlight }) => deadLettersOf.length > 0 && waiting + inFlight > 0);
  return {
    path: '/queues',
    title: 'Queues',
    mark() {
      const dead = letters().reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
      return dead > 0 ? { text: `${count(dead)} dead`, alarming: true } : { text: count(queues.list().length) };
    },
    mount(app, show) {
      app.get('/queues', (c) => {
        const rows = queues
          .list()
          .map(({ name, waiting, inFlight, delayed, calls, deadLettersOf, deadLetterQueue }): (Html | string)[] => [
            html`<a href="${path('queues', name)}">${name}</a>`,
            deadLettersOf.length > 0 && waiting > 0
              ? html`<span class="alarm">${count(waiting)}</span>`
              : count(waiting),
            count(inFlight),
            count(delayed),
            calls.length > 0 ? calls.join(', ') : html`<span class="quiet">–</span>`,
            deadLettersOf.length > 0
              ? html`<span class="quiet">catches ${deadLettersOf.join(', ')}</span>`
              : (deadLetterQueue ?? nothing),
          ]);
        const columns = [
          { title: 'Queue', kind: 'wide' },
          { title: 'Waiting', kind: 'num' },
          { title: 'In flight', kind: 'num' },
          { title: 'Delayed', kind: 'num' },
          { title: 'Calls' },
          { title: 'Dead letters' },
        ] as const;
        return show(c, { title: 'Queues', live: true, body: table(columns, rows, 'The templates have no queues.') });
      });

      app.get('/queues/:name', (c) => {
        const { name } = c.req.param();
        const queue = queues.list().find((known) => known.name === name);
        const above = [{ title: 'Queues', href: '/queues' }];
        if (!queue) return show(c, { title: 'No such queue', above, body: nothing }, 404);
        const { page, offset } = pageOf(c.req.query('page'));
        const messages = queues.peek(name, PAGE_SIZE + 1, offset);
        const nowMs = wallClockMs();
        const rows = messages
          .slice(0, PAGE_SIZE)
          .map(({ id, body, sentMs, receiveCount, attributes }): (Html | string | number)[] => [
            when(sentMs, nowMs),
            receiveCount,
            html`<details><summary><code>${body.slice(0, 110)}</code></summary>${code(pretty(body))}
            <p class="quiet"><code>${id}</code></p>
            ${Object.keys(attributes).length > 0 ? code(JSON.stringify(attributes, null, 2)) : nothing}</details>`,
          ]);
        const columns = [
          { title: 'Sent (UTC)' },
          { title: 'Received', kind: 'num' },
          { title: 'Message', kind: 'wide' },
        ] as const;
        return show(c, {
          title: name,
          above,
          live: true,
          body: html`<p class="quiet">${count(queue.waiting)} waiting, ${count(queue.inFlight)} in flight, ${count(queue.delayed)} delayed. Looking receives nothing.</p>
            ${table(columns, rows, 'The queue is empty.')}${pager(path('queues', name), page, messages.length > PAGE_SIZE)}`,
        });
      });
    },
  };
}
