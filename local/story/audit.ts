import type { AuditTally } from '../../lib/ledger/audit-order.ts';
import { execute } from './brand-api.ts';
import type { People } from './close-month.ts';

/** Has everything that the story stored checked against the laws of the ledger, and says what was found. */
export async function auditLedger({ owner }: Pick<People, 'owner'>, at: string): Promise<string> {
  const { output } = await execute(owner, 'audit-ledger', { asOf: at }, at);
  const { shards = [] } = (output ?? {}) as { readonly shards?: readonly { readonly tally: AuditTally }[] };
  const sum = (name: 'chains' | 'journals' | 'statements' | 'runs' | 'violations') =>
    shards.reduce((total, { tally }) => total + tally[name], 0);
  const looked = `${sum('journals')} journals in ${sum('chains')} ledgers, ${sum('runs')} payout runs, ${sum('statements')} statements`;
  const [first] = shards.flatMap(({ tally }) => tally.examples);
  if (!first) return `audited ${looked}: every law of the ledger holds`;
  return `audited ${looked}: ${sum('violations')} laws broken; the first: ${first.where}: ${first.found}`;
}
