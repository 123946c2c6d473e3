import { html, raw } from 'hono/html';

/** A mail's words, in both forms. Both say the same. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A paragraph, or a small table of names and values. */
export type Block = string | readonly (readonly [name: string, value: string])[];

export interface LetterParts {
  readonly subject: string;
  /** Who is addressed: `Hello Ana,`. */
  readonly greeting: string;
  readonly blocks: readonly Block[];
  /** Who writes, and why this mail came. */
  readonly signature: string;
  readonly footer: string;
}

/** Sets a letter in plain text and in HTML that needs no picture, style sheet or script. Everything given is text and is escaped. */
export function letter({ subject, greeting, blocks, signature, footer }: LetterParts): Letter {
  return {
    subject,
    text: `${[greeting, ...blocks.map(plain), signature, `--\n${footer}`].join('\n\n')}\n`,
    html: String(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head>
<body style="margin:0;padding:32px 16px;background:#f4f2ee;color:#1d2421;font:16px/1.55 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:6px">
<p style="margin:0 0 16px">${greeting}</p>
${blocks.map(rich)}
<p style="margin:24px 0 0">${signature}</p>
</div>
<p style="max-width:560px;margin:16px auto 0;padding:0 32px;color:#6b716d;font-size:13px">${footer}</p>
</body>
</html>
`),
  };
}

function plain(block: Block): string {
  if (typeof block === 'string') return block;
  const width = Math.max(...block.map(([name]) => name.length));
  return block.map(([name, value]) => `  ${`${name}:`.padEnd(width + 2)}${value}`).join('\n');
}

function rich(block: Block) {
  if (typeof block === 'string') return html`<p style="margin:0 0 16px">${block}</p>`;
  const rows = block.map(
    ([name, value]) => html`<tr>
<td style="padding:6px 16px 6px 0;border-bottom:1px solid #e6e2da;color:#6b716d">${name}</td>
<td style="padding:6px 0;border-bottom:1px solid #e6e2da;text-align:right;white-space:nowrap">${value}</td>
</tr>`,
  );
  return html`<table role="presentation" style="width:100%;margin:0 0 16px;border-collapse:collapse">${raw(rows.join('\n'))}</table>`;
}

/** A partner with a manager gets no mail from us: the manager gets the letter as a draft. */
export function asDraft(draft: Letter, partner: { readonly name: string; readonly email: string }): Letter {
  const note =
    `Draft. You look after ${partner.name} (${partner.email}), so nothing was sent to them. ` +
    'Below is what we would have written: forward it, or say it in your own words.';
  return {
    subject: `Draft for ${partner.name}: ${draft.subject}`,
    text: `${note}\n\n${'='.repeat(60)}\n\n${draft.text}`,
    html: draft.html.replace(
      /(<body[^>]*>)/,
      (body) =>
        `${body}\n${String(html`<p style="max-width:560px;margin:0 auto 16px;padding:16px 32px;background:#fff3d6;border-radius:6px">${note}</p>`)}`,
    ),
  };
}
