import { KMSClient } from '@aws-sdk/client-kms';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { derive } from '../../lib/ids.ts';
import { auditLog } from '../../lib/store/audit.ts';
import { partners as partnerStore, type StoredPartner } from '../../lib/store/partners.ts';
import { taxVaultReader } from '../../lib/store/tax-vault.ts';
import { taxpayerKeys } from '../../lib/store/taxpayer-keys.ts';
import { taxpayers as taxpayerStore } from '../../lib/store/taxpayers.ts';
import { currentFingerprint, taxpayerFingerprint } from '../../lib/tax/taxpayer.ts';
import { MatchOrder } from '../../lib/tax/year-end/order.ts';

const client = documentClient();
const core = env('coreTable');
const kms = new KMSClient({});
const partners = partnerStore(client, core);
const taxpayers = taxpayerStore(client, core);
const audit = auditLog(client, core);
const vault = taxVaultReader(client, env('vaultTable'), kms);
const keys = taxpayerKeys(client, env('vaultTable'), kms, env('vaultKey'));

/** Partners whose fingerprints are read together: what one batch takes. */
const PAGE = 100;
/** Forms opened at once. */
const WIDTH = 16;

/**
 * Finds out which partners of a brand have the same taxpayer number: makes the fingerprint of every W-9 that has none yet, those of before
 * there were fingerprints too. It opens no form twice and nothing of a form but its number, whose fingerprint is all that leaves it.
 */
export const handler = job(MatchOrder, async (order, { enough }) => {
  const { brandId, asOf, rewrite, cursor: from, ...asked } = order;
  const answer = { brandId, asOf, ...asked, ...(rewrite !== undefined && { rewrite }) };
  // Files that are written again are what they were.
  if (rewrite !== undefined) return { ...answer, cursor: null, matched: 0 };
  let key: string | undefined;
  let matched = 0;
  let cursor = from ?? undefined;
  do {
    const page = await partners.list(brandId, { cursor, limit: PAGE });
    const fresh = await unmatched(brandId, page.items);
    if (fresh.length > 0) {
      key ??= await keys.of(brandId, asOf, systemEntropy);
      await note(order, fresh);
      const opened = key;
      await atOnce(WIDTH, fresh, (partner) => match(partner, opened));
      matched += fresh.length;
    }
    cursor = page.cursor;
  } while (cursor !== undefined && enough());
  return { ...answer, cursor: cursor ?? null, matched };
});

/** Those with a W-9 that has no fingerprint yet. */
async function unmatched(brandId: string, people: readonly StoredPartner[]): Promise<StoredPartner[]> {
  const withForm = people.filter(({ taxForm }) => taxForm?.form === 'w9');
  const known = await taxpayers.many(
    brandId,
    withForm.map(({ partnerId }) => partnerId),
  );
  return withForm.filter(({ partnerId, taxForm }) => currentFingerprint(taxForm, known.get(partnerId)) === undefined);
}

async function match({ brandId, partnerId, taxForm }: StoredPartner, key: string): Promise<void> {
  const formVersion = taxForm!.version;
  const leaves = await vault.read({ brandId, partnerId, version: formVersion }, ['tin.box', 'tin.number']);
  const [box, number] = [leaves?.['tin.box'], leaves?.['tin.number']];
  if (box === undefined || number === undefined)
    throw new Error(`partner ${partnerId} has a tax form that is not in the vault`);
  await taxpayers.put(brandId, partnerId, { fingerprint: taxpayerFingerprint(key, box, number), formVersion });
}

/** Before the forms are opened. */
async function note({ brandId, asOf }: MatchOrder, fresh: readonly StoredPartner[]): Promise<void> {
  const forms = fresh.map(({ partnerId, taxForm }) => `${partnerId}/${taxForm!.version}`);
  const auditId = derive('audit', brandId, 'match-taxpayers', ...forms);
  const who = { brandId, at: asOf, person: 'match-taxpayers', keyId: 'jobs/match-taxpayers' };
  await audit.record({
    auditId,
    ...who,
    action: 'matchTaxpayers',
    target: 'taxpayers',
    after: { forms: forms.length },
  });
}
