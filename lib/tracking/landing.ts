import { filled, type ProgramRules } from './program-rules.ts';
import { cut } from './redirect.ts';
import { SUB_NAMES, type SubIds } from './sub-ids.ts';

/** Parameters of a link's address that are for us. */
const OURS: ReadonlySet<string> = new Set(['u', 'via', ...SUB_NAMES]);
/** Of what is handed on: more than a page reads, less than a header holds. */
const MOST_PASSED = 30;
const MOST_PASSED_CHARACTERS = 2_000;

export interface Followed {
  readonly link: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly clickParameter: string;
  readonly subs: SubIds;
}

/**
 * The address a visitor lands on, without the click id: the destination, then what the program adds, then what is handed on of the
 * link's own query. A parameter that is there already is left alone, so that neither a partner nor a visitor can change what the
 * brand wrote; and nobody but us may write the click id.
 */
export function landingAddress(
  destinationUrl: string,
  followed: Followed,
  query: URLSearchParams | undefined,
  rules: ProgramRules,
): string {
  const { utm, standDownParameter, passQuery, denied } = rules;
  if (utm.length === 0 && standDownParameter === undefined && !(passQuery && query)) return destinationUrl;
  const [address, fragment] = cut(destinationUrl, '#');
  const taken = new Set(new URL(destinationUrl).searchParams.keys());
  const pairs: string[] = [];
  const add = (name: string, value: string): void => {
    if (taken.has(name) || name === followed.clickParameter) return;
    taken.add(name);
    pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  };
  const { link, programId: program, partnerId: partner, subs } = followed;
  for (const [name, template] of utm) {
    const value = filled(template, { link, program, partner, ...subs });
    if (value) add(name, value);
  }
  if (standDownParameter !== undefined) add(standDownParameter, '1');
  if (passQuery && query) {
    let left = MOST_PASSED_CHARACTERS;
    for (const [name, value] of [...query].slice(0, MOST_PASSED)) {
      left -= encodeURIComponent(name).length + encodeURIComponent(value).length + 2;
      if (left < 0) break;
      if (name && !OURS.has(name) && !denied.has(name)) add(name, value);
    }
  }
  if (pairs.length === 0) return destinationUrl;
  const separator = address.includes('?') ? (/[?&]$/.test(address) ? '' : '&') : '?';
  return `${address}${separator}${pairs.join('&')}${fragment === undefined ? '' : `#${fragment}`}`;
}
