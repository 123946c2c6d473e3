import { html } from 'hono/html';
import { wallClockMs } from '../../../lib/clock.ts';
import { count, type Html, nothing, PAGE_SIZE, path, size, table, when } from '../../../web/parts.ts';
import { FOREIGN_POLICY } from '../guard.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Address of a stored object on the laptop page, for printing. */
export function fileAddress(bucket: string, key: string): string {
  return path('files', bucket, ...key.split('/'));
}

/** The buckets, and their objects as a browser shows them. */
export function filesSection({ objects, shorten }: Pick<Rooms, 'objects' | 'shorten'>): Section {
  return {
    path: '/files',
    title: 'Files',
    mark: () => ({ text: count(objects.buckets().length) }),
    mount(app, show) {
      app.get('/files', (c) => {
        const rows = objects
          .buckets()
          .map((bucket): (Html | string)[] => [
            html`<a href="${path('files', bucket)}">${shorten(bucket)}</a> <code class="quiet">${bucket}</code>`,
          ]);
        return show(c, {
          title: 'Files',
          body: table([{ title: 'Bucket', kind: 'wide' }], rows, 'The templates have no buckets.'),
        });
      });

      app.get('/files/:bucket', (c) => {
        const { bucket } = c.req.param();
        const above = [{ title: 'Files', href: '/files' }];
        if (!objects.buckets().includes(bucket)) return show(c, { title: 'No such bucket', above, body: nothing }, 404);
        const { prefix = '', after = '' } = c.req.query();
        const found = objects.list(bucket, {
          limit: PAGE_SIZE + 1,
          ...(prefix ? { prefix } : {}),
          ...(after ? { after } : {}),
        });
        const shown = found.slice(0, PAGE_SIZE);
        const nowMs = wallClockMs();
        const rows = shown.map(({ key, bytes, modifiedMs, contentType }): (Html | string)[] => [
          html`<a href="${fileAddress(bucket, key)}">${key}</a>`,
          contentType,
          size(bytes),
          when(modifiedMs, nowMs),
        ]);
        const next = new URLSearchParams({ ...(prefix && { prefix }), after: shown.at(-1)?.key ?? '' });
        const columns = [
          { title: 'Key', kind: 'wide' },
          { title: 'Type' },
          { title: 'Size', kind: 'num' },
          { title: 'Written (UTC)' },
        ] as const;
        return show(c, {
          title: shorten(bucket),
          above,
          body: html`<form class="row" method="get"><label>Keys that begin with <input name="prefix" type="search" value="${prefix}" placeholder="statements/" size="36"></label><button>Show</button></form>
            ${table(columns, rows, 'Nothing is stored here.')}
            ${found.length > PAGE_SIZE ? html`<nav class="pager"><span></span><a href="${path('files', bucket)}?${next.toString()}" rel="next">More →</a></nav>` : nothing}`,
        });
      });

      app.get('/files/:bucket/:key{.+}', (c) => {
        const { bucket } = c.req.param();
        // The framework decodes the path as a whole, which would lose an encoded slash or percent sign within a key.
        const [, , , ...parts] = new URL(c.req.url).pathname.split('/');
        const found = objects.read(bucket, parts.map(decodeURIComponent).join('/'));
        if (!found)
          return show(
            c,
            { title: 'No such file', above: [{ title: bucket, href: path('files', bucket) }], body: nothing },
            404,
          );
        return c.body(new Uint8Array(found.body), 200, {
          'content-type': found.contentType,
          'content-security-policy': FOREIGN_POLICY,
          ...(found.disposition ? { 'content-disposition': found.disposition } : {}),
        });
      });
    },
  };
}
