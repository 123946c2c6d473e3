import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { openDatabase } from '../durable.ts';

/** A mail as it was sent; the message itself is in a file beside the index. */
export interface MailEntry {
  readonly id: string;
  readonly atMs: number;
  readonly from: string;
  /** Envelope recipients: who would have got it, bcc included. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly bytes: number;
}

export interface OpenedMail extends MailEntry {
  /** `Name: value`, unfolded, in order. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  readonly html?: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: Buffer;
  }[];
}

export interface Mailbox {
  /** Keeps a message; on disk when it resolves. */
  add(entry: Omit<MailEntry, 'subject' | 'bytes'>, raw: Buffer): Promise<MailEntry>;
  /** Newest first; to one recipient when given, whatever the case of the address. */
  list(filter?: {
    readonly recipient?: string;
    readonly limit?: number;
    readonly offset?: number;
  }): readonly MailEntry[];
  count(recipient?: string): number;
  open(id: string): Promise<OpenedMail | undefined>;
  raw(id: string): Buffer | undefined;
  close(): void;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS mails (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS recipients (address TEXT NOT NULL, mail TEXT NOT NULL, PRIMARY KEY (address, mail)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS of_mail ON recipients (mail);`;

/** Every message as an `.eml` file that any mail program opens, and an index of them; kept across restarts. */
export function openMailbox(folder: string): Mailbox {
  const letters = join(folder, 'letters');
  mkdirSync(letters, { recursive: true });
  const database = openDatabase(folder, SCHEMA);
  const insert = database.prepare('INSERT INTO mails (id, at_ms, sender, subject, bytes) VALUES (?, ?, ?, ?, ?)');
  const address = database.prepare('INSERT OR IGNORE INTO recipients (address, mail) VALUES (?, ?)');
  const addressesOf = database.prepare('SELECT address FROM recipients WHERE mail = ? ORDER BY address');
  const one = database.prepare('SELECT * FROM mails WHERE id = ?');
  const fileOf = (id: string) => join(letters, `${id}.eml`);

  const entryOf = (row: Record<string, unknown>): MailEntry => ({
    id: String(row.id),
    atMs: Number(row.at_ms),
    from: String(row.sender),
    recipients: addressesOf.all(String(row.id)).map((found) => String(found.address)),
    subject: String(row.subject),
    bytes: Number(row.bytes),
  });
  const find = (id: string): MailEntry | undefined => {
    const row = one.get(id);
    return row ? entryOf(row) : undefined;
  };

  return {
    async add({ id, atMs, from, recipients }, raw) {
      const { subject = '' } = await simpleParser(raw, { skipTextToHtml: true });
      writeFileSync(`${fileOf(id)}.part`, raw);
      renameSync(`${fileOf(id)}.part`, fileOf(id));
      for (const recipient of recipients) address.run(recipient.toLowerCase(), id);
      insert.run(id, atMs, from, subject, raw.length);
      return { id, atMs, from, recipients, subject, bytes: raw.length };
    },
    list({ recipient, limit = 1000, offset = 0 } = {}) {
      const order = 'ORDER BY mails.rowid DESC LIMIT ? OFFSET ?';
      const rows = recipient
        ? database
            .prepare(`SELECT mails.* FROM mails JOIN recipients ON mail = mails.id WHERE address = ? ${order}`)
            .all(recipient.toLowerCase(), limit, offset)
        : database.prepare(`SELECT * FROM mails ${order}`).all(limit, offset);
      return rows.map(entryOf);
    },
    count(recipient) {
      const row = recipient
        ? database.prepare('SELECT COUNT(*) AS n FROM recipients WHERE address = ?').get(recipient.toLowerCase())
        : database.prepare('SELECT COUNT(*) AS n FROM mails').get();
      return Number(row?.n);
    },
    async open(id) {
      const entry = find(id);
      if (!entry) return undefined;
      const {
        headerLines,
        text = '',
        html,
        attachments,
      } = await simpleParser(readFileSync(fileOf(id)), { skipTextToHtml: true });
      return {
        ...entry,
        headers: headerLines.map(({ line }) => {
          const [, name = '', value = ''] = /^([^:]+):\s*([\s\S]*)$/.exec(line) ?? [];
          return { name, value: value.replace(/\r?\n\s+/g, ' ') };
        }),
        text,
        ...(html ? { html } : {}),
        attachments: attachments.map(({ filename, contentType, content }, index) => ({
          filename: filename ?? `part-${index + 1}`,
          contentType,
          content,
        })),
      };
    },
    raw: (id) => (find(id) ? readFileSync(fileOf(id)) : undefined),
    close: () => database.close(),
  };
}
