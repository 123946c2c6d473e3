import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import { code, count, type Html, PAGE_SIZE, pageOf, pager, pretty, table, when } from '../../../web/parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Events seen lately on the buses, which rules took them, and what is still on its way. */
export function eventsSection({ bus, deliveries, shorten }: Pick<Rooms, 'bus' | 'deliveries' | 'shorten'>): Section {
  return {
    path: '/events',
    title: 'Events',
    mark() {
      const pending = deliveries.pending().length;
      return pending > 0 ? { text: `${count(pending)} on their way` } : undefined;
    },
    mount(app, show) {
      app.get('/events', (c) => {
        const { page, offset } = pageOf(c.req.query('page'));
        const nowMs = wallClockMs();
        const seen = bus.recent(PAGE_SIZE + 1, offset);
        const rows = seen
          .slice(0, PAGE_SIZE)
          .map(({ atMs, detailType, source, event, rules }): (Html | string)[] => [
            when(atMs, nowMs),
            html`<details><summary>${detailType}</summary>${code(pretty(event))}</details>`,
            source,
            rules.length > 0 ? rules.map(shorten).join(', ') : html`<span class="quiet">no rule</span>`,
          ]);
        const rules = bus
          .rules()
          .map(({ name, bus: on, enabled, pattern, targets }): (Html | string)[] => [
            shorten(name),
            shorten(on),
            enabled ? 'on' : html`<span class="quiet">off</span>`,
            html`<code>${pattern}</code>`,
            targets.map((arn) => shorten(arn.split(':').at(-1) ?? arn)).join(', '),
          ]);
        return show(c, {
          title: 'Events',
          live: true,
          body: html`
            ${table([{ title: 'Seen (UTC)' }, { title: 'Event', kind: 'wide' }, { title: 'Source' }, { title: 'Taken by' }], rows, 'No event was seen yet.')}
            ${pager('/events', page, seen.length > PAGE_SIZE)}
            <h2>Rules</h2>
            ${table([{ title: 'Rule' }, { title: 'Bus' }, { title: 'State' }, { title: 'Pattern', kind: 'wide' }, { title: 'Targets' }], rules, 'The templates have no rules.')}`,
        });
      });
    },
  };
}
