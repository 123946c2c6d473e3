import { leadsTo } from '../programs/destination.ts';

const LONGEST = 2048;

/**
 * Where a deep link (`?u=`) may lead: the address as it goes into `Location`, or nothing when it is not one the program allows.
 * Everything that parsers read in two ways is refused rather than repaired: blanks, controls, backslashes, user names, empty parts of a
 * host. So are ports: the program names hosts.
 */
export function deepDestination(u: string, hosts: readonly string[]): string | undefined {
  if (u.length > LONGEST || !/^https:\/\/[^/]/i.test(u) || /[\s\p{Cc}\\]/u.test(u)) return undefined;
  const url = URL.parse(u);
  if (url?.protocol !== 'https:' || url.username || url.password || url.port) return undefined;
  if (url.hostname.split('.').includes('')) return undefined;
  return leadsTo(url.hostname, hosts) && url.href.length <= LONGEST ? url.href : undefined;
}
