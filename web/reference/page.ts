import { html, raw } from 'hono/html';
import { type ApiDocument, type ApiOperation, operationsOf } from './document.ts';
import { apart } from './fields.ts';
import { objectMarkup, operationMarkup } from './operation.ts';
import { anchorOf, prose } from './prose.ts';
import { REFERENCE_STYLE } from './style.ts';

/** The API reference as one page: no script, nothing fetched, made from the OpenAPI document alone. */
export function referencePage(document: ApiDocument): string {
  const { title, version, description = '' } = document.info;
  const operations = operationsOf(document);
  const areas = (document.tags ?? []).map(({ name }) => ({
    name,
    operations: operations.filter(({ tags }) => tags?.includes(name)),
  }));
  const objects = [...apart(document)].sort();
  const headings = [...description.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!);
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(REFERENCE_STYLE)}</style>
</head>
<body>
<nav aria-label="Routes">
<p class="brand"><a href="#top">Tributary</a> <span>${version}</span></p>
<ul>${headings.map((heading) => html`<li><a href="#${anchorOf(heading)}">${heading}</a></li>`)}</ul>
${areas.map(({ name, operations: own }) => html`<p class="area">${name}</p><ul>${own.map(navItem)}</ul>`)}
<p class="area">Objects</p><ul>${objects.map((name) => html`<li><a href="#${name}">${name}</a></li>`)}</ul>
</nav>
<main id="top">
<header>
<h1>${title}</h1>
<p class="machine">For machines: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
<div class="prose">${prose(description)}</div>
</header>
${areas.map(({ name, operations: own }) => html`<section id="area-${anchorOf(name)}"><h2>${name}</h2>${own.map((operation) => operationMarkup(operation, document))}</section>`)}
<section id="area-objects"><h2>Objects</h2>${objects.map((name) => objectMarkup(name, document))}</section>
</main>
</body>
</html>
`);
}

const navItem = ({ operationId, method, summary = '' }: ApiOperation) =>
  html`<li><a href="#${operationId}" title="${summary}"><span class="method ${method.toLowerCase()}">${method}</span>${operationId}</a></li>`;
