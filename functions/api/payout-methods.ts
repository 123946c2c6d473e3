import { KMSClient } from '@aws-sdk/client-kms';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { payoutMethodsContracts } from '../../lib/http/contracts/payout-methods.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { accountLast4 } from '../../lib/partners/bank-account.ts';
import type { PayoutMethod } from '../../lib/partners/partner.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { vaultWriter } from '../../lib/store/vault.ts';

const client = documentClient();
const table = env('coreTable');
const partners = partnerStore(client, table);
const vault = vaultWriter({ kms: new KMSClient({}), table: env('vaultTable'), keyArn: env('vaultKey') });

/** The vault's row and what the partner shows of it are written together: neither ever speaks of another account than the other. */
const setPayoutMethod = operation(
  payoutMethodsContracts.setPayoutMethod,
  async ({ params, body, who, at, headers, entry }) => {
    const { partnerId } = params;
    const { brandId } = who;
    if (!(await partners.get(brandId, partnerId))) throw missing('partner', partnerId);
    let payoutMethod: PayoutMethod = { rail: 'external' };
    let row = vault.forgetWrite(brandId, partnerId, at);
    if (body.rail === 'bank-csv') {
      const { rail, ...details } = body;
      payoutMethod = { rail, accountHolder: details.accountHolder, accountLast4: accountLast4(details), changedAt: at };
      row = await vault.bankDetailsWrite(brandId, partnerId, details, at);
    }
    const revision = await partners.update(
      brandId,
      partnerId,
      (partner) => ({ ...partner, payoutMethod }),
      (before, after) => entry({ target: partnerId, before, after }),
      { expected: expectedRevision(headers), also: [row] },
    );
    if (revision.outcome === 'email-taken') throw new Error('the address was not part of the change');
    return revisedRow(revision, 'partner', partnerId);
  },
);

export const handler = serve({ setPayoutMethod }, { client, table });
