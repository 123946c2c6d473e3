import { html } from 'hono/html';
import type { ApiDocument, ApiOperation, Content, Parameter, Schema } from './document.ts';
import { type FieldRow, fieldRows, typeWords } from './fields.ts';
import { inline, prose } from './prose.ts';

type Markup = ReturnType<typeof html>;

/** One route: what it does, what it takes, what it answers, and a call to copy. */
export function operationMarkup(operation: ApiOperation, document: ApiDocument): Markup {
  const { operationId, method, path, summary = '', description = '', parameters = [], requestBody } = operation;
  const [status, success] = Object.entries(operation.responses).find(([code]) => code.startsWith('2')) ?? [];
  const refusals = Object.entries(operation.responses).filter(([code]) => !code.startsWith('2'));
  const group = (place: Parameter['in'], title: string) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    return own.length ? html`<h4>${title}</h4>${table(own.map((parameter) => parameterRow(parameter, document)))}` : '';
  };
  return html`<article id="${operationId}">
<div class="what">
<h3><a href="#${operationId}">${summary}</a></h3>
<p class="route"><span class="method ${method.toLowerCase()}">${method}</span> <code>${brokenPath(path)}</code></p>
${prose(description)}
${group('path', 'Path')}
${group('query', 'Query')}
${group('header', 'Headers')}
${requestBody ? html`<h4>Body</h4>${fieldsTable(requestBody.content, document)}` : ''}
${success?.content ? html`<details><summary>Answer <span class="status">${status}</span></summary>${fieldsTable(success.content, document)}</details>` : ''}
${refusals.length ? html`<details><summary>Refusals</summary><dl class="refusals">${refusals.map(([code, { description: words = '' }]) => html`<div><dt>${code}</dt><dd>${words}</dd></div>`)}</dl></details>` : ''}
</div>
<div class="shown">
${example('Request', curl(operation))}
${success?.content ? answerExample(status ?? '', success.content) : ''}
</div>
</article>
`;
}

/** A long path may break before each of its parts. */
const brokenPath = (path: string) =>
  html`${path
    .split('/')
    .filter(Boolean)
    .map((part) => html`/<wbr>${part}`)}${path === '/' ? '/' : ''}`;

/** An object that several routes have, told once. */
export const objectMarkup = (name: string, document: ApiDocument): Markup =>
  html`<article id="${name}">
<div class="what">
<h3><a href="#${name}">${name}</a></h3>
${table(fieldRows(document.components?.schemas?.[name] as Schema, document))}
</div>
</article>
`;

const parameterRow = (
  { name, required = false, description, schema = {} }: Parameter,
  document: ApiDocument,
): FieldRow => ({
  name,
  depth: 0,
  type: typeWords(schema, document),
  required,
  limits: schema.default === undefined ? [] : [`${JSON.stringify(schema.default)} when left out`],
  description,
});

function fieldsTable(content: Content, document: ApiDocument): Markup {
  const schema = content['application/json']?.schema;
  const rows = schema ? fieldRows(schema, document) : [];
  const others = Object.keys(content).filter((type) => type !== 'application/json');
  return html`${rows.length ? table(rows) : ''}${others.length ? html`<p class="note">Also as ${others.join(', ')}.</p>` : ''}`;
}

const table = (rows: readonly FieldRow[]): Markup => html`<div class="fields">${rows.map(fieldMarkup)}</div>`;

function fieldMarkup({ name, depth, type, required, limits, description, variant, see }: FieldRow): Markup {
  if (variant !== undefined) return html`<p class="variant" style="--depth:${depth}">${variant}</p>`;
  return html`<div class="field" style="--depth:${depth}">
<p><code>${name}</code> <span class="type">${type}</span>${required ? html` <span class="required">required</span>` : ''}${limits.length ? html` <span class="limits">${limits.join(', ')}</span>` : ''}${see === undefined ? '' : html` <a href="#${see}">${see}</a>`}</p>
${description ? html`<p class="about">${inline(description)}</p>` : ''}</div>`;
}

const example = (title: string, text: string): Markup =>
  html`<figure><figcaption>${title}</figcaption><pre tabindex="0">${text}</pre></figure>`;

function answerExample(status: string, content: Content): Markup | string {
  const answer = content['application/json']?.example;
  return answer === undefined ? '' : example(`Answer ${status}`, JSON.stringify(answer, null, 2));
}

/** A call that works once the address and the key are filled in; placeholders in the path stay to be replaced. */
function curl({ method, path, security, parameters = [], requestBody }: ApiOperation): string {
  const body = requestBody?.content['application/json']?.example;
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}"$API${path}"`];
  if (!security || security.length > 0) lines.push('-H "Authorization: Bearer $KEY"');
  if (parameters.some(({ name }) => name === 'Idempotency-Key')) lines.push('-H "Idempotency-Key: $(uuidgen)"');
  if (body !== undefined)
    lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`);
  return lines.join(' \\\n  ');
}
