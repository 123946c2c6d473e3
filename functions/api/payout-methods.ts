import { KMSClient } from '@aws-sdk/client-kms';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env, outboundExceptions } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { payoutMethodsContracts } from '../../lib/http/contracts/payout-methods.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { accountLast4 } from '../../lib/partners/bank-account.ts';
import type { PayoutMethod } from '../../lib/partners/partner.ts';
import { shownAs } from '../../lib/partners/provider-details.ts';
import { PROVIDER_SERVERS, type ProviderAccount, whyNotServer } from '../../lib/payouts/rails/provider.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { payoutProviders, providerWriter } from '../../lib/store/payout-providers.ts';
import { vaultWriter } from '../../lib/store/vault.ts';

const client = documentClient();
const table = env('coreTable');
const partners = partnerStore(client, table);
const kms = new KMSClient({});
const vault = vaultWriter({ kms, table: env('vaultTable'), keyArn: env('vaultKey') });
const accounts = providerWriter(client, table, kms, env('vaultKey'));
const exceptions = outboundExceptions();

/** The vault's row and what the partner shows of it are written together: neither ever speaks of another account than the other. */
const setPayoutMethod = operation(
  payoutMethodsContracts.setPayoutMethod,
  async ({ params, body, who, at, headers, entry }) => {
    const { partnerId } = params;
    const { brandId } = who;
    if (!(await partners.get(brandId, partnerId))) throw missing('partner', partnerId);
    let payoutMethod: PayoutMethod = { rail: 'external' };
    if (body.rail === 'bank-csv') {
      const { rail, accountHolder } = body;
      payoutMethod = { rail, accountHolder, accountLast4: accountLast4(body), changedAt: at };
    } else if (body.rail !== 'external') {
      payoutMethod = { rail: body.rail, ...shownAs(body), changedAt: at };
    }
    const row =
      body.rail === 'external'
        ? vault.forgetWrite(brandId, partnerId, at)
        : await vault.detailsWrite(brandId, partnerId, body, at);
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

const setPayoutProvider = operation(payoutMethodsContracts.setPayoutProvider, async ({ body, who, at, entry }) => {
  const { provider, server: url = PROVIDER_SERVERS[provider][0] } = body;
  const why = whyNotServer(provider, url, exceptions);
  if (why !== undefined)
    throw new VisibleError('invalid', 'invalid-fields', `server: ${why}`, [{ field: 'server', message: why }]);
  const [account, secret] =
    body.provider === 'paypal' ? [body.clientId, body.clientSecret] : [body.profileId, body.apiToken];
  const row: ProviderAccount = { brandId: who.brandId, provider, server: new URL(url).origin, account, changedAt: at };
  await accounts.set(row, secret, entry({ target: provider, after: { server: row.server, account } }));
  return row;
});

const listPayoutProviders = operation(payoutMethodsContracts.listPayoutProviders, async ({ who }) => ({
  items: await payoutProviders(client, table).list(who.brandId),
}));

const removePayoutProvider = operation(payoutMethodsContracts.removePayoutProvider, async ({ params, who, entry }) => {
  const { provider } = params;
  if (!(await accounts.remove(who.brandId, provider, entry({ target: provider }))))
    throw missing('payout-provider', provider);
  return { provider };
});

export const handler = serve(
  { setPayoutMethod, setPayoutProvider, listPayoutProviders, removePayoutProvider },
  { client, table },
);
