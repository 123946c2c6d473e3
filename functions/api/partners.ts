import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { partnersContracts } from '../../lib/http/contracts/partners.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import type { Partner } from '../../lib/partners/partner.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { withCountry } from '../../lib/tax/accept-form.ts';

const client = documentClient();
const table = env('coreTable');
const partners = partnerStore(client, table);

const createPartner = operation(partnersContracts.createPartner, async ({ body, who, at, mint, entry }) => {
  const partner: Partner = { ...body, partnerId: mint('partner'), createdAt: at };
  const created = await partners.create(who.brandId, partner, entry({ target: partner.partnerId, after: body }));
  if (created.outcome === 'email-taken') throw emailTaken(created.by);
  return { ...partner, revision: 1 };
});

const listPartners = operation(partnersContracts.listPartners, async ({ query, who }) => {
  if (query.email !== undefined) {
    const partner = await partners.withEmail(who.brandId, query.email);
    return { items: partner ? [partner] : [] };
  }
  const scope = [who.brandId, 'partners'];
  const page = await partners.list(who.brandId, { limit: query.limit, cursor: fromCursor(query.cursor, scope) });
  return answerPage(page, scope);
});

const getPartner = operation(partnersContracts.getPartner, async ({ params, who }) => {
  const partner = await partners.get(who.brandId, params.partnerId);
  if (!partner) throw missing('partner', params.partnerId);
  return partner;
});

const updatePartner = operation(partnersContracts.updatePartner, async ({ params, body, who, at, headers, entry }) => {
  const { partnerId } = params;
  const { country, manager, ...fields } = body;
  const revision = await partners.update(
    who.brandId,
    partnerId,
    (partner) => ({
      ...partner,
      ...fields,
      country: country === undefined ? partner.country : (country ?? undefined),
      taxForm: withCountry(partner.taxForm, { from: partner.country, to: country ?? undefined, at }),
      manager: manager === undefined ? partner.manager : (manager ?? undefined),
    }),
    (before, after) => entry({ target: partnerId, before, after }),
    { expected: expectedRevision(headers) },
  );
  if (revision.outcome === 'email-taken') throw emailTaken(revision.by);
  return revisedRow(revision, 'partner', partnerId);
});

function emailTaken(by: string): VisibleError {
  const field = { field: 'email', message: `must be of no other partner; ${by} has it` };
  return new VisibleError('conflict', 'email-taken', `An address names one partner, and ${by} has this one.`, [field]);
}

export const handler = serve({ createPartner, listPartners, getPartner, updatePartner }, { client, table });
