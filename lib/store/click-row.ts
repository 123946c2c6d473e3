import { brandOfLink } from '../ids.ts';
import type { Click } from '../tracking/click.ts';
import { SUB_NAMES, type SubName } from '../tracking/sub-ids.ts';
import type { Reason } from '../tracking/verdict.ts';

/**
 * A click as it lies in the clicks table: mostly two hundred bytes of the kilobyte that one write unit buys, never more than it
 * (`sub-ids.ts` sees to that).
 *
 * pk `<brandId>#<programId>#<visitor>`, sk `<time>#<nonce>`, `p` partner, `l` link, `r` referrer's host, `v` verdict unless human, `w`
 * reasons, `m` mode unless moderate, `c` country, `s1` … `s5` and `sh` sub-ids, `expiresAt` TTL in seconds.
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
    ...(click.verdict === undefined ? {} : { v: { S: click.verdict } }),
    ...(click.reasons === undefined ? {} : { w: { S: click.reasons.join(' ') } }),
    ...(click.mode === undefined ? {} : { m: { S: click.mode } }),
    ...(click.country === undefined ? {} : { c: { S: click.country } }),
    ...(click.subs === undefined ? {} : subCells(click.subs)),
    expiresAt: { N: String(click.expiresAt) },
  };
}

/** `sub1` → `s1`, `sharedid` → `sh`. */
const cellOf = (name: SubName) => (name === 'sharedid' ? 'sh' : `s${name.slice(3)}`);

const subCells = (subs: NonNullable<Click['subs']>): ClickItem =>
  Object.fromEntries(Object.entries(subs).map(([name, value]) => [cellOf(name as SubName), { S: value }]));

export const clickPartition = (brandId: string, programId: string, visitor: string): string =>
  `${brandId}#${programId}#${visitor}`;

/** The click of an unmarshalled item of the table or of its stream. */
export function toClick(item: Readonly<Record<string, unknown>>): Click {
  const { pk, sk, p, l, r, v, w, m, c, expiresAt } = item as Record<string, string> & { readonly expiresAt: number };
  const subs = SUB_NAMES.flatMap((name) => (item[cellOf(name)] === undefined ? [] : [[name, item[cellOf(name)]]]));
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
    ...(v === undefined ? {} : { verdict: v as NonNullable<Click['verdict']> }),
    ...(w === undefined ? {} : { reasons: w.split(' ') as Reason[] }),
    ...(m === undefined ? {} : { mode: m as NonNullable<Click['mode']> }),
    ...(c === undefined ? {} : { country: c }),
    ...(subs.length === 0 ? {} : { subs: Object.fromEntries(subs) }),
    expiresAt,
  };
}
