import type { Program } from './program.ts';

type Rules = Pick<Program, 'destinationUrl' | 'allowedHosts' | 'clickParameter'>;

/**
 * Why a link must not lead to an address; nothing when it may. A link leads to the host of the program's destination, to one of its allowed
 * hosts, or to a subdomain of either, so that a tracking link is never an open redirect. `url` is an https address already.
 */
export function whyNotDestination(
  url: string,
  { destinationUrl, allowedHosts, clickParameter }: Rules,
): string | undefined {
  const { hostname, searchParams } = new URL(url);
  const hosts = [new URL(destinationUrl).hostname, ...allowedHosts];
  if (!leadsTo(hostname, hosts)) {
    return `must lead to ${hosts.join(', ')} or a subdomain`;
  }
  return searchParams.has(clickParameter)
    ? `must not carry the parameter ${clickParameter}: the click id is put there`
    : undefined;
}

/** Whether a host is one of these or a subdomain of one. */
export const leadsTo = (hostname: string, hosts: readonly string[]): boolean =>
  hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
