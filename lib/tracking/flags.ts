import { DAY_MS, epochMs, type Instant } from '../time.ts';
import type { Conversion } from './conversion.ts';

/** What a conversion can be flagged with. A flag rejects nothing: it says what somebody may want to look at, and why. */
export const FLAGS = ['late', 'over-cap', 'out-of-window', 'duplicate-suspect'] as const;
export type FlagName = (typeof FLAGS)[number];

/** What settlement found beside who is credited; stored with the conversion. */
export interface Findings {
  /** It was reported more than so many days after the order. */
  readonly lateAfterDays?: number;
  /** The earliest order that it looks like, made at most so many minutes before it. */
  readonly duplicateOf?: DuplicateOf;
}
export interface DuplicateOf {
  readonly orderId: string;
  readonly occurredAt: Instant;
  readonly withinMinutes: number;
}

/** A flag with its reason in words and the figures behind it. */
export interface Flag {
  readonly flag: FlagName;
  readonly reason: string;
  readonly data: {
    readonly receivedAt?: Instant;
    readonly lateAfterDays?: number;
    readonly capId?: string;
    readonly policyVersion?: number;
    readonly orderId?: string;
    readonly occurredAt?: Instant;
    readonly withinMinutes?: number;
  };
}

/** What a line of a partner's ledger says of its order: never which other order it looks like, which may be another partner's. */
export type LineFlag =
  | { readonly flag: 'late'; readonly receivedAt: Instant; readonly lateAfterDays: number }
  | { readonly flag: 'duplicate-suspect'; readonly withinMinutes: number };

type Flagged = Pick<
  Conversion,
  'occurredAt' | 'receivedAt' | 'findings' | 'unattributed' | 'settled' | 'credits' | 'posted'
>;

/** Whether an order was reported more than so many days, of 24 hours each, after it was made. */
export const isLate = ({ occurredAt, receivedAt }: Pick<Conversion, 'occurredAt' | 'receivedAt'>, afterDays: number) =>
  epochMs(receivedAt) - epochMs(occurredAt) > afterDays * DAY_MS;

/**
 * Every flag of a conversion as it was last settled, in the order of {@link FLAGS}; of one that was not settled yet, none. For the brand:
 * the reasons name caps and other orders.
 */
export function flagsOf(conversion: Flagged): Flag[] {
  const { receivedAt, findings = {}, settled, unattributed } = conversion;
  if (!settled) return [];
  const { lateAfterDays, duplicateOf } = findings;
  const flags: Flag[] = [];
  if (lateAfterDays !== undefined) {
    const reason = lateWords(receivedAt, lateAfterDays);
    flags.push({ flag: 'late', reason, data: { receivedAt, lateAfterDays } });
  }
  if (isOverCap(unattributed)) {
    const [, capId] = /\((cap_\w+)\)$/.exec(unattributed!) ?? [];
    const what =
      unattributed === CLICK_OVER_CAP ? 'Its clicks came when a cap was used up' : capSentence(unattributed!);
    flags.push({ flag: 'over-cap', reason: `${what}.`, data: capId === undefined ? {} : { capId } });
  }
  if (unattributed === OUTSIDE_WINDOW) {
    const { policyVersion } = settled;
    flags.push({ flag: 'out-of-window', reason: windowWords(policyVersion), data: { policyVersion } });
  }
  if (duplicateOf) {
    const { orderId, occurredAt: at, withinMinutes } = duplicateOf;
    const reason = `It looks like ${orderId} of ${minute(at)}: ${ALIKE}, at most ${minutes(withinMinutes)} apart.`;
    flags.push({ flag: 'duplicate-suspect', reason, data: { orderId, occurredAt: at, withinMinutes } });
  }
  return flags;
}

/** A flag as a partner is told it. */
export type PartnerFlag = Pick<Flag, 'flag' | 'reason'>;

/**
 * The flags of a conversion that concern one partner, in words that name no other order, partner or cap: a cap that left others without
 * room is not this partner's matter.
 *
 * @param clickedBy the partner whose click the order was reported with.
 */
export function flagsFor(partnerId: string, conversion: Flagged, clickedBy: string | undefined): PartnerFlag[] {
  const flags = flagsOf(conversion);
  if (flags.length === 0) return [];
  const { credits = [], posted, findings, settled } = conversion;
  const credited = credits.some((credit) => credit.partnerId === partnerId);
  const isTheirs: Readonly<Record<FlagName, boolean>> = {
    late: credited,
    'over-cap':
      (credited && !((posted[partnerId]?.cents ?? 0) > 0) && !isOthersCap(conversion, partnerId)) ||
      (conversion.unattributed === CLICK_OVER_CAP && clickedBy === partnerId),
    'out-of-window': clickedBy === partnerId,
    'duplicate-suspect': credited,
  };
  const words: Partial<Record<FlagName, string>> = {
    'over-cap': 'It found no room under a cap of the program, so it earns you nothing.',
    'out-of-window': windowWords(settled?.policyVersion ?? 0),
    'duplicate-suspect': duplicateWords(findings?.duplicateOf?.withinMinutes ?? 0),
  };
  return flags.flatMap(({ flag, reason }) => (isTheirs[flag] ? [{ flag, reason: words[flag] ?? reason }] : []));
}

/** Whether the cap is one on another partner alone. */
function isOthersCap({ unattributed = '' }: Flagged, partnerId: string): boolean {
  const [, whose = partnerId] = / of (ptr_\w+) \(cap_\w+\)$/.exec(unattributed) ?? [];
  return whose !== partnerId;
}

/** The partners who have a flag of their own to be told of. */
export function partnersConcerned(
  conversion: Flagged,
  clickedBy: string | undefined,
): { readonly partnerId: string; readonly flags: readonly PartnerFlag[] }[] {
  const credited = (conversion.credits ?? []).map(({ partnerId }) => partnerId);
  const all = new Set([...credited, ...(clickedBy === undefined ? [] : [clickedBy])]);
  return [...all].flatMap((partnerId) => {
    const flags = flagsFor(partnerId, conversion, clickedBy);
    return flags.length > 0 ? [{ partnerId, flags }] : [];
  });
}

/** What a line of the ledger carries of what settlement found. */
export function lineFlags(
  { receivedAt }: Pick<Conversion, 'receivedAt'>,
  { lateAfterDays, duplicateOf }: Findings,
): LineFlag[] {
  return [
    ...(lateAfterDays === undefined ? [] : [{ flag: 'late', receivedAt, lateAfterDays } as const]),
    ...(duplicateOf ? [{ flag: 'duplicate-suspect', withinMinutes: duplicateOf.withinMinutes } as const] : []),
  ];
}

/** A line's flag in words for its partner. */
export const lineFlagWords = (one: LineFlag): string =>
  one.flag === 'late' ? lateWords(one.receivedAt, one.lateAfterDays) : duplicateWords(one.withinMinutes);

const OUTSIDE_WINDOW = 'outside-window';
const CLICK_OVER_CAP = 'click-over-cap';
const OVER_CAP = 'over-cap';

const isOverCap = (unattributed: string | undefined) =>
  unattributed === CLICK_OVER_CAP || unattributed?.startsWith(`${OVER_CAP}: `) === true;

/** Whether a stored conversion may have flags at all, told without reading it whole. */
export const mayHaveFlags = (findings: unknown, unattributed: unknown): boolean =>
  findings !== undefined ||
  (typeof unattributed === 'string' && (unattributed === OUTSIDE_WINDOW || isOverCap(unattributed)));

const capSentence = (unattributed: string) =>
  `It found no room under a cap: ${unattributed.slice(OVER_CAP.length + 2)}`;

const windowWords = (policyVersion: number) =>
  `Every click before it is older than version ${policyVersion} of the attribution policy looks back.`;

const lateWords = (receivedAt: Instant, after: number) =>
  `It was reported on ${minute(receivedAt)}, more than ${count(after, 'day')} after it was made.`;

const ALIKE = 'the same amount, and the same customer, e-mail address or click';
const duplicateWords = (within: number) =>
  `It may have been told twice: another order of ${ALIKE} was made at most ${minutes(within)} before.`;

const minutes = (many: number) => count(many, 'minute');
const count = (many: number, noun: string) => `${many} ${noun}${many === 1 ? '' : 's'}`;
const minute = (at: Instant) => `${at.slice(0, 16).replace('T', ' ')} UTC`;
