/** What is wrong with a file of journeys: where, what, and what would mend it. */
export class InputProblem extends Error {
  constructor(line: number, column: string | undefined, what: string) {
    super(`line ${line}${column === undefined ? '' : `, ${column}`}: ${what}`);
    this.name = 'InputProblem';
  }
}

/** What stands in a file, shortened for a message. */
export function quoted(text: string): string {
  return `“${text.length > 60 ? `${text.slice(0, 60)}…` : text}”`;
}
