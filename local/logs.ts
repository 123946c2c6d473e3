import { createWriteStream, mkdirSync, renameSync, rmSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

/** Log files of functions, HTTP APIs and the laptop itself, and the last lines of each for the page. */
export interface Logs {
  /** Appends text as it was printed; it may hold several lines or end in the middle of one. */
  write(name: string, text: string): void;
  /** The last complete lines, oldest first. */
  tail(name: string): readonly string[];
  /** Names that were written to since the start. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

const TAIL_LINES = 200;
/** At the start a longer file becomes `<name>.log.1`, so two runs' worth is kept at most. */
const ROTATE_BYTES = 16 * 1024 * 1024;

interface Log {
  readonly file: WriteStream;
  readonly lines: string[];
  rest: string;
}

/** Files are `<folder>/<name>.log`. Writing never waits and never fails the caller. */
export function openLogs(folder: string): Logs {
  mkdirSync(folder, { recursive: true });
  const logs = new Map<string, Log>();
  const open = (name: string): Log => {
    const path = join(folder, `${name.replaceAll(/[^\w.-]/g, '_')}.log`);
    if (sizeOf(path) > ROTATE_BYTES) {
      rmSync(`${path}.1`, { force: true });
      renameSync(path, `${path}.1`);
    }
    const file = createWriteStream(path, { flags: 'a' });
    file.on('error', () => {});
    const log: Log = { file, lines: [], rest: '' };
    logs.set(name, log);
    return log;
  };
  return {
    write(name, text) {
      const log = logs.get(name) ?? open(name);
      log.file.write(text);
      const parts = (log.rest + text).split('\n');
      log.rest = parts.pop() ?? '';
      log.lines.push(...parts);
      if (log.lines.length > TAIL_LINES) log.lines.splice(0, log.lines.length - TAIL_LINES);
    },
    tail: (name) => [...(logs.get(name)?.lines ?? [])],
    get names() {
      return [...logs.keys()];
    },
    async close() {
      await Promise.all([...logs.values()].map(({ file }) => new Promise<void>((resolve) => file.end(resolve))));
    },
  };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
