import { dayIn } from '../calendar.ts';
import type { Consumed, CounterMove } from '../caps/gate.ts';
import { explain } from '../commission/explain.ts';
import type { AccrualLine, Journal, LedgerKey } from '../ledger/journal.ts';
import { type Posting, post } from '../ledger/post.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { type Assessment, assess, type Circumstances, findingsOf } from './assess.ts';
import { NoFxRate } from './convert-currency.ts';
import { sameFindings } from './duplicates.ts';
import { addTallies, type ConversionName, centsOf, NOTHING_SETTLED, type SettlementTally } from './tally.ts';

/** An assessment, or that there can be none; what it uses of caps, where the program has any. */
export type Judged = Assessment & {
  readonly parked?: true;
  readonly consumed?: Consumed;
  readonly moves?: readonly CounterMove[];
};

/** Assesses a conversion; one that the rules cannot compute is set aside, so that it does not hold up its neighbours. */
export function judge(conversion: Conversion, circumstances: Circumstances, asOf: Instant): Judged {
  try {
    return assess(conversion, circumstances, asOf);
  } catch (error) {
    const findings = findingsOf(conversion, circumstances, asOf);
    return { ...park(conversion, error), ...(findings && { findings }) };
  }
}

/** Set aside as it stands: no longer among the open work, its reason in sight, nothing posted. A recomputation takes it up again. */
export function park(conversion: Conversion, error: unknown): Judged {
  const why = error instanceof Error ? error.message : String(error);
  return {
    conversion,
    parked: true,
    credits: conversion.credits ?? [],
    unattributed: error instanceof NoFxRate ? why : `cannot-settle: ${why.slice(0, 200)}`,
    lines: new Map(),
    posted: conversion.posted,
    policyVersion: conversion.settled?.policyVersion ?? 0,
    planVersion: conversion.settled?.planVersion ?? 0,
    timeZone: 'UTC',
  };
}

/** Whether the conversion does not stand as it should. What does is not written again. */
export function isPending({ conversion, credits, lines, unattributed, posted, findings, moves = [] }: Judged): boolean {
  if (lines.size > 0 || moves.length > 0 || conversion.open || unattributed !== conversion.unattributed) return true;
  if (linksOf(credits) !== linksOf(conversion.credits ?? [])) return true;
  if (!sameFindings(findings, conversion.findings)) return true;
  const partners = Object.keys({ ...posted, ...conversion.posted });
  return partners.some((partnerId) => posted[partnerId]?.returnedUnits !== conversion.posted[partnerId]?.returnedUnits);
}

/** Links kept with credits: later orders may be priced by them when their clicks have gone. */
const linksOf = (credits: Judged['credits']) => credits.map(({ link }) => link ?? '').join();

/** What conversions add to one partner's chain. */
export interface ChainLines {
  readonly key: LedgerKey;
  readonly timeZone: string;
  readonly lines: readonly AccrualLine[];
}

/** The lines of conversions by chain; the names tell chains apart within a brand. */
export function linesByChain(batch: readonly Judged[]): Map<string, ChainLines> {
  const chains = new Map<string, ChainLines & { readonly lines: AccrualLine[] }>();
  for (const { conversion, lines, timeZone } of batch) {
    for (const [partnerId, line] of lines) {
      const name = chainName(conversion, partnerId);
      const known = chains.get(name);
      if (known) known.lines.push(line);
      else chains.set(name, { key: keyOf(conversion, partnerId), timeZone, lines: [line] });
    }
  }
  return chains;
}

const keyOf = ({ brandId, programId, currency }: Conversion, partnerId: string): LedgerKey => ({
  brandId,
  programId,
  partnerId,
  currency,
});
const chainName = ({ programId, currency }: Conversion, partnerId: string) => `${programId} ${partnerId} ${currency}`;

/**
 * One journal for each chain.
 *
 * @throws RangeError when a chain cannot take the lines.
 */
export function journalsOf(
  chains: ReadonlyMap<string, ChainLines>,
  heads: ReadonlyMap<string, Journal | undefined>,
  posting: Posting,
): Map<string, Journal> {
  const journals = new Map<string, Journal>();
  for (const [name, { key, timeZone, lines }] of chains) {
    const today = dayIn(posting.at, timeZone);
    const journal = post(heads.get(name), key, { kind: 'accrual', lines, today }, posting);
    if (journal) journals.set(name, journal);
  }
  return journals;
}

/** A conversion as it was read, and how it shall stand. */
export interface Settled {
  readonly conversion: Conversion;
  readonly settlement: Pick<
    Assessment,
    'credits' | 'journey' | 'because' | 'posted' | 'policyVersion' | 'planVersion' | 'unattributed' | 'findings'
  > & {
    readonly at: Instant;
    readonly consumed?: Consumed | undefined;
    /** Sequence number of the journal with its line, by partner. */
    readonly journals: Readonly<Record<string, number>>;
  };
}

export function settledBy(judged: Judged, journals: ReadonlyMap<string, Journal>, at: Instant): Settled {
  const { conversion, lines, credits, journey, because, posted, policyVersion, planVersion, unattributed, consumed } =
    judged;
  const { findings } = judged;
  const places = [...lines.keys()].map((partnerId): [string, number] => [
    partnerId,
    journals.get(chainName(conversion, partnerId))!.sequence,
  ]);
  return {
    conversion,
    settlement: {
      at,
      credits,
      ...(journey && { journey }),
      ...(because && { because }),
      posted,
      policyVersion,
      planVersion,
      unattributed,
      consumed,
      ...(findings && { findings }),
      journals: Object.fromEntries(places),
    },
  };
}

const nameOf = ({ programId, eventType, orderId }: Conversion): ConversionName => ({ programId, eventType, orderId });

/** What settling conversions comes to. */
export function tallyOf(batch: readonly Judged[], journals: number): SettlementTally {
  const tallies = batch.map(({ conversion, lines, unattributed, parked }): Partial<SettlementTally> => {
    if (parked) return { parked: 1, exceptions: [{ ...nameOf(conversion), why: unattributed ?? '' }] };
    return {
      posted: lines.size > 0 ? 1 : 0,
      cents: centsOf(conversion.currency, lines.values()),
      ...(unattributed !== undefined && { unattributed: { [unattributed]: 1 } }),
    };
  });
  return addTallies(tallies.reduce<SettlementTally>(addTallies, NOTHING_SETTLED), { journals });
}

/** Conversions left open, to be taken up by the next run. */
export function leftOpen(batch: readonly Judged[], why: string): SettlementTally {
  const exceptions = batch.map(({ conversion }) => ({ ...nameOf(conversion), why }));
  return addTallies(NOTHING_SETTLED, { leftOpen: batch.length, exceptions });
}

/** What a dry run would do to one conversion. */
export interface Preview extends ConversionName {
  readonly unattributed?: string;
  readonly lines: readonly (Pick<AccrualLine, 'cents' | 'totalCents' | 'reason'> & {
    readonly partnerId: string;
    readonly explanation: string;
  })[];
}

export function previewOf({ conversion, lines, unattributed }: Judged): Preview {
  return {
    ...nameOf(conversion),
    ...(unattributed !== undefined && { unattributed }),
    lines: [...lines].map(([partnerId, line]) => ({
      partnerId,
      cents: line.cents,
      totalCents: line.totalCents,
      reason: line.reason,
      explanation: explain(line, conversion.currency),
    })),
  };
}
