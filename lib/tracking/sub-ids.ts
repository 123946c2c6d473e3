/** What a partner writes into a link to find it again in reports: five ids of its own and one it shares with the brand. */
export const SUB_NAMES = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sharedid'] as const;
export type SubName = (typeof SUB_NAMES)[number];
export type SubIds = Partial<Readonly<Record<SubName, string>>>;

/** Characters of one id. */
export const SUB_LENGTH = 255;
/** Bytes of all together, in UTF-8: with the longest of everything else a click's row then stays below the kilobyte that one write unit buys. */
export const SUB_BYTES = 600;

/**
 * The sub-ids of a query. What is too long is cut rather than refused, since a visitor waits and the order matters more than its label:
 * each at {@link SUB_LENGTH} characters, and, in their order, what goes past {@link SUB_BYTES} bytes in all. Controls are dropped.
 */
export function subIdsOf(query: URLSearchParams): { readonly subs: SubIds; readonly cut: boolean } {
  const subs: Partial<Record<SubName, string>> = {};
  let left = SUB_BYTES;
  let cut = false;
  for (const name of SUB_NAMES) {
    const given = query.get(name)?.replace(/[\p{Cc}\p{Cs}]/gu, '');
    if (!given) continue;
    const kept = within(given, left);
    cut ||= kept !== given;
    if (!kept) continue;
    subs[name] = kept;
    left -= Buffer.byteLength(kept);
  }
  return { subs, cut };
}

/** The beginning of a text that fits, cut between characters. */
function within(text: string, bytes: number): string {
  if (text.length <= SUB_LENGTH && text.length * 3 <= bytes) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes || kept.length + character.length > SUB_LENGTH) break;
    kept += character;
  }
  return kept;
}
