import { html, raw } from 'hono/html';

type Markup = ReturnType<typeof html>;

/** The few marks our own descriptions use: paragraphs, `## headings`, `- lists`, **bold**, `code`. Everything else is text, and escaped. */
export function prose(text: string): Markup {
  return html`${text.split(/\n{2,}/).map(block)}`;
}

/** `## Keys and roles` → `keys-and-roles`. */
export const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^a-z0-9]+/g, '-');

function block(text: string): Markup {
  const heading = /^## (.+)$/.exec(text.trim())?.[1];
  if (heading) return html`<h3 id="${anchorOf(heading)}">${heading}</h3>`;
  const items = text.split('\n');
  if (items.every((item) => item.startsWith('- ')))
    return html`<ul>${items.map((item) => html`<li>${inline(item.slice(2))}</li>`)}</ul>`;
  return html`<p>${inline(text.replaceAll('\n', ' '))}</p>`;
}

export function inline(text: string): Markup {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return html`${parts.map((part) => {
    if (part.startsWith('`') && part.endsWith('`') && part.length > 1) return html`<code>${part.slice(1, -1)}</code>`;
    if (part.startsWith('**') && part.endsWith('**') && part.length > 3) return html`<b>${part.slice(2, -2)}</b>`;
    return html`${part}`;
  })}${raw('')}`;
}
