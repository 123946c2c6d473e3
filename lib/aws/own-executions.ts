import { isExecutionOf } from './execution-name.ts';
import { notAPlace } from './states.ts';

interface Listed<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

/** Pages of the workflow's list that one request reads at most; past them the answer says where to go on. */
const MOST_PAGES = 10;

/**
 * The executions of one brand in the list of all, newest first. Step Functions cannot filter by name, so pages are read until there are
 * enough; a position is the place in the whole list: the page's token, and how many of the brand's were taken from it.
 */
export async function ownExecutions<Item extends { readonly name: string }>(
  brandId: string,
  list: (cursor: string | undefined) => Promise<Listed<Item>>,
  request: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ readonly items: readonly Item[]; readonly cursor?: string }> {
  let [token, taken] = placeOf(request.cursor);
  const items: Item[] = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items: all, cursor } = await list(token);
    const own = all.filter(({ name }) => isExecutionOf(brandId, name)).slice(taken);
    const room = request.limit - items.length;
    items.push(...own.slice(0, room));
    if (own.length > room) return { items, cursor: `${taken + room} ${token ?? ''}` };
    if (cursor === undefined) return { items };
    [token, taken] = [cursor, 0];
  }
  return { items, cursor: `0 ${token ?? ''}` };
}

function placeOf(cursor: string | undefined): [token: string | undefined, taken: number] {
  if (cursor === undefined) return [undefined, 0];
  const [, taken, token] = /^(\d{1,6}) (.*)$/s.exec(cursor) ?? [];
  if (taken === undefined) throw notAPlace();
  return [token || undefined, Number(taken)];
}
