/**
 * The brand API's one route table. API Gateway's routes, the OpenAPI document, the reference page and the authorisation tests
 * are all made from it; a route that is not here does not exist.
 */

/** What a person's key lets them do. `owner` may do everything; `postback` nothing here, only `GET /postback` for its program. */
export const ROLES = ['owner', 'manager', 'finance', 'analyst', 'postback'] as const;
export type Role = (typeof ROLES)[number];

export interface Route {
  /** Name of the operation: OpenAPI `operationId`, audit action, test label. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Path of the Lambda's file under `functions/`, without `.ts`. */
  readonly function: string;
  /** Roles that may call it, beside `owner`; `public` needs no key. */
  readonly access: readonly Exclude<Role, 'owner' | 'postback'>[] | 'public';
  readonly summary: string;
}

const everyone = ['manager', 'finance', 'analyst'] as const;
const manager = ['manager'] as const;
const finance = ['finance'] as const;

const conversionPath = '/v1/programs/{programId}/conversions/{eventType}/{orderId}';

export const ROUTES = [
  {
    id: 'createApiKey',
    method: 'POST',
    path: '/v1/keys',
    function: 'api/keys',
    access: [],
    summary: 'Create an API key for a person; shown once',
  },
  {
    id: 'listApiKeys',
    method: 'GET',
    path: '/v1/keys',
    function: 'api/keys',
    access: manager,
    summary: 'List API keys, without their secrets',
  },
  {
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/v1/keys/{keyId}',
    function: 'api/keys',
    access: [],
    summary: 'Revoke an API key, now or at a later time (overlap)',
  },

  {
    id: 'createProgram',
    method: 'POST',
    path: '/v1/programs',
    function: 'api/programs',
    access: manager,
    summary: 'Create a program with its first attribution policy, commission plan and payout terms',
  },
  {
    id: 'listPrograms',
    method: 'GET',
    path: '/v1/programs',
    function: 'api/programs',
    access: everyone,
    summary: 'List programs',
  },
  {
    id: 'getProgram',
    method: 'GET',
    path: '/v1/programs/{programId}',
    function: 'api/programs',
    access: everyone,
    summary: 'Read a program',
  },
  {
    id: 'updateProgram',
    method: 'PATCH',
    path: '/v1/programs/{programId}',
    function: 'api/programs',
    access: manager,
    summary: 'Change name, status, destination, hosts or payout terms',
  },
  {
    id: 'addPolicy',
    method: 'POST',
    path: '/v1/programs/{programId}/policies',
    function: 'api/programs',
    access: manager,
    summary: 'Add an attribution policy version from a date on',
  },
  {
    id: 'listPolicies',
    method: 'GET',
    path: '/v1/programs/{programId}/policies',
    function: 'api/programs',
    access: everyone,
    summary: 'List attribution policy versions',
  },
  {
    id: 'addPlan',
    method: 'POST',
    path: '/v1/programs/{programId}/plans',
    function: 'api/programs',
    access: manager,
    summary: 'Add a commission plan version from a date on',
  },
  {
    id: 'listPlans',
    method: 'GET',
    path: '/v1/programs/{programId}/plans',
    function: 'api/programs',
    access: everyone,
    summary: 'List commission plan versions',
  },

  {
    id: 'createPartner',
    method: 'POST',
    path: '/v1/partners',
    function: 'api/partners',
    access: manager,
    summary: 'Create a partner',
  },
  {
    id: 'listPartners',
    method: 'GET',
    path: '/v1/partners',
    function: 'api/partners',
    access: everyone,
    summary: 'List partners',
  },
  {
    id: 'getPartner',
    method: 'GET',
    path: '/v1/partners/{partnerId}',
    function: 'api/partners',
    access: everyone,
    summary: 'Read a partner',
  },
  {
    id: 'updatePartner',
    method: 'PATCH',
    path: '/v1/partners/{partnerId}',
    function: 'api/partners',
    access: manager,
    summary: 'Change a partner',
  },
  {
    id: 'setPayoutMethod',
    method: 'PUT',
    path: '/v1/partners/{partnerId}/payout-method',
    function: 'api/payout-methods',
    access: finance,
    summary: 'Say how a partner is paid; bank details go to the vault',
  },

  {
    id: 'enrolPartner',
    method: 'POST',
    path: '/v1/programs/{programId}/enrolments',
    function: 'api/enrolments',
    access: manager,
    summary: 'Enrol a partner in a program',
  },
  {
    id: 'listEnrolments',
    method: 'GET',
    path: '/v1/programs/{programId}/enrolments',
    function: 'api/enrolments',
    access: everyone,
    summary: 'List the partners of a program',
  },
  {
    id: 'getEnrolment',
    method: 'GET',
    path: '/v1/programs/{programId}/enrolments/{partnerId}',
    function: 'api/enrolments',
    access: everyone,
    summary: 'Read an enrolment',
  },
  {
    id: 'updateEnrolment',
    method: 'PATCH',
    path: '/v1/programs/{programId}/enrolments/{partnerId}',
    function: 'api/enrolments',
    access: manager,
    summary: 'Change group or status',
  },
  {
    id: 'acceptAgreement',
    method: 'POST',
    path: '/v1/programs/{programId}/enrolments/{partnerId}/agreement',
    function: 'api/enrolments',
    access: manager,
    summary: 'Record that the partner accepted an agreement version',
  },

  {
    id: 'createLink',
    method: 'POST',
    path: '/v1/links',
    function: 'api/links',
    access: manager,
    summary: 'Create a tracking link for a partner',
  },
  {
    id: 'listLinks',
    method: 'GET',
    path: '/v1/links',
    function: 'api/links',
    access: everyone,
    summary: 'List a partner’s links',
  },
  {
    id: 'getLink',
    method: 'GET',
    path: '/v1/links/{link}',
    function: 'api/links',
    access: everyone,
    summary: 'Read a link',
  },
  {
    id: 'updateLink',
    method: 'PATCH',
    path: '/v1/links/{link}',
    function: 'api/links',
    access: manager,
    summary: 'Change a link’s destination, name or status',
  },

  {
    id: 'reportConversion',
    method: 'POST',
    path: '/v1/conversions',
    function: 'api/conversions',
    access: manager,
    summary: 'Report an order or another event',
  },
  {
    id: 'reportConversions',
    method: 'POST',
    path: '/v1/conversions:batch',
    function: 'api/conversions',
    access: manager,
    summary: 'Report up to 1,000 conversions, one outcome each',
  },
  {
    id: 'uploadConversions',
    method: 'POST',
    path: '/v1/conversions:upload',
    function: 'api/conversions',
    access: manager,
    summary: 'Report the orders of a CSV file, with a dry run first',
  },
  {
    id: 'listConversions',
    method: 'GET',
    path: '/v1/programs/{programId}/conversions',
    function: 'api/conversions',
    access: everyone,
    summary: 'List a program’s conversions of a day',
  },
  {
    id: 'getConversion',
    method: 'GET',
    path: conversionPath,
    function: 'api/conversions',
    access: everyone,
    summary: 'Read a conversion with its events, journey, credits and explanation',
  },
  {
    id: 'returnItems',
    method: 'POST',
    path: `${conversionPath}/returns`,
    function: 'api/conversions',
    access: manager,
    summary: 'Report items that came back',
  },
  {
    id: 'cancelConversion',
    method: 'POST',
    path: `${conversionPath}/cancellation`,
    function: 'api/conversions',
    access: manager,
    summary: 'Cancel a whole conversion',
  },
  {
    id: 'amendConversion',
    method: 'PATCH',
    path: conversionPath,
    function: 'api/conversions',
    access: manager,
    summary: 'Amend an order: lines, prices, discount, customer, codes',
  },
  {
    id: 'chargeBack',
    method: 'POST',
    path: `${conversionPath}/chargebacks`,
    function: 'api/conversions',
    access: manager,
    summary: 'Report that the customer’s bank took the payment back',
  },
  {
    id: 'restateConversions',
    method: 'POST',
    path: '/v1/conversions:restate',
    function: 'api/conversions',
    access: manager,
    summary: 'Bring up to 1,000 orders to the whole state you state',
  },

  {
    id: 'putFxRates',
    method: 'PUT',
    path: '/v1/fx-rates/{day}',
    function: 'api/fx-rates',
    access: ['manager', 'finance'],
    summary: 'Send a day’s exchange rates, for orders in other currencies than their program’s',
  },
  {
    id: 'getFxRates',
    method: 'GET',
    path: '/v1/fx-rates/{day}',
    function: 'api/fx-rates',
    access: everyone,
    summary: 'Read the versions of a day’s exchange rates',
  },

  {
    id: 'getLedger',
    method: 'GET',
    path: '/v1/programs/{programId}/partners/{partnerId}/ledger',
    function: 'api/statements',
    access: everyone,
    summary: 'A partner’s balances and journals, every accrual explained',
  },
  {
    id: 'listStatements',
    method: 'GET',
    path: '/v1/programs/{programId}/partners/{partnerId}/statements',
    function: 'api/statements',
    access: everyone,
    summary: 'List a partner’s statements',
  },
  {
    id: 'getStatement',
    method: 'GET',
    path: '/v1/programs/{programId}/partners/{partnerId}/statements/{number}',
    function: 'api/statements',
    access: everyone,
    summary: 'Read a statement as JSON, HTML or CSV (`Accept` or `?format=`)',
  },
  {
    id: 'listDays',
    method: 'GET',
    path: '/v1/programs/{programId}/days',
    function: 'api/statements',
    access: everyone,
    summary: 'Daily clicks, conversions, revenue and commission by partner',
  },

  {
    id: 'draftPayout',
    method: 'POST',
    path: '/v1/payouts',
    function: 'api/payouts',
    access: finance,
    summary: 'Start drafting a payout run for a program',
  },
  {
    id: 'listPayouts',
    method: 'GET',
    path: '/v1/payouts',
    function: 'api/payouts',
    access: everyone,
    summary: 'List a program’s payout runs',
  },
  {
    id: 'getPayout',
    method: 'GET',
    path: '/v1/payouts/{runId}',
    function: 'api/payouts',
    access: everyone,
    summary: 'Read a run: its state, totals and the hash of the frozen payment file',
  },
  {
    id: 'listPayoutItems',
    method: 'GET',
    path: '/v1/payouts/{runId}/items',
    function: 'api/payouts',
    access: everyone,
    summary: 'List a run’s payments and what became of each',
  },
  {
    id: 'listExcluded',
    method: 'GET',
    path: '/v1/payouts/{runId}/excluded',
    function: 'api/payouts',
    access: everyone,
    summary: 'List partners with money whom a run does not pay, with every reason',
  },
  {
    id: 'approvePayout',
    method: 'POST',
    path: '/v1/payouts/{runId}/approval',
    function: 'api/payouts',
    access: finance,
    summary: 'Approve the frozen hash as a second person; starts paying',
  },
  {
    id: 'rejectPayout',
    method: 'POST',
    path: '/v1/payouts/{runId}/rejection',
    function: 'api/payouts',
    access: finance,
    summary: 'Refuse a run; its items become payable again',
  },
  {
    id: 'confirmItem',
    method: 'POST',
    path: '/v1/payouts/{runId}/items/{itemId}/confirmation',
    function: 'api/payouts',
    access: finance,
    summary: 'Confirm that an item sent by hand was paid',
  },
  {
    id: 'failItem',
    method: 'POST',
    path: '/v1/payouts/{runId}/items/{itemId}/failure',
    function: 'api/payouts',
    access: finance,
    summary: 'Report that an item could not be paid; it becomes payable again',
  },

  {
    id: 'startExecution',
    method: 'POST',
    path: '/v1/executions',
    function: 'api/executions',
    access: ['manager', 'finance'],
    summary: 'Run a workflow now, for any window',
  },
  {
    id: 'listExecutions',
    method: 'GET',
    path: '/v1/executions',
    function: 'api/executions',
    access: everyone,
    summary: 'List executions of a workflow started for this brand',
  },
  {
    id: 'getExecution',
    method: 'GET',
    path: '/v1/executions/{workflow}/{name}',
    function: 'api/executions',
    access: everyone,
    summary: 'Read an execution with its output',
  },

  {
    id: 'listAudit',
    method: 'GET',
    path: '/v1/audit',
    function: 'api/audit',
    access: manager,
    summary: 'Who changed what, when and why',
  },

  {
    id: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    function: 'api/reference',
    access: 'public',
    summary: 'This API as an OpenAPI document',
  },
  {
    id: 'getReference',
    method: 'GET',
    path: '/',
    function: 'api/reference',
    access: 'public',
    summary: 'This API as a page',
  },
] as const satisfies readonly Route[];

export type RouteId = (typeof ROUTES)[number]['id'];
