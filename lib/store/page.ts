/**
 * A stretch of a list. `cursor` is the position after its last item (usually that item's id), absent at the end of the list. It holds no key:
 * the store builds the key from the brand it was given, so no cursor leads out of a tenant.
 */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

export interface PageRequest {
  readonly cursor?: string | undefined;
  /** Items to read at most; 50 unless said. */
  readonly limit?: number | undefined;
  /** Newest first instead of oldest first. */
  readonly newestFirst?: boolean | undefined;
}

export const DEFAULT_LIMIT = 50;

/** A page from what a query answered: there may be more only if DynamoDB says so. */
export function pageOf<Item>(items: readonly Item[], more: boolean, position: (last: Item) => string): Page<Item> {
  const last = items.at(-1);
  return more && last !== undefined ? { items, cursor: position(last) } : { items };
}
