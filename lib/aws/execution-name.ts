import { toBase32 } from '../ids.ts';
import type { Instant } from '../time.ts';

/**
 * Name of a workflow run that a brand starts: the brand's id, the time, six random characters. The id in front says whose run it is;
 * scheduled runs cover every brand, bear no brand's name, and are shown to none.
 */
export function executionName(brandId: string, at: Instant, random: Uint8Array): string {
  const tail = toBase32(BigInt(`0x${Buffer.from(random).toString('hex')}`), 6);
  return `${brandId}-${at.replace(/[-:.Z]/g, '')}-${tail}`;
}

export const isExecutionOf = (brandId: string, name: string): boolean => name.startsWith(`${brandId}-`);
