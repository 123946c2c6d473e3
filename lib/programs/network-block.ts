import { BlockList, isIP } from 'node:net';

/** A network: an address and how many of its first bits are the network’s. */
export interface NetworkBlock {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `192.0.2.0/24` or `2001:db8::/32`; nothing when it is no network, or so wide that it would shut out whole continents. */
export function blockOf(text: string): NetworkBlock | undefined {
  const [, address = '', length = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = Number(length);
  const [least, most] = version === 4 ? [8, 32] : [16, 128];
  return bits < least || bits > most ? undefined : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether an address lies in one of the networks; an odd address lies in none. Compiled once, asked often. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const text of networks) {
    const block = blockOf(text);
    if (block) list.addSubnet(block.address, block.bits, block.family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
