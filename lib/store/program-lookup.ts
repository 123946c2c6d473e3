import type { LeanCall } from '../aws/lean-client.ts';
import type { TrackingSettings } from '../programs/tracking-settings.ts';
import { type ProgramRules, programRules } from '../tracking/program-rules.ts';

/** DynamoDB's own JSON, as far as programs use it. */
type Cell = {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly Cell[];
  readonly M?: Readonly<Record<string, Cell>>;
};

function plain(cell: Cell | undefined): unknown {
  if (!cell || cell.NULL) return null;
  if (cell.M) return Object.fromEntries(Object.entries(cell.M).map(([name, inner]) => [name, plain(inner)]));
  return cell.L?.map(plain) ?? cell.S ?? cell.BOOL ?? Number(cell.N);
}

/** Reads a program for a click: the row that `programs.ts` writes, without the document client. Half a read unit. */
export async function lookUpProgram(
  call: LeanCall,
  table: string,
  brandId: string,
  programId: string,
  deadlineMs: number,
): Promise<ProgramRules | undefined> {
  const Key = { pk: { S: `${brandId}#PROGRAMS` }, sk: { S: programId } };
  const { Item } = (await call('GetItem', { TableName: table, Key }, deadlineMs)) as { Item?: Record<string, Cell> };
  if (!Item) return undefined;
  const own = URL.parse(Item.destinationUrl?.S ?? '')?.hostname;
  const allowed = (plain(Item.allowedHosts) ?? []) as string[];
  return programRules({
    paused: Item.status?.S === 'paused',
    hosts: own ? [own, ...allowed] : allowed,
    tracking: (plain(Item.tracking) ?? {}) as Partial<TrackingSettings>,
  });
}
