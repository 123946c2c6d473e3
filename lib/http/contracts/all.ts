import type { RouteId } from '../../routes.ts';
import type { Contract } from '../contract.ts';
import { adjustmentsContracts } from './adjustments.ts';
import { attributionContracts } from './attribution.ts';
import { auditContracts } from './audit.ts';
import { capsContracts } from './caps.ts';
import { codesContracts } from './codes.ts';
import { conversionChangesContracts } from './conversion-changes.ts';
import { conversionsContracts } from './conversions.ts';
import { disputesContracts } from './disputes.ts';
import { enrolmentsContracts } from './enrolments.ts';
import { executionsContracts } from './executions.ts';
import { experimentsContracts } from './experiments.ts';
import { fxRatesContracts } from './fx-rates.ts';
import { identifyContracts } from './identify.ts';
import { keysContracts } from './keys.ts';
import { linksContracts } from './links.ts';
import { pagesContracts } from './pages.ts';
import { partnersContracts } from './partners.ts';
import { payoutMethodsContracts } from './payout-methods.ts';
import { payoutsContracts } from './payouts.ts';
import { plansContracts } from './plans.ts';
import { programsContracts } from './programs.ts';
import { statementsContracts } from './statements.ts';
import { taxFormsContracts } from './tax-forms.ts';
import { webhooksContracts } from './webhooks.ts';
import { yearEndContracts } from './year-end.ts';

/** The contract of every route, for what is made from all of them: the OpenAPI document, the tests. Handlers import their own area only. */
export const CONTRACTS: { readonly [Id in RouteId]: Contract } = {
  ...keysContracts,
  ...programsContracts,
  ...plansContracts,
  ...partnersContracts,
  ...payoutMethodsContracts,
  ...taxFormsContracts,
  ...yearEndContracts,
  ...enrolmentsContracts,
  ...linksContracts,
  ...attributionContracts,
  ...codesContracts,
  ...capsContracts,
  ...identifyContracts,
  ...conversionsContracts,
  ...conversionChangesContracts,
  ...fxRatesContracts,
  ...experimentsContracts,
  ...executionsContracts,
  ...auditContracts,
  ...statementsContracts,
  ...adjustmentsContracts,
  ...disputesContracts,
  ...payoutsContracts,
  ...webhooksContracts,
  ...pagesContracts,
};
