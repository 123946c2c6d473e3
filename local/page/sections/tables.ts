import { html } from 'hono/html';
import { count, type Html, nothing, size, table } from '../../../web/parts.ts';
import type { Rooms, TableRoom } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Pages of an index that are read to count it; a larger one is shown as `n+`. */
const MAX_PAGES = 4;

interface Described {
  readonly Table: { readonly ItemCount?: number; readonly TableSizeBytes?: number; readonly TableStatus?: string };
}

/** How many items a table holds, as the engine counts them. */
export async function itemsOf(
  rooms: Pick<Rooms, 'askTables'>,
  { name }: TableRoom,
): Promise<{ readonly items: number; readonly bytes: number }> {
  const { Table } = await rooms.askTables<Described>('DescribeTable', { TableName: name });
  return { items: Table.ItemCount ?? 0, bytes: Table.TableSizeBytes ?? 0 };
}

/** The engine does not count its indexes, so their keys are read, up to a limit. */
async function countIndex(
  { askTables }: Pick<Rooms, 'askTables'>,
  TableName: string,
  IndexName: string,
): Promise<string> {
  let items = 0;
  let from: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await askTables<{ Count: number; LastEvaluatedKey?: unknown }>('Scan', {
      TableName,
      IndexName,
      Select: 'COUNT',
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    items += answer.Count;
    from = answer.LastEvaluatedKey;
    if (from === undefined) return count(items);
  }
  return `${count(items)}+`;
}

/** What the tables hold, and how much of it each index sees. */
export function tablesSection(rooms: Pick<Rooms, 'tables' | 'askTables' | 'shorten'>): Section {
  return {
    path: '/tables',
    title: 'Tables',
    mark: () => ({ text: count(rooms.tables.length) }),
    mount(app, show) {
      app.get('/tables', async (c) => {
        const rows: (readonly (Html | string | number)[])[] = [];
        for (const room of rooms.tables) {
          const { items, bytes } = await itemsOf(rooms, room);
          rows.push([
            html`<strong title="${room.name}">${rooms.shorten(room.name)}</strong>`,
            count(items),
            bytes > 0 ? size(bytes) : nothing,
          ]);
          for (const index of room.indexes)
            rows.push([
              html`<span class="quiet">↳ index</span> ${index}`,
              await countIndex(rooms, room.name, index),
              nothing,
            ]);
        }
        const columns = [{ title: 'Table' }, { title: 'Items', kind: 'num' }, { title: '', kind: 'wide' }] as const;
        return show(c, { title: 'Tables', body: table(columns, rows, 'The templates have no tables.') });
      });
    },
  };
}
