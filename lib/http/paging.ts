import * as z from 'zod';
import { VisibleError } from '../errors.ts';
import { DEFAULT_LIMIT, type Page } from '../store/page.ts';

/** Query parameters of every list; spread into the contract's `query`. */
export const PAGING = {
  limit: z.coerce
    .number('must be a number from 1 to 200')
    .int()
    .min(1)
    .max(200)
    .default(DEFAULT_LIMIT)
    .meta({ description: 'Items to answer at most' }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4000}$/, 'must be a nextCursor as answered before')
    .optional()
    .meta({ description: 'The `nextCursor` of the page before; the other parameters must stay the same' }),
};

/** The answer of every list: its items, and where the next page starts unless this is the last. */
export const pageAnswer = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

/** What a list is a list of: brand, route and whatever else chose its items. */
export type Scope = readonly string[];

/** A store's position as an opaque cursor. It is bound to its list, so that it fails loudly elsewhere; it is no secret and guards nothing. */
export function toCursor(position: string, scope: Scope): string {
  return Buffer.from(JSON.stringify([scope, position])).toString('base64url');
}

/** The position in a cursor; refuses one of another list, another brand or no list at all. */
export function fromCursor(cursor: string | undefined, scope: Scope): string | undefined {
  if (cursor === undefined) return undefined;
  const position = read(cursor, JSON.stringify(scope));
  if (position !== undefined) return position;
  const field = { field: 'cursor', message: 'must be the nextCursor of the same list with the same parameters' };
  throw new VisibleError('invalid', 'invalid-fields', `cursor: ${field.message}`, [field]);
}

function read(cursor: string, scope: string): string | undefined {
  try {
    const [of, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    return JSON.stringify(of) === scope && typeof position === 'string' && position.length <= 2500
      ? position
      : undefined;
  } catch {
    return undefined;
  }
}

/** A store's page as the answer of a list. */
export function answerPage<Item>(page: Page<Item>, scope: Scope): { items: Item[]; nextCursor?: string } {
  const items = [...page.items];
  return page.cursor === undefined ? { items } : { items, nextCursor: toCursor(page.cursor, scope) };
}
