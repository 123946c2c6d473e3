import { KMSClient } from '@aws-sdk/client-kms';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { taxFormsContracts } from '../../lib/http/contracts/tax-forms.ts';
import { type ApiRequest, operation, serve } from '../../lib/http/endpoint.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partnerTaxYear } from '../../lib/store/partner-tax-year.ts';
import { partners as partnerStore, type StoredPartner } from '../../lib/store/partners.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { taxVaultWriter } from '../../lib/store/tax-vault.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';
import { acceptForm } from '../../lib/tax/accept-form.ts';
import { formProblems, type TaxFormOnFile } from '../../lib/tax/form-on-file.ts';
import { withNotice } from '../../lib/tax/name-notice.ts';
import { STATE_RULES } from '../../lib/tax/states.ts';
import type { TaxSettings } from '../../lib/tax/tax-settings.ts';
import { taxYear } from '../../lib/tax/tax-year.ts';
import { readTinAnswers, TIN_MATCH_CODES, type TinAnswer } from '../../lib/tax/tin-match.ts';
import { withholdingCause } from '../../lib/tax/withholding-cause.ts';
import type { Instant } from '../../lib/time.ts';

/** Tax forms, what the IRS says of them, and the figures of a year. This function encrypts forms and cannot read them again. */
const client = documentClient();
const table = env('coreTable');
const partners = partnerStore(client, table);
const stores = {
  partners,
  programs: programs(client, table),
  enrolments: enrolments(client, table),
  ledger: ledger(client, env('ledgerTable')),
  taxpayers: taxpayers(client, table),
};
const settings = taxSettings(client, table);
const vault = taxVaultWriter(new KMSClient({}), env('vaultTable'), env('vaultKey'));

const ATTEMPTS = 4;
/** Lines of one upload: each is a transaction, and all of them have to fit into one request. */
const MOST_LINES = 500;
/** Remote calls at once. */
const WIDTH = 16;

/** The vault's row and what the partner shows of it are written together; a version is never written over. */
const setTaxForm = operation(taxFormsContracts.setTaxForm, async ({ params, body, who, at, headers, entry }) => {
  const { partnerId } = params;
  const { brandId } = who;
  const asked = expectedRevision(headers);
  for (let attempt = 1; ; attempt += 1) {
    const partner = await partners.get(brandId, partnerId);
    if (!partner) throw missing('partner', partnerId);
    const taxForm = acceptForm(body, partner.taxForm, at);
    const row = await vault.formWrite({ brandId, partnerId, version: taxForm.version }, body, at);
    const revision = await partners.update(
      brandId,
      partnerId,
      (before) => ({ ...before, taxForm, taxFormOnFile: true }),
      (before, after) => entry({ target: partnerId, before, after }),
      // The form's version was counted from the revision that was read.
      { expected: asked ?? partner.revision, also: [row] },
    );
    if (revision.outcome === 'email-taken') throw new Error('the address was not part of the change');
    if (revision.outcome === 'stale' && asked === undefined && attempt < ATTEMPTS) continue;
    return shown(revisedRow(revision, 'partner', partnerId), at);
  }
});

const getTaxForm = operation(taxFormsContracts.getTaxForm, async ({ params, who, at }) => {
  const partner = await partners.get(who.brandId, params.partnerId);
  if (!partner) throw missing('partner', params.partnerId);
  return shown(partner, at);
});

const addNameNotice = operation(taxFormsContracts.addNameNotice, async (request) => {
  const { params, body, who, at } = request;
  const partner = await partners.get(who.brandId, params.partnerId);
  if (!partner) throw missing('partner', params.partnerId);
  if (!partner.taxForm) throw missing('tax-form', params.partnerId);
  if (partner.taxForm.form !== 'w9')
    throw new VisibleError(
      'refused',
      'not-a-w9',
      `${params.partnerId} gave a W-8; the IRS checks names and numbers of W-9s only.`,
    );
  const { revision } = await changeForm(request, params.partnerId, (form) => ({
    ...form,
    notices: withNotice(form.notices, body.receivedOn),
  }));
  return shown(revisedRow(revision, 'partner', params.partnerId), at);
});

const recordTinMatches = operation(taxFormsContracts.recordTinMatches, async (request) => {
  const { answers, problems } = readTinAnswers(request.text);
  if (problems.length > 0) {
    const fields = problems.slice(0, 20).map((message) => ({ field: 'body', message }));
    throw new VisibleError(
      'invalid',
      'invalid-fields',
      `${problems.length} lines are no answers of TIN Matching; nothing was stored.`,
      fields,
    );
  }
  if (answers.length > MOST_LINES)
    throw new VisibleError('refused', 'too-many-lines', `${answers.length} lines; send at most ${MOST_LINES} at once.`);
  // The last line of a partner counts; two writes to one row at once would only get into each other's way.
  const last = new Map(answers.map((answer) => [answer.partnerId, answer]));
  const outcomes = await atOnce(WIDTH, [...last.values()], async (answer) => ({
    answer,
    outcome: await recordMatch(request, answer),
  }));
  const having = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).map(({ answer }) => answer);
  const ids = (wanted: string) => having(wanted).map(({ partnerId }) => partnerId);
  return {
    recorded: having('changed').length,
    unchanged: having('unchanged').length,
    otherForm: ids('other-form'),
    unknown: ids('unknown'),
    findings: [...having('changed'), ...having('unchanged')]
      .filter(({ code }) => code !== 0 && code < 6)
      .map(({ partnerId, code }) => ({ partnerId, code, words: TIN_MATCH_CODES[code] })),
  };
});

type MatchOutcome = 'changed' | 'unchanged' | 'other-form' | 'unknown';

async function recordMatch(request: Writing, { partnerId, tinLast4, code }: TinAnswer): Promise<MatchOutcome> {
  const partner = await partners.get(request.who.brandId, partnerId);
  if (partner?.taxForm?.form !== 'w9') return 'unknown';
  const { revision, skipped } = await changeForm(request, partnerId, (form) => {
    if (form.tinLast4 !== tinLast4) return undefined;
    return form.tinMatch?.code === code ? form : { ...form, tinMatch: { code, at: request.at } };
  });
  if (skipped) return 'other-form';
  return revision.outcome === 'changed' ? 'changed' : 'unchanged';
}

type Writing = Pick<ApiRequest<typeof taxFormsContracts.addNameNotice>, 'who' | 'at' | 'entry'>;

/** Changes what is known of a form, whatever else of the partner changes meanwhile; nothing is written when `to` gives nothing. */
async function changeForm(
  { who, entry }: Writing,
  partnerId: string,
  to: (form: TaxFormOnFile) => TaxFormOnFile | undefined,
) {
  let skipped = false;
  const revision = await partners.update(
    who.brandId,
    partnerId,
    (partner) => {
      const taxForm = partner.taxForm && to(partner.taxForm);
      skipped = taxForm === undefined;
      return taxForm ? { ...partner, taxForm } : partner;
    },
    (before, after) => entry({ target: partnerId, before, after }),
  );
  if (revision.outcome === 'email-taken') throw new Error('the address was not part of the change');
  return { revision, skipped };
}

async function shown({ brandId, partnerId, taxForm, revision, ...partner }: StoredPartner, at: Instant) {
  if (!taxForm) throw missing('tax-form', partnerId);
  const { tinMatch } = taxForm;
  const today = at.slice(0, 10);
  const { withholding } = await settings.get(brandId);
  const cause = withholding === 'withhold' ? withholdingCause({ ...partner, taxForm }, today) : undefined;
  return {
    partnerId,
    ...taxForm,
    warnings: [...taxForm.warnings],
    notices: [...taxForm.notices],
    tinMatch: tinMatch && { ...tinMatch, words: TIN_MATCH_CODES[tinMatch.code] },
    problems: formProblems(taxForm, today, cause !== undefined),
    withholding: cause,
    revision,
  };
}

const getPartnerTaxYear = operation(taxFormsContracts.getPartnerTaxYear, async ({ params, who }) => {
  const { brandId } = who;
  const { partnerId } = params;
  const year = Number(params.year);
  const rules = taxYear(year);
  const partner = await partners.get(brandId, partnerId);
  if (!partner) throw missing('partner', partnerId);
  const told = await partnerTaxYear(stores, rules, partner, await settings.get(brandId));
  const { notCounted, reportedByProvider, taxpayer, ...rest } = told;
  return {
    ...{ partnerId, year, ...rest },
    ...(taxpayer && { taxpayer: { ...taxpayer, partnerIds: [...taxpayer.partnerIds] } }),
    reportedByProvider: [...reportedByProvider],
    notCounted: notCounted.map(({ journal: _, ...one }) => one),
  };
});

const getTaxSettings = operation(taxFormsContracts.getTaxSettings, ({ who }) => settings.get(who.brandId));

const setTaxSettings = operation(taxFormsContracts.setTaxSettings, async ({ body, who, headers, entry }) => {
  const { brandId } = who;
  const told = (before: Partial<TaxSettings>, after: Partial<TaxSettings>) => entry({ target: brandId, before, after });
  const revision = await settings.set(brandId, body, told, expectedRevision(headers));
  return revisedRow(revision, 'tax-settings', brandId);
});

const getTaxYear = operation(taxFormsContracts.getTaxYear, async ({ params }) => {
  const year = Number(params.year);
  return { ...taxYear(year), states: STATE_RULES.filter((rule) => rule.year === year) };
});

export const handler = serve(
  {
    setTaxForm,
    getTaxForm,
    addNameNotice,
    recordTinMatches,
    getPartnerTaxYear,
    getTaxSettings,
    setTaxSettings,
    getTaxYear,
  },
  { client, table },
);
