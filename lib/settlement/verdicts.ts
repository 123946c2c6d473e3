import type { Touch } from '../attribution/journey.ts';
import { epochMs } from '../time.ts';
import type { Uncredited } from '../tracking/click-id.ts';
import { REPEAT_MS } from '../tracking/recent-clicks.ts';
import { creditsAs } from '../tracking/verdict.ts';

/** What a conversion is marked with whose click could not be credited: `click-bot`, `click-paused`, … */
export type UncreditedReason = `click-${Uncredited}`;

/**
 * The touches that repeat an earlier one: the same link within an hour of its first click, counted from that. Found in the journey itself,
 * which holds the original, so that a click that was only taken for a repetition keeps its credit. Touches are in order of time.
 */
export function repeatedTouches(touches: readonly Touch[]): ReadonlySet<string> {
  const firsts = new Map<string, number>();
  const repeated = new Set<string>();
  for (const { touchId, link, at, verdict = 'human' } of touches) {
    // What is doubtful for another reason takes nothing from the click after it.
    if (link === undefined || !(verdict === 'human' || verdict === 'duplicate')) continue;
    const first = firsts.get(link);
    if (first !== undefined && epochMs(at) - first < REPEAT_MS) repeated.add(touchId);
    else firsts.set(link, epochMs(at));
  }
  return repeated;
}

/** Why a click's verdict keeps it from being credited, under the mode its program had when it came. */
export function whyUncredited({ verdict, strict }: Touch, repeated: boolean): UncreditedReason | undefined {
  const mode = strict ? 'strict' : 'moderate';
  // A repetition is known by its original, whatever was thought of it at the time.
  const known = verdict === undefined || verdict === 'human' || verdict === 'duplicate' ? undefined : verdict;
  const found = known ?? (repeated ? 'duplicate' : 'human');
  return found === 'human' || creditsAs(found, mode) ? undefined : `click-${found}`;
}
