import MailComposer from 'nodemailer/lib/mail-composer/index.js';

/** A message as a sender handed it over, ready to be kept. */
export interface Message {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}

/** The bare address in `Ana <ana@example.com>`; nothing when there is none. */
export function bareAddress(text: string): string | undefined {
  const found = (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim();
  return /^[^\s@<>]+@[^\s@<>]+$/.test(found) ? found : undefined;
}

/** Values of a header of a raw message, unfolded. */
export function headerValues(raw: Buffer, name: string): readonly string[] {
  const head = raw.toString('utf8').split(/\r?\n\r?\n/, 1)[0] ?? '';
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const prefix = `${name.toLowerCase()}:`;
  return lines.filter((line) => line.toLowerCase().startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

/** `SendRawEmail`: MIME as given; recipients are those named beside it, else those in its headers. */
export function rawMessage(form: URLSearchParams): Message {
  const raw = Buffer.from(form.get('RawMessage.Data') ?? '', 'base64');
  const named = members(form, 'Destinations');
  const inHeaders = ['To', 'Cc', 'Bcc'].flatMap((header) => headerValues(raw, header)).flatMap(splitAddresses);
  return {
    from: form.get('Source') ?? headerValues(raw, 'From')[0] ?? '',
    recipients: (named.length > 0 ? named : inHeaders).flatMap((entry) => bareAddress(entry) ?? []),
    raw,
  };
}

/** `SendEmail`: subject and bodies as fields, made into MIME here. */
export async function composedMessage(form: URLSearchParams): Promise<Message> {
  const [to, cc, bcc] = ['To', 'Cc', 'Bcc'].map((kind) => members(form, `Destination.${kind}Addresses`));
  const from = form.get('Source') ?? '';
  const text = form.get('Message.Body.Text.Data');
  const html = form.get('Message.Body.Html.Data');
  const composer = new MailComposer({
    from,
    to: [...(to ?? [])],
    cc: [...(cc ?? [])],
    replyTo: members(form, 'ReplyToAddresses').join(', '),
    subject: form.get('Message.Subject.Data') ?? '',
    ...(text === null ? {} : { text }),
    ...(html === null ? {} : { html }),
  });
  const recipients = [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])].flatMap((entry) => bareAddress(entry) ?? []);
  return { from, recipients, raw: await composer.compile().build() };
}

/** `<list>.member.1`, `.2` … of the AWS query protocol. */
function members(form: URLSearchParams, list: string): readonly string[] {
  const found: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = form.get(`${list}.member.${index}`);
    if (value === null) return found;
    found.push(value);
  }
}

/** Splits a header at its commas, not at those within quotes. */
function splitAddresses(header: string): readonly string[] {
  return header.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [];
}
