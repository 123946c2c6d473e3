import { isPublicAddress } from './address.ts';

/** Ports that a webhook may be received at; the second is what servers behind another one take. */
const PORTS = new Set(['', '443', '8443']);

/** Names that no public server has: one word alone, and the endings kept for local use (RFC 6761, RFC 6762, RFC 9476, RFC 8375). */
const LOCAL_NAME = /^[^.]+\.?$|(^|\.)(localhost|local|internal|home\.arpa)\.?$/i;

/**
 * Why nothing may be sent to a URL, as far as the URL itself tells; nothing when it may. Names are looked up later and their addresses
 * judged then, at every redirect again.
 *
 * @param exceptions origins that are let through whatever they are, e.g. `http://127.0.0.1:4498`; none but on a developer's machine.
 */
export function whyNotTarget(url: URL, exceptions: readonly string[]): string | undefined {
  if (url.username || url.password) return 'must not carry a user name or password';
  if (exceptions.includes(url.origin)) return undefined;
  if (url.protocol !== 'https:') return 'must be an https:// address';
  if (!PORTS.has(url.port)) return 'must be at port 443 or 8443';
  const literal = literalOf(url);
  if (literal !== undefined && !isPublicAddress(literal)) return 'must not be a private or reserved address';
  if (literal === undefined && LOCAL_NAME.test(url.hostname)) return 'must name a host of the public Internet';
  return undefined;
}

/** The IP address that stands in a URL instead of a name. The URL parser has unfolded decimal, octal and hexadecimal forms. */
export function literalOf({ hostname }: URL): string | undefined {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return /^\d+(\.\d+){3}$/.test(hostname) ? hostname : undefined;
}
