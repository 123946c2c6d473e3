import { LINK_CODE, PREFIXES } from '../ids.ts';

/**
 * A name of a link’s own: `/c/4k9w2x-summer`. The brand's six characters stand in front, as they do in a code, so the key of its row is
 * known without asking anybody; the dash tells it from a code. Slugs are kept in lower case and mean the same in any.
 */
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const PUBLIC = /^([0-9a-hjkmnp-tv-z]{6})-(.+)$/;

/** Names that people would take for the brand's own pages, or for ours. */
const RESERVED: ReadonlySet<string> = new Set(
  'about account admin administrator api app auth billing blog cart checkout contact dashboard docs help home imprint index legal login logout mail null official order orders pay payment payments payout privacy root security settings shop signin signup staff status support system terms test tributary undefined well-known www'.split(
    ' ',
  ),
);

/** Why a text cannot be a slug; nothing when it can. */
export function whyNotSlug(text: string): string | undefined {
  if (!SLUG.test(text)) return 'must be 1 to 40 of a–z, 0–9 and -, with no - at either end';
  return RESERVED.has(text) ? 'is a reserved word' : undefined;
}

/** What stands in a link's address: a code, or a brand and a slug of it. Capitals are forgiven: people type links. */
export type LinkName =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'slug'; readonly brandId: string; readonly slug: string };

export function linkName(text: string): LinkName | undefined {
  const lower = text.toLowerCase();
  if (LINK_CODE.test(lower)) return { kind: 'code', code: lower };
  const [, brand, slug] = PUBLIC.exec(lower) ?? [];
  if (brand === undefined || slug === undefined || !SLUG.test(slug)) return undefined;
  return { kind: 'slug', brandId: `${PREFIXES.brand}_${brand}`, slug };
}

/** A slug as it stands in an address. */
export const publicSlug = (brandId: string, slug: string): string =>
  `${brandId.slice(PREFIXES.brand.length + 1)}-${slug}`;
