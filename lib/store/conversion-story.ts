import { atOnce } from '../at-once.ts';
import type { TouchKind } from '../attribution/journey.ts';
import type { PolicyVersion } from '../attribution/policy.ts';
import type { AccrualLine } from '../ledger/journal.ts';
import { inForceAt } from '../programs/program.ts';
import { countable } from '../settlement/touches.ts';
import { repeatedTouches } from '../settlement/verdicts.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { SubIds } from '../tracking/sub-ids.ts';
import type { Reason, Verdict } from '../tracking/verdict.ts';
import type { LedgerStore } from './ledger.ts';
import type { settlementFacts } from './settlement-facts.ts';

/** A contact of the customer before the order, and whether it may be credited. */
export interface JourneyStep {
  readonly partnerId: string;
  readonly kind: TouchKind;
  readonly link?: string | undefined;
  readonly code?: string | undefined;
  readonly at: Instant;
  readonly counts: boolean;
  /** Of a click; absent: human. */
  readonly verdict?: Verdict | undefined;
  readonly reasons?: Reason[] | undefined;
  readonly subs?: SubIds | undefined;
}

/** A line of the ledger that was posted for a conversion. */
export interface PostedLine {
  readonly partnerId: string;
  /** Sequence number of its journal. */
  readonly journal: number;
  readonly postedAt: Instant;
  readonly line: AccrualLine;
}

/** Reads at once. */
const WIDTH = 8;

/** How a conversion came by its credits. */
export interface JourneyStory {
  readonly steps: readonly JourneyStep[];
  /** The policy it was settled under, or would be. */
  readonly policy?: PolicyVersion | undefined;
}

/** The customer’s touches as known now, oldest first, judged as settlement judged them, or would. */
export async function journeyStory(
  conversion: Conversion,
  facts: ReturnType<typeof settlementFacts>,
): Promise<JourneyStory> {
  const [circumstances] = await facts.circumstances([conversion]);
  const { terms, touches = [], standings = new Map() } = circumstances ?? {};
  const settled = terms?.policies.find(({ version }) => version === conversion.settled?.policyVersion);
  const policy = settled ?? (terms && inForceAt(terms.policies, conversion.occurredAt));
  const counted = policy ? countable(conversion, touches, policy.policy, standings).journey : [];
  const ids = new Set(counted.map(({ touchId }) => touchId));
  const inOrder = [...touches].sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
  const repeated = repeatedTouches(inOrder);
  const steps = inOrder.map(({ touchId, partnerId, kind, link, code, at, verdict, reasons, subs }) => ({
    partnerId,
    kind,
    link,
    code,
    at,
    counts: ids.has(touchId),
    verdict: verdict ?? (repeated.has(touchId) ? 'duplicate' : undefined),
    reasons: reasons && [...reasons],
    subs,
  }));
  return { steps, policy };
}

/** The lines posted for a conversion, as far as it points at their journals: by partner, oldest first. */
export async function postedLines(conversion: Conversion, ledger: Pick<LedgerStore, 'journal'>): Promise<PostedLine[]> {
  const { brandId, programId, eventType, orderId, journals = {} } = conversion;
  const currency = conversion.exchange?.to ?? conversion.currency;
  const places = Object.entries(journals).flatMap(([partnerId, sequences]) =>
    sequences.map((sequence) => ({ partnerId, sequence })),
  );
  const found = await atOnce(WIDTH, places, async ({ partnerId, sequence }) => {
    const journal = await ledger.journal({ brandId, programId, partnerId, currency }, sequence);
    const lines = journal?.lines.filter((line) => line.eventType === eventType && line.orderId === orderId) ?? [];
    return lines.map((line) => ({ partnerId, journal: sequence, postedAt: journal!.at, line }));
  });
  return found.flat();
}
