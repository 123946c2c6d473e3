/** One measured figure. `key` is stable, for programs; `bar` is what we hold ourselves to. */
export interface Figure {
  readonly key: string;
  readonly value: number;
  readonly unit: string;
  readonly what: string;
  readonly bar?: string;
}

/** What a part of the bench reports; `notes` say what a reader must know to compare fairly. */
export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Value below which the given share of the sorted values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const round = (value: number, digits = 2) => Number(value.toFixed(digits));
