import type { HistoryEvent } from '../states/execution-store.ts';

/** One visit to a state. */
export interface Visit {
  readonly fromMs: number;
  /** Absent while it lasts. */
  readonly untilMs?: number;
}

/** All visits to a state: several when a workflow loops, or one for each item of a Map. */
export interface Step {
  readonly name: string;
  readonly kind: string;
  readonly visits: readonly Visit[];
  /** Whether it lies inside a Map. */
  readonly inside: boolean;
}

interface Named {
  readonly name?: string;
}

/** The states of an execution in the order they were first entered, from its history. */
export function stepsOf(history: readonly HistoryEvent[]): readonly Step[] {
  const steps = new Map<string, Step & { readonly visits: Visit[] }>();
  /** Where each open visit is, by state and Map item. */
  const open = new Map<string, number>();
  for (const { type, atMs, details, iteration } of history) {
    const { name = '' } = (details.stateEnteredEventDetails ?? details.stateExitedEventDetails ?? {}) as Named;
    const visit = `${name}\n${iteration ?? ''}`;
    if (type.endsWith('StateEntered')) {
      const kind = type.replace('StateEntered', '');
      const step = steps.get(name) ?? { name, kind, visits: [], inside: iteration !== undefined };
      steps.set(name, step);
      open.set(visit, step.visits.push({ fromMs: atMs }) - 1);
    } else if (type.endsWith('StateExited')) {
      const visits = steps.get(name)?.visits;
      const index = open.get(visit);
      const entered = index === undefined ? undefined : visits?.[index];
      if (visits && index !== undefined && entered) visits[index] = { ...entered, untilMs: atMs };
    }
  }
  return [...steps.values()];
}
