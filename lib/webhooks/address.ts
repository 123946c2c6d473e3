import ipaddr from 'ipaddr.js';

/** Global unicast, the only part of IPv6 that the Internet routes; NAT64, mapped and local forms all lie outside it. */
const GLOBAL_IPV6 = ipaddr.IPv6.parse('2000::');

/**
 * Whether an IP address is of the public Internet. Private, loopback, link-local (cloud metadata among them), shared (CGNAT), multicast,
 * documentation and every reserved address are not, and neither is an IPv6 form that carries an IPv4 address (mapped, NAT64, 6to4,
 * Teredo): what it would lead to is decided by somebody else's router.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_IPV6, 3);
}
