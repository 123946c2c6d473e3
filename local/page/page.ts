import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { PAGE_STYLE } from '../../web/style.ts';
import { bodyOf } from '../listen.ts';
import { frame } from './frame.ts';
import { harmless, ownFormsOnly, ownNamesOnly } from './guard.ts';
import { payoutBook } from './payout-book.ts';
import type { Rooms } from './rooms.ts';
import type { Section, Show } from './section.ts';
import { endpointsSection } from './sections/endpoints.ts';
import { eventsSection } from './sections/events.ts';
import { executionsSection } from './sections/executions.ts';
import { filesSection } from './sections/files.ts';
import { functionsSection } from './sections/functions.ts';
import { mailSection } from './sections/mailbox.ts';
import { overviewSection } from './sections/overview.ts';
import { payoutsSection } from './sections/payouts.ts';
import { queuesSection } from './sections/queues.ts';
import { schedulesSection } from './sections/schedules.ts';
import { tablesSection } from './sections/tables.ts';

/** The sections of the laptop page in the order of its menu; another is added here, or handed to {@link laptopPage}. */
export function sectionsOf(rooms: Rooms): readonly Section[] {
  const payouts = payoutBook(rooms);
  return [
    overviewSection(rooms, payouts),
    payoutsSection(rooms, payouts),
    executionsSection(rooms),
    schedulesSection(rooms),
    mailSection(rooms),
    filesSection(rooms),
    endpointsSection(rooms),
    tablesSection(rooms),
    queuesSection(rooms),
    eventsSection(rooms),
    functionsSection(rooms),
  ];
}

const asset = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The laptop page: server-rendered, usable without script, for the person at this machine only. */
export function laptopPage(sections: readonly Section[]): Hono {
  const app = new Hono();
  app.use(harmless, ownNamesOnly, ownFormsOnly);
  const style = PAGE_STYLE + asset('page.css');
  const script = asset('page.js');
  app.get('/assets/page.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/assets/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }));

  const show: Show = async (c, view, status = 200) => c.html(await frame(view, sections, c.req.path), status);
  for (const section of sections) section.mount(app, show);
  app.notFound((c) =>
    Promise.resolve(
      show(c, { title: 'Nothing here', body: html`<p class="quiet">There is no page at ${c.req.path}.</p>` }, 404),
    ),
  );
  return app;
}

const MAX_FORM_BYTES = 1024 * 1024;

/** The page as a handler of Node's own server. */
export function listenerOf(app: Pick<Hono, 'fetch'>, failed: (error: unknown) => void): RequestListener {
  return async (request, response) => {
    try {
      const body = await bodyOf(request, MAX_FORM_BYTES);
      if (!body) return void response.writeHead(413).end();
      const answer = await app.fetch(
        new Request(`http://${request.headers.host ?? 'unnamed'}${request.url ?? '/'}`, {
          method: request.method ?? 'GET',
          headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
            value === undefined ? [] : [[name, String(value)]],
          ),
          ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(request.method === 'HEAD' ? undefined : Buffer.from(await answer.arrayBuffer()));
    } catch (error) {
      failed(error);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end('The page could not be made; the log of the laptop says why.');
    }
  };
}
