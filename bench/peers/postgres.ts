import { execFileSync } from 'node:child_process';
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Postgres {
  /** Folder of its Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly version: string;
  sql(text: string): void;
  close(): void;
}

const PORT = 54_329;

/** A throw-away PostgreSQL with its default durability, reached over a Unix socket; `undefined` where Debian's PostgreSQL is not installed. */
export function startPostgres(): Postgres | undefined {
  const [bin] = globSync('/usr/lib/postgresql/*/bin').sort().reverse();
  if (bin === undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'tributary-postgres-'));
  const asRoot = process.getuid?.() === 0;
  // PostgreSQL refuses to run as root; Debian's package made a user for it.
  const run = (program: string, args: readonly string[]) =>
    asRoot
      ? execFileSync('runuser', ['-u', 'postgres', '--', program, ...args], {
          stdio: ['ignore', 'pipe', 'pipe'],
          cwd: dir,
        })
      : execFileSync(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: dir });
  if (asRoot) {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
    chownSync(dir, id('-u'), id('-g'));
  }
  const data = join(dir, 'data');
  run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']);
  run(join(bin, 'pg_ctl'), [
    '-D',
    data,
    '-w',
    '-l',
    join(dir, 'log'),
    '-o',
    `-k ${dir} -p ${PORT} -c listen_addresses=''`,
    'start',
  ]);
  return {
    host: dir,
    port: PORT,
    version: run(join(bin, 'postgres'), ['--version']).toString().trim(),
    sql(text) {
      run(join(bin, 'psql'), [
        '-h',
        dir,
        '-p',
        String(PORT),
        '-U',
        'postgres',
        '-v',
        'ON_ERROR_STOP=1',
        '-q',
        '-c',
        text,
      ]);
    },
    close() {
      run(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
