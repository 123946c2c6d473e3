import { performance } from 'node:perf_hooks';

/** A line that says how far a long job is; redrawn in place on a terminal, a line each quarter in a plain log. */
export interface Progress {
  step(count?: number): void;
  /** Leaves the finished line standing. */
  done(): void;
}

const WIDTH = 28;

export function progress(label: string, total: number, out: NodeJS.WriteStream = process.stdout): Progress {
  const started = performance.now();
  let count = 0;
  let drawn = -1;
  const line = () => {
    const part = total === 0 ? 1 : count / total;
    const seconds = (performance.now() - started) / 1000;
    const bar = '█'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '░');
    return `${label.padEnd(34)} ${bar} ${String(count).padStart(6)} / ${total}  ${Math.round(count / Math.max(seconds, 0.001))}/s`;
  };
  const draw = (last: boolean) => {
    const mark = out.isTTY ? Math.floor(performance.now() / 100) : Math.floor((count / Math.max(total, 1)) * 4);
    // A plain log gets a line at each quarter; the whole is drawn once, at the end.
    if (!last && (mark === drawn || (!out.isTTY && (mark === 0 || count >= total)))) return;
    drawn = mark;
    out.write(out.isTTY ? `\r${line()}${last ? '\n' : ''}` : `${line()}\n`);
  };
  return {
    step(by = 1) {
      count += by;
      draw(false);
    },
    done() {
      draw(true);
    },
  };
}
