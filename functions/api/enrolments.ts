import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { enrolmentsContracts } from '../../lib/http/contracts/enrolments.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { change } from '../../lib/partners/enrolment.ts';
import type { Enrolment } from '../../lib/partners/partner.ts';
import { offeredCurrencies } from '../../lib/programs/payout-currencies.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { programs as programStore } from '../../lib/store/programs.ts';

const client = documentClient();
const table = env('coreTable');
const enrolments = enrolmentStore(client, table);
const partners = partnerStore(client, table);
const programs = programStore(client, table);

const enrolPartner = operation(enrolmentsContracts.enrolPartner, async ({ params, body, who, at, entry }) => {
  const { programId } = params;
  const { partnerId, group, tier, recruitedBy } = body;
  const [program, partner] = await Promise.all([
    programs.get(who.brandId, programId),
    partners.get(who.brandId, partnerId),
  ]);
  if (!program) throw missing('program', programId);
  if (!partner) throw missing('partner', partnerId);
  if (recruitedBy !== undefined && !(await enrolments.get(who.brandId, programId, recruitedBy))) {
    const field = { field: 'recruitedBy', message: `must be a partner of ${programId}; enrol ${recruitedBy} first` };
    throw new VisibleError('refused', 'recruiter-not-enrolled', `recruitedBy ${field.message}.`, [field]);
  }
  const more = { ...(tier !== undefined && { tier }), ...(recruitedBy !== undefined && { recruitedBy }) };
  const enrolment: Enrolment = { programId, partnerId, status: 'active', group, ...more, enrolledAt: at };
  const told = entry({ target: `${programId}/${partnerId}`, after: { status: 'active', group, ...more } });
  if ((await enrolments.enrol(who.brandId, enrolment, told)) === 'enrolled') return { ...enrolment, revision: 1 };
  throw new VisibleError(
    'conflict',
    'already-enrolled',
    `${partnerId} is in ${programId} already; change the enrolment instead.`,
  );
});

const listEnrolments = operation(enrolmentsContracts.listEnrolments, async ({ params, query, who }) => {
  const { programId } = params;
  if (!(await programs.get(who.brandId, programId))) throw missing('program', programId);
  const scope = [who.brandId, programId, 'enrolments'];
  const cursor = fromCursor(query.cursor, scope);
  return answerPage(await enrolments.page(who.brandId, programId, { limit: query.limit, cursor }), scope);
});

const getEnrolment = operation(enrolmentsContracts.getEnrolment, async ({ params, who }) => {
  const enrolment = await enrolments.get(who.brandId, params.programId, params.partnerId);
  if (!enrolment) throw missing('enrolment', `${params.programId}/${params.partnerId}`);
  return enrolment;
});

const updateEnrolment = operation(
  enrolmentsContracts.updateEnrolment,
  async ({ params, body, who, at, headers, entry }) => {
    const { programId, partnerId } = params;
    const target = `${programId}/${partnerId}`;
    const { currency } = body.payoutPreferences ?? {};
    if (currency !== undefined) await expectOffered(who.brandId, programId, currency);
    const revision = await enrolments.update(
      who.brandId,
      programId,
      partnerId,
      (enrolment) => ({
        ...change(enrolment, body, at),
        ...(body.payoutPreferences && { payoutPreferences: body.payoutPreferences }),
      }),
      ({ history: _, ...before }, { history: __, ...after }) => entry({ target, before, after }),
      expectedRevision(headers),
    );
    return revisedRow(revision, 'enrolment', target);
  },
);

/** @throws VisibleError when partners of the program cannot be paid in the currency. */
async function expectOffered(brandId: string, programId: string, currency: string): Promise<void> {
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  const offered = offeredCurrencies(program);
  if (offered.includes(currency)) return;
  const message = `must be ${offered.join(' or ')}; to pay in ${currency}, list it in payoutCurrencies of the program’s payout terms`;
  const field = 'payoutPreferences.currency';
  throw new VisibleError('refused', 'currency-not-offered', `${field} ${message}.`, [{ field, message }]);
}

const acceptAgreement = operation(enrolmentsContracts.acceptAgreement, async ({ params, body, who, at, entry }) => {
  const { programId, partnerId } = params;
  const target = `${programId}/${partnerId}`;
  const program = await programs.get(who.brandId, programId);
  if (!program) throw missing('program', programId);
  const current = program.payoutTerms.agreementVersion;
  const { version = current, acceptedAt = at, acceptedBy } = body;
  if (version !== current) {
    const field = { field: 'version', message: `must be ${current}, the version of the program’s payout terms` };
    throw new VisibleError('refused', 'not-the-current-agreement', `The program’s agreement is version ${current}.`, [
      field,
    ]);
  }
  if (acceptedAt > at) {
    const field = { field: 'acceptedAt', message: 'must not be in the future' };
    throw new VisibleError('invalid', 'invalid-fields', `acceptedAt: ${field.message}`, [field]);
  }
  const revision = await enrolments.update(
    who.brandId,
    programId,
    partnerId,
    (enrolment) => ({ ...enrolment, agreement: { version, acceptedAt, acceptedBy } }),
    (before, after) => entry({ target, before, after }),
  );
  return revisedRow(revision, 'enrolment', target);
});

export const handler = serve(
  { enrolPartner, listEnrolments, getEnrolment, updateEnrolment, acceptAgreement },
  { client, table },
);
