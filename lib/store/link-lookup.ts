import type { LeanCall } from '../aws/lean-client.ts';
import { brandOfLink } from '../ids.ts';

/** What following a link needs to know of it. */
export interface LinkTarget {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly code: string;
  /** In ASCII, as it goes into `Location`. */
  readonly destinationUrl: string;
  readonly clickParameter: string;
  readonly paused: boolean;
}

type Attributes = Readonly<Record<string, { readonly S?: string } | undefined>>;

/**
 * Reads a link for a click: the row that `links.ts` writes, without the document client. Half a read unit; a change shows a moment later.
 * Rejects when the row cannot be read, and when what it says is no place to send anybody.
 */
export async function lookUpLink(
  call: LeanCall,
  table: string,
  code: string,
  deadlineMs: number,
): Promise<LinkTarget | undefined> {
  const brandId = brandOfLink(code);
  const Key = { pk: { S: `${brandId}#LINK#${code}` }, sk: { S: '#' } };
  const { Item } = (await call('GetItem', { TableName: table, Key }, deadlineMs)) as { Item?: Attributes };
  if (!Item) return undefined;
  const text = (name: string): string => {
    const value = Item[name]?.S;
    if (value === undefined) throw new Error(`link ${code} has no ${name}`);
    return value;
  };
  const destination = new URL(text('destinationUrl'));
  if (destination.protocol !== 'https:') throw new Error(`link ${code} leads to ${destination.protocol}`);
  return {
    brandId,
    programId: text('programId'),
    partnerId: text('partnerId'),
    code,
    destinationUrl: destination.href,
    clickParameter: text('clickParameter'),
    paused: text('status') !== 'active',
  };
}
