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
  size,
  table,
  when,
} from '../../../web/parts.ts';
import { FOREIGN_POLICY } from '../guard.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** The mailbox: what was sent, to whom, as it reads and as it travelled. */
export function mailSection({ mail }: Pick<Rooms, 'mail'>): Section {
  return {
    path: '/mail',
    title: 'Mail',
    mark: () => ({ text: count(mail.count()) }),
    mount(app, show) {
      app.get('/mail', (c) => {
        const to = c.req.query('to')?.trim() ?? '';
        const { page, offset } = pageOf(c.req.query('page'));
        const found = mail.list({ limit: PAGE_SIZE + 1, offset, ...(to ? { recipient: to } : {}) });
        const nowMs = wallClockMs();
        const rows = found
          .slice(0, PAGE_SIZE)
          .map(({ id, atMs, recipients, subject, from, bytes }): (Html | string)[] => [
            when(atMs, nowMs),
            html`<a href="${path('mail', id)}">${subject || '(no subject)'}</a>`,
            recipients.map(
              (recipient, index) =>
                html`${index > 0 ? ', ' : ''}<a href="/mail?to=${encodeURIComponent(recipient)}">${recipient}</a>`,
            ) as unknown as Html,
            html`<span class="quiet">${from}</span>`,
            size(bytes),
          ]);
        const columns = [
          { title: 'Sent (UTC)' },
          { title: 'Subject', kind: 'wide' },
          { title: 'To' },
          { title: 'From' },
          { title: 'Size', kind: 'num' },
        ] as const;
        return show(c, {
          title: to ? `Mail to ${to}` : 'Mail',
          live: true,
          body: html`<form class="row" method="get"><label>To <input name="to" type="search" value="${to}" placeholder="ana@example.com" size="32"></label><button>Show</button></form>
            ${table(columns, rows, to ? 'Nothing was sent to this address.' : 'Nothing was sent yet.')}
            ${pager(to ? `/mail?to=${encodeURIComponent(to)}` : '/mail', page, found.length > PAGE_SIZE)}`,
        });
      });

      app.get('/mail/:id', async (c) => {
        const above = [{ title: 'Mail', href: '/mail' }];
        const opened = await mail.open(c.req.param('id'));
        if (!opened) return show(c, { title: 'No such mail', above, body: nothing }, 404);
        const { id, from, recipients, subject, atMs, html: rich, text, headers, attachments } = opened;
        return show(c, {
          title: subject || '(no subject)',
          above,
          body: html`
            <dl class="facts">
              <dt>From</dt><dd>${from}</dd>
              <dt>To</dt><dd>${recipients.join(', ')}</dd>
              <dt>Sent</dt><dd>${when(atMs, wallClockMs())} UTC</dd>
              ${
                attachments.length > 0
                  ? html`<dt>Attached</dt><dd>${attachments.map((part, index) => html`<a href="${path('mail', id, 'attachments', String(index))}">${part.filename}</a> <span class="quiet">${size(part.content.length)}</span> `)}</dd>`
                  : nothing
              }
            </dl>
            ${rich ? html`<h2>HTML</h2><iframe class="letter" sandbox src="${path('mail', id, 'html')}" title="The mail as HTML"></iframe>` : nothing}
            ${text ? html`<h2>Text</h2>${code(text)}` : nothing}
            <h2>Headers <small><a href="${path('mail', id, 'raw')}">the whole message</a></small></h2>
            ${code(headers.map(({ name, value }) => `${name}: ${value}`).join('\n'))}`,
        });
      });

      app.get('/mail/:id/html', async (c) => {
        const opened = await mail.open(c.req.param('id'));
        return opened?.html ? c.html(opened.html, 200, { 'content-security-policy': FOREIGN_POLICY }) : c.notFound();
      });
      app.get('/mail/:id/raw', (c) => {
        const message = mail.raw(c.req.param('id'));
        return message
          ? c.body(new Uint8Array(message), 200, {
              'content-type': 'text/plain; charset=utf-8',
              'content-security-policy': FOREIGN_POLICY,
            })
          : c.notFound();
      });
      app.get('/mail/:id/attachments/:index', async (c) => {
        const part = (await mail.open(c.req.param('id')))?.attachments[Number(c.req.param('index'))];
        if (!part) return c.notFound();
        return c.body(new Uint8Array(part.content), 200, {
          'content-type': part.contentType,
          'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(part.filename)}`,
          'content-security-policy': FOREIGN_POLICY,
        });
      });
    },
  };
}
