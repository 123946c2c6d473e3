import type { Credit, Journey, Touch, TouchKind } from '../attribution/journey.ts';
import { PREFIXES } from '../ids.ts';
import { epochMs, instant } from '../time.ts';

/**
 * The touches that counted for a conversion as one short text: of each a letter for its kind, its partner and its time in nine digits to
 * the base of 36. A partner who is among the credits beside it is named by the place there, in two such digits behind a capital; any other
 * by the sixteen characters of the id behind a small letter. A conversion of a usual journey stays below the kilobyte that one write unit buys.
 */
const LETTERS: Readonly<Record<TouchKind, string>> = { click: 'c', code: 'o', deal: 'd', lead: 'l' };
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as TouchKind]));
const PLACE = 2;
const PARTNER = 16;
const TIME = 9;

/** Longer journeys keep their beginning and their end; between them is what hardly any model pays for. */
const FIRST = 4;
const LAST = 16;

type Partners = readonly Pick<Credit, 'partnerId'>[];

export function packJourney(journey: Journey, credits: Partners): string {
  const kept = journey.length > FIRST + LAST ? [...journey.slice(0, FIRST), ...journey.slice(-LAST)] : journey;
  return kept.map((touch) => cell(touch, credits)).join('');
}

function cell({ kind, partnerId, at }: Touch, credits: Partners): string {
  const place = credits.findIndex((credit) => credit.partnerId === partnerId);
  const who =
    place < 0
      ? `${LETTERS[kind]}${partnerId.slice(PREFIXES.partner.length + 1)}`
      : `${LETTERS[kind].toUpperCase()}${place.toString(36).padStart(PLACE, '0')}`;
  return `${who}${epochMs(at).toString(36).padStart(TIME, '0')}`;
}

/** The touches again, as far as the text tells: their ids are their places, and a code is the one the conversion was reported with. */
export function unpackJourney(text: string, credits: Partners, couponCode?: string): Journey {
  const touches: Touch[] = [];
  for (let at = 0; at < text.length; ) {
    const letter = text[at]!;
    const named = letter === letter.toLowerCase();
    const time = at + 1 + (named ? PARTNER : PLACE);
    const who = text.slice(at + 1, time);
    const partnerId = named ? `${PREFIXES.partner}_${who}` : (credits[Number.parseInt(who, 36)]?.partnerId ?? '');
    const kind = KINDS.get(letter.toLowerCase()) ?? 'click';
    touches.push({
      touchId: `kept#${String(touches.length).padStart(2, '0')}`,
      kind,
      partnerId,
      ...(kind === 'code' && couponCode !== undefined && { code: couponCode }),
      at: instant(Number.parseInt(text.slice(time, time + TIME), 36)),
    });
    at = time + TIME;
  }
  return touches;
}
