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

/** A query of ElectroDB, as far as paging goes. */
interface Query<Row> {
  go(options: object): Promise<{ data: readonly Row[]; cursor: unknown }>;
}

/**
 * Reads one page of a query. `keyAt` makes the whole key (of table and index) of the item at a position, `position` says where an item
 * stands; both are the store's, so that cursors carry positions only.
 */
export async function readPage<Row>(
  query: Query<Row>,
  request: PageRequest,
  keyAt: (position: string) => Readonly<Record<string, string>>,
  position: (row: Row) => string,
): Promise<Page<Row>> {
  const { data, cursor } = await query.go({
    limit: request.limit ?? DEFAULT_LIMIT,
    order: request.newestFirst ? 'desc' : 'asc',
    pager: 'raw',
    cursor: request.cursor === undefined ? null : keyAt(request.cursor),
  });
  return pageOf(data, Boolean(cursor), position);
}

/** A page from what a query answered; `more` is whether DynamoDB gave a key to go on from. */
export function pageOf<Item>(items: readonly Item[], more: boolean, position: (last: Item) => string): Page<Item> {
  const last = items.at(-1);
  return more && last !== undefined ? { items, cursor: position(last) } : { items };
}
