import { brandOfLink } from '../ids.ts';
import type { Click } from '../tracking/click.ts';

/**
 * A click as it lies in the clicks table: two hundred bytes of the kilobyte that one write unit buys.
 *
 * pk `<brandId>#<programId>#<visitor>`, sk `<time>#<nonce>`, `p` partner, `l` link, `r` referrer's host, `expiresAt` TTL in seconds.
 *
 * Apart from `clicks.ts` so that the click function can write rows without the document client.
 */
type Attribute = { readonly S: string } | { readonly N: string };
export type ClickItem = Readonly<Record<string, Attribute>>;

/** The item in DynamoDB's own JSON. The same click always gives the same item, so writing it twice stores it once. */
export function clickItem(click: Click): ClickItem {
  return {
    pk: { S: clickPartition(click.brandId, click.programId, click.visitor) },
    sk: { S: `${click.at}#${click.nonce}` },
    p: { S: click.partnerId },
    l: { S: click.link },
    ...(click.referrerHost === undefined ? {} : { r: { S: click.referrerHost } }),
    expiresAt: { N: String(click.expiresAt) },
  };
}

export const clickPartition = (brandId: string, programId: string, visitor: string): string =>
  `${brandId}#${programId}#${visitor}`;

/** The click of an unmarshalled item of the table or of its stream. */
export function toClick(item: Readonly<Record<string, unknown>>): Click {
  const { pk, sk, p, l, r, expiresAt } = item as Record<string, string> & { readonly expiresAt: number };
  const [, programId, visitor] = pk!.split('#') as [string, string, string];
  const [at, nonce] = sk!.split('#') as [string, string];
  return {
    brandId: brandOfLink(l!),
    programId,
    partnerId: p!,
    link: l!,
    at,
    visitor,
    nonce,
    ...(r === undefined ? {} : { referrerHost: r }),
    expiresAt,
  };
}
