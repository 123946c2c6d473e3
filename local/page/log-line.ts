/** A line of a function's log, read for a person. */
export interface LogLine {
  readonly level: string;
  /** One sentence: the message, the error, or which metrics were written. */
  readonly gist: string;
  /** Everything the line holds; absent for plain text. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Reads a structured line (JSON with a level and a message, or CloudWatch's embedded metrics); any other line is its own gist. */
export function logLine(line: string): LogLine {
  const fields = parsed(line);
  if (!fields) return { level: '', gist: line };
  const { level = '', message, errorType, errorMessage } = fields;
  const failure = [errorType, errorMessage].filter(Boolean).join(': ');
  const gist = '_aws' in fields ? metricsIn(fields) : [message, failure].filter(Boolean).join(' · ');
  return { level: String(level), gist: gist || line, fields };
}

interface Embedded {
  readonly CloudWatchMetrics?: readonly { readonly Metrics?: readonly { readonly Name: string }[] }[];
}

function metricsIn(fields: Readonly<Record<string, unknown>>): string {
  const { CloudWatchMetrics = [] } = fields._aws as Embedded;
  const names = CloudWatchMetrics.flatMap(({ Metrics = [] }) => Metrics.map(({ Name }) => Name));
  return `metrics ${names.map((name) => `${name}=${String(fields[name])}`).join(' ')}`;
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
