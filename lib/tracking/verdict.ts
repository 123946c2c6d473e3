/** What a click was found to be. `human` is every click that nothing speaks against. */
export const VERDICTS = ['human', 'bot', 'duplicate', 'out-of-geo', 'over-cap', 'paused', 'expired'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How a program treats doubtful clicks. */
export const MODES = ['relaxed', 'moderate', 'strict'] as const;
export type Mode = (typeof MODES)[number];

/** Why, and what else was noticed without speaking against the click. */
export const REASONS = [
  /** From a network that the program named as a data centre. */
  'data-centre',
  /** Fetched as an image, a script or in a frame; nobody followed a link. */
  'not-a-page',
  /** The same visitor followed the same link within the hour. */
  'within-the-hour',
  'country',
  'cap',
  'link-paused',
  'program-paused',
  'link-ended',
  /** The address in `u` was not one the program allows, so the visitor went to the link’s own destination. */
  'u-refused',
  /** Sub-ids were cut to what a row holds. */
  'subs-cut',
] as const;
export type Reason = (typeof REASONS)[number];

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/** What is known when a click is judged. */
export interface Evidence {
  readonly linkPaused: boolean;
  readonly programPaused: boolean;
  readonly ended: boolean;
  readonly capped: boolean;
  readonly inDataCentre: boolean;
  /** Asked for as something else than a page of its own. */
  readonly notAPage: boolean;
  readonly country: string | undefined;
  /** None: all. */
  readonly countries: readonly string[];
  readonly repeated: boolean;
}

/**
 * The verdict on a click, with everything that speaks against it. One verdict, the gravest: what can earn nothing at all comes first, then
 * who clicked, then where, then how often.
 */
export function judgeClick(seen: Evidence): Judgement {
  const against: [Verdict, Reason][] = [];
  const note = (is: boolean, verdict: Verdict, reason: Reason) => is && against.push([verdict, reason]);
  note(seen.linkPaused, 'paused', 'link-paused');
  note(seen.programPaused, 'paused', 'program-paused');
  note(seen.ended, 'expired', 'link-ended');
  note(seen.notAPage, 'bot', 'not-a-page');
  note(seen.inDataCentre, 'bot', 'data-centre');
  const elsewhere = seen.country !== undefined && seen.countries.length > 0 && !seen.countries.includes(seen.country);
  note(elsewhere, 'out-of-geo', 'country');
  note(seen.capped, 'over-cap', 'cap');
  note(seen.repeated, 'duplicate', 'within-the-hour');
  return { verdict: against[0]?.[0] ?? 'human', reasons: against.map(([, reason]) => reason) };
}

/** Whether a click stands in reports. */
export function countsAs(verdict: Verdict, mode: Mode): boolean {
  if (verdict === 'human') return true;
  return mode === 'relaxed' && verdict !== 'paused' && verdict !== 'expired';
}

/** Whether an order may be credited to a click. A link that is paused or over earns nothing in any mode. */
export function creditsAs(verdict: Verdict, mode: Mode): boolean {
  if (verdict === 'human') return true;
  return mode !== 'strict' && verdict !== 'paused' && verdict !== 'expired';
}
