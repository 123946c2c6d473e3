import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a shopper stands after a month: what their browser and their shop remember of the last click. */
export interface Memory {
  readonly cookie?: string;
  readonly clickId?: string;
}

/** What has been told so far, so that a story cut off in the middle goes on instead of starting over. */
export interface Told {
  has(step: string): boolean;
  memory(shopper: string): Memory;
  /** Marks a step as done; `shopper` keeps what the shopper remembers. */
  mark(step: string, shopper?: { readonly key: string; readonly memory: Memory }): void;
}

interface Line {
  readonly step: string;
  readonly shopper?: string;
  readonly memory?: Memory;
}

export function told(dataDir: string): Told {
  const path = join(dataDir, 'story.jsonl');
  const steps = new Set<string>();
  const memories = new Map<string, Memory>();
  const take = ({ step, shopper, memory }: Line) => {
    steps.add(step);
    if (shopper !== undefined && memory !== undefined) memories.set(shopper, memory);
  };
  if (existsSync(path)) {
    for (const text of readFileSync(path, 'utf8').split('\n')) {
      // A process killed while writing leaves half a last line: that step is told again.
      if (text.endsWith('}')) take(JSON.parse(text) as Line);
    }
  }
  return {
    has: (step) => steps.has(step),
    memory: (shopper) => memories.get(shopper) ?? {},
    mark(step, shopper) {
      const line: Line = { step, ...(shopper ? { shopper: shopper.key, memory: shopper.memory } : {}) };
      take(line);
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    },
  };
}
