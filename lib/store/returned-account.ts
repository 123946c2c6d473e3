import type { Instant } from '../time.ts';
import type { AuditEntry } from './audit.ts';
import type { PartnerStore, StoredPartner } from './partners.ts';
import type { StoredItem } from './payout-runs.ts';

/**
 * Notes that the account a payment came back from takes no more, so that no run pays it until other details are given. A later account of the
 * partner's is another, and one that is marked stays as it was marked.
 *
 * @param entry tells the audit log who noted it.
 */
export async function markReturned(
  partners: PartnerStore,
  { brandId, partnerId, settled }: StoredItem,
  returned: { readonly code: string; readonly at: Instant },
  entry: (change: { target: string; before: object; after: object }) => AuditEntry,
): Promise<void> {
  const mark = ({ payoutMethod, ...partner }: StoredPartner) => {
    const paidTo = payoutMethod?.rail !== 'external' && payoutMethod;
    const isOther =
      !paidTo || (paidTo.changedAt !== undefined && settled !== undefined && paidTo.changedAt > settled.at);
    if (isOther || paidTo.returned) return { ...partner, ...(payoutMethod && { payoutMethod }) };
    return { ...partner, payoutMethod: { ...paidTo, returned } };
  };
  const tell = (before: object, after: object) => entry({ target: partnerId, before, after });
  const { outcome } = await partners.update(brandId, partnerId, mark, tell);
  if (outcome === 'stale' || outcome === 'email-taken') throw new Error(`the account of ${partnerId} was not marked`);
}
