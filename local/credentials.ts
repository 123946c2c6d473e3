import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `npm start` made for the person at the keyboard: the first brand, one key per role, and where to use them. */
export interface Credentials {
  readonly brandId: string;
  readonly apiUrl: string;
  readonly trackingUrl: string;
  /** API key secrets by the person they belong to; `finance` makes payout runs, `approver` approves them. */
  readonly keys: { readonly owner: string; readonly finance: string; readonly approver: string };
}

const path = (dataDir: string) => join(dataDir, 'credentials.json');

export function readCredentials(dataDir: string): Credentials | undefined {
  return existsSync(path(dataDir)) ? (JSON.parse(readFileSync(path(dataDir), 'utf8')) as Credentials) : undefined;
}

/** Readable by this user only: the file holds working keys. */
export function writeCredentials(dataDir: string, credentials: Credentials): void {
  writeFileSync(path(dataDir), `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
}
