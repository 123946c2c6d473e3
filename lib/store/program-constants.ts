import type { LeanCall } from '../aws/lean-client.ts';
import type { Attributes } from './attribute-values.ts';

/** What never changes about a program and a conversion needs of it. */
export interface ProgramConstants {
  readonly currency: string;
}

/** Reads a program without the document client: the row that `programs.ts` writes. One read unit, consistent: a new program is there. */
export async function lookUpConstants(
  call: LeanCall,
  table: string,
  { brandId, programId }: { readonly brandId: string; readonly programId: string },
  deadlineMs: number,
): Promise<ProgramConstants | undefined> {
  const Key = { pk: { S: `${brandId}#PROGRAMS` }, sk: { S: programId } };
  const { Item } = (await call('GetItem', { TableName: table, Key, ConsistentRead: true }, deadlineMs)) as {
    Item?: Attributes;
  };
  if (!Item) return undefined;
  const text = (name: string): string => {
    const value = Item[name];
    if (value && 'S' in value) return value.S;
    throw new Error(`program ${programId} has no ${name}`);
  };
  return { currency: text('currency') };
}
