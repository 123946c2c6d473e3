import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { LedgerStore } from './ledger.ts';

/** Journals of a chain after one and through another, however many pages they fill. The chain has no gaps, so the count says when it is read. */
export async function journalsBetween(
  store: Pick<LedgerStore, 'journals'>,
  key: LedgerKey,
  { after, through }: { readonly after: number; readonly through: number },
): Promise<Journal[]> {
  const journals: Journal[] = [];
  while (journals.length < through - after) {
    const page = await store.journals(key, {
      after: after + journals.length,
      limit: Math.min(500, through - after - journals.length),
    });
    if (page.length === 0)
      throw new RangeError(`journals ${after + 1} to ${through} of ${key.partnerId} are not all there`);
    journals.push(...page);
  }
  return journals;
}
