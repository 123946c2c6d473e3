import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import {
  code,
  count,
  type Html,
  nothing,
  PAGE_SIZE,
  pageOf,
  pager,
  path,
  pretty,
  quietZero,
  table,
  when,
} from '../../../web/parts.ts';
import type { QueueStatus } from '../../queues/queues.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Messages that no function will ever take: what failed for good, kept for a person. */
export function unread({ queues }: Pick<Rooms, 'queues'>): readonly QueueStatus[] {
  return queues.list().filter(({ calls, waiting, inFlight }) => calls.length === 0 && waiting + inFlight > 0);
}

/** Queues with what waits in them; one that no function reads and that holds anything asks to be looked at. */
export function queuesSection(rooms: Pick<Rooms, 'queues' | 'shorten'>): Section {
  const { queues, shorten } = rooms;
  const link = (name: string) => html`<a href="${path('queues', name)}" title="${name}">${shorten(name)}</a>`;
  return {
    path: '/queues',
    title: 'Queues',
    mark() {
      const left = unread(rooms).reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
      return left > 0 ? { text: `${count(left)} failed`, alarming: true } : { text: count(queues.list().length) };
    },
    mount(app, show) {
      app.get('/queues', (c) => {
        const rows = queues
          .list()
          .map(({ name, waiting, inFlight, delayed, calls, deadLettersOf, deadLetterQueue }): (Html | string)[] => [
            link(name),
            calls.length === 0 && waiting > 0 ? html`<span class="alarm">${count(waiting)}</span>` : quietZero(waiting),
            quietZero(inFlight),
            quietZero(delayed),
            calls.length > 0
              ? html`calls ${calls.map(shorten).join(', ')}`
              : html`<span class="quiet">${deadLettersOf.length > 0 ? `catches what fails in ${deadLettersOf.map(shorten).join(', ')}` : 'read by people'}</span>`,
            deadLetterQueue ? link(deadLetterQueue) : nothing,
          ]);
        const columns = [
          { title: 'Queue' },
          { title: 'Waiting', kind: 'num' },
          { title: 'In flight', kind: 'num' },
          { title: 'Delayed', kind: 'num' },
          { title: 'Purpose', kind: 'wide' },
          { title: 'Failures go to' },
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
            html`<details><summary><code>${body.slice(0, 300)}</code></summary>${code(pretty(body))}
            <p class="quiet"><code>${id}</code></p>
            ${Object.keys(attributes).length > 0 ? code(JSON.stringify(attributes, null, 2)) : nothing}</details>`,
          ]);
        const columns = [
          { title: 'Sent (UTC)' },
          { title: 'Received', kind: 'num' },
          { title: 'Message', kind: 'wide' },
        ] as const;
        return show(c, {
          title: shorten(name),
          above,
          live: true,
          body: html`<p class="quiet"><code>${name}</code> · ${count(queue.waiting)} waiting, ${count(queue.inFlight)} in flight, ${count(queue.delayed)} delayed. Looking receives nothing.</p>
            ${table(columns, rows, 'The queue is empty.')}${pager(path('queues', name), page, messages.length > PAGE_SIZE)}`,
        });
      });
    },
  };
}
