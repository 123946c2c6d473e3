import type { Journey, Touch, TouchKind } from '../attribution/journey.ts';
import { PREFIXES } from '../ids.ts';
import { epochMs, instant } from '../time.ts';

/**
 * The touches that counted for a conversion as one short text: of each a letter for its kind, the sixteen characters of its partner and its
 * time in nine digits to the base of 36. A conversion of a usual journey stays below the kilobyte that one write unit buys.
 */
const LETTERS: Readonly<Record<TouchKind, string>> = { click: 'c', code: 'o', deal: 'd', lead: 'l' };
const KINDS = Object.fromEntries(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind])) as Record<
  string,
  TouchKind
>;
const PARTNER = 16;
const TIME = 9;
const CELL = 1 + PARTNER + TIME;

/** Longer journeys keep their beginning and their end; between them is what hardly any model pays for. */
const FIRST = 4;
const LAST = 16;

export function packJourney(journey: Journey): string {
  const kept = journey.length > FIRST + LAST ? [...journey.slice(0, FIRST), ...journey.slice(-LAST)] : journey;
  return kept.map(cell).join('');
}

const cell = ({ kind, partnerId, at }: Touch) =>
  `${LETTERS[kind]}${partnerId.slice(PREFIXES.partner.length + 1)}${epochMs(at).toString(36).padStart(TIME, '0')}`;

/** The touches again, as far as the text tells: their ids are their places, and a code is the one the conversion was reported with. */
export function unpackJourney(text: string, couponCode?: string): Journey {
  return Array.from({ length: Math.floor(text.length / CELL) }, (_, place): Touch => {
    const at = place * CELL;
    const kind = KINDS[text[at]!] ?? 'click';
    return {
      touchId: `kept#${String(place).padStart(2, '0')}`,
      kind,
      partnerId: `${PREFIXES.partner}_${text.slice(at + 1, at + 1 + PARTNER)}`,
      ...(kind === 'code' && couponCode !== undefined && { code: couponCode }),
      at: instant(Number.parseInt(text.slice(at + 1 + PARTNER, at + CELL), 36)),
    };
  });
}
