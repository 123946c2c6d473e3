import type { Page, PageRequest } from './page.ts';

/** A list that can be read from a place on, whose place is an id. */
interface Listed<Item> {
  /** The item at the place, which is where the walk goes on. */
  readonly one: (id: string) => Promise<Item | undefined>;
  readonly list: (request: PageRequest) => Promise<Page<Item>>;
}

/** Every item of a list, page by page as it is asked for; from an id on, that one included, so that a job can go on where it stopped. */
export async function* walk<Item>({ one, list }: Listed<Item>, from?: string): AsyncGenerator<Item> {
  const first = from === undefined ? undefined : await one(from);
  if (first !== undefined) yield first;
  let cursor = from;
  do {
    const page: Page<Item> = await list({ cursor, limit: 100 });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
