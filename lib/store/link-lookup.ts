import type { LeanCall } from '../aws/lean-client.ts';
import { brandOfLink } from '../ids.ts';
import type { LinkTarget } from '../tracking/link.ts';
import type { LinkName } from '../tracking/slug.ts';

type Attributes = Readonly<Record<string, { readonly S?: string; readonly BOOL?: boolean } | undefined>>;

/**
 * Reads a link for a click by its code or its slug: the rows that `links.ts` writes, without the document client. Half a read unit either
 * way; a change shows a moment later.
 * Rejects when the row cannot be read, and when what it says is no place to send anybody.
 */
export async function lookUpLink(
  call: LeanCall,
  table: string,
  name: LinkName,
  deadlineMs: number,
): Promise<LinkTarget | undefined> {
  const brandId = name.kind === 'code' ? brandOfLink(name.code) : name.brandId;
  const row = name.kind === 'code' ? `LINK#${name.code}` : `SLUG#${name.slug}`;
  const Key = { pk: { S: `${brandId}#${row}` }, sk: { S: '#' } };
  const { Item } = (await call('GetItem', { TableName: table, Key }, deadlineMs)) as { Item?: Attributes };
  if (!Item) return undefined;
  const text = (name: string): string => {
    const value = Item[name]?.S;
    if (value === undefined) throw new Error(`${row} has no ${name}`);
    return value;
  };
  const code = name.kind === 'code' ? name.code : text('code');
  const destination = new URL(text('destinationUrl'));
  if (destination.protocol !== 'https:') throw new Error(`${row} leads to ${destination.protocol}`);
  return {
    brandId,
    programId: text('programId'),
    partnerId: text('partnerId'),
    code,
    destinationUrl: destination.href,
    clickParameter: text('clickParameter'),
    paused: text('status') !== 'active',
    endsAt: Item.endsAt?.S,
    capped: Item.capped?.BOOL === true,
    cappedUntil: Item.cappedUntil?.S,
  };
}
