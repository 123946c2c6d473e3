import { html } from 'hono/html';
import { type Html, nothing } from '../../web/parts.ts';
import type { Section, View } from './section.ts';

/** The frame around every page: menu on the left, where one is above, the body. */
export function frame(view: View, sections: readonly Section[], current: string): Html {
  const here = (path: string) => current === path || current.startsWith(`${path}/`);
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${view.title} · Tributary laptop</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/assets/page.css">
  <script src="/assets/page.js" type="module"></script>
</head>
<body>
  <header class="menu">
    <a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 3c0 7 8 6 8 12v6M20 3c0 7-8 6-8 12M12 3v9"/></svg>Tributary<small>laptop</small></a>
    <nav aria-label="Sections">
      ${sections.map((section) => {
        const mark = section.mark?.();
        return html`<a href="${section.path}" ${here(section.path) ? 'aria-current=page' : ''}>${section.title}${
          mark ? html`<span class="mark ${mark.alarming ? 'alarming' : ''}">${mark.text}</span>` : nothing
        }</a>`;
      })}
    </nav>
  </header>
  <main ${view.live ? 'data-live' : ''}>
    ${
      view.above
        ? html`<nav class="above" aria-label="Above this page">${view.above.map(({ title, href }) => html`<a href="${href}">${title}</a><span>/</span>`)}</nav>`
        : nothing
    }
    <h1>${view.title}</h1>
    ${view.body}
  </main>
</body>
</html>`;
}
