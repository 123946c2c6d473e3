import type * as z from 'zod';
import type { PayoutAnswer, payoutsContracts } from '../../lib/http/contracts/payouts.ts';

export type Run = z.output<typeof PayoutAnswer>;
export type ItemPage = z.output<typeof payoutsContracts.listPayoutItems.answer>;
export type ExcludedPage = z.output<typeof payoutsContracts.listExcluded.answer>;
export type FindingPage = z.output<typeof payoutsContracts.listFindings.answer>;
export type Item = ItemPage['items'][number];
export type Finding = FindingPage['items'][number];

/** A run with the name of its program. */
export interface NamedRun extends Run {
  readonly program: string;
}

/** One run and what a person needs to decide on it. */
export interface OpenedRun {
  readonly run: NamedRun;
  readonly items: ItemPage;
  readonly excluded: ExcludedPage;
  /** What looks wrong with it, severe findings first. */
  readonly findings: FindingPage;
  /** Names of the partners that occur, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** Partners that the page of a run names. */
export function partnersOn({
  run,
  items,
  excluded,
  findings,
}: Pick<OpenedRun, 'items' | 'excluded' | 'findings'> & { readonly run: Run }): Set<string> {
  const rows = [...items.items, ...excluded.items, ...(run.difference?.payees ?? [])];
  return new Set([
    ...rows.map(({ partnerId }) => partnerId),
    ...findings.items.flatMap((finding) => finding.partnerIds),
  ]);
}
