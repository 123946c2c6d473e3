import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import { count, type Html, nothing, table, when } from '../../../web/parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Schedules: when each runs next, and a button that does not wait. */
export function schedulesSection({ schedules, shorten }: Pick<Rooms, 'schedules' | 'shorten'>): Section {
  return {
    path: '/schedules',
    title: 'Schedules',
    mark: () => (schedules.ticking() ? { text: count(schedules.list().length) } : { text: 'paused' }),
    mount(app, show) {
      app.get('/schedules', (c) => {
        const ran = c.req.query('ran');
        const nowMs = wallClockMs();
        const ticking = schedules.ticking();
        const rows = schedules
          .list()
          .map(({ name, expression, timezone, enabled, targetArn, nextMs, lastMs }): (Html | string)[] => [
            html`<span title="${name}">${shorten(name)}</span>${enabled ? nothing : html` <span class="quiet">(disabled)</span>`}`,
            html`<code>${expression}</code>${timezone === 'UTC' ? nothing : html` <span class="quiet">${timezone}</span>`}`,
            when(nextMs, nowMs),
            when(lastMs, nowMs),
            html`<span title="${targetArn}">${shorten(targetArn.split(':').at(-1) ?? targetArn)}</span>`,
            html`<form method="post" action="/schedules/run"><input type="hidden" name="name" value="${name}"><button>Run now</button></form>`,
          ]);
        const columns = [
          { title: 'Schedule', kind: 'wide' },
          { title: 'When' },
          { title: 'Next (UTC)' },
          { title: 'Last here' },
          { title: 'Starts' },
          { title: '' },
        ] as const;
        return show(c, {
          title: 'Schedules',
          live: true,
          body: html`
            ${ran ? html`<div class="notice">${shorten(ran)} was started.</div>` : nothing}
            <div class="actions">
              <form method="post" action="/schedules/${ticking ? 'pause' : 'resume'}"><button>${ticking ? 'Pause all' : 'Let them run'}</button></form>
            </div>
            ${ticking ? nothing : html`<p class="quiet">Schedules are paused: nothing runs by itself, so that a replayed history is not disturbed.</p>`}
            ${table(columns, rows, 'The templates have no schedules.')}`,
        });
      });
      app.post('/schedules/run', async (c) => {
        const { name = '' } = (await c.req.parseBody()) as Record<string, string>;
        return schedules.runNow(name) ? c.redirect(`/schedules?ran=${encodeURIComponent(name)}`, 303) : c.notFound();
      });
      app.post('/schedules/pause', (c) => {
        schedules.pause();
        return c.redirect('/schedules', 303);
      });
      app.post('/schedules/resume', (c) => {
        schedules.resume();
        return c.redirect('/schedules', 303);
      });
    },
  };
}
