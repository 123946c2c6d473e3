import type { CookieRule } from '../programs/tracking-settings.ts';

/** EEA, Switzerland and the United Kingdom, with the territories that have codes of their own and the same rule: no cookie without consent. */
const EUROPE = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO CH GB GF GP MQ RE YT MF AX GI'.split(
    ' ',
  ),
);

/**
 * Whether a visitor's browser may keep a cookie of ours. Who asked not to be followed never gets one. A visitor of unknown country is taken
 * for a European: a missing header must not be the way around a law.
 */
export function mayKeepCookie(rule: CookieRule, country: string | undefined, refusesTracking: boolean): boolean {
  if (refusesTracking || rule === 'never') return false;
  return rule === 'always' || (country !== undefined && !EUROPE.has(country));
}
