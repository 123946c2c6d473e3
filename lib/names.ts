/**
 * Names that the stacks write and the functions read. Infra sets these environment variables, `lib/aws/env.ts` reads them;
 * neither spells them twice.
 */
export const Env = {
  stage: 'STAGE',
  coreTable: 'CORE_TABLE',
  clicksTable: 'CLICKS_TABLE',
  conversionsTable: 'CONVERSIONS_TABLE',
  ledgerTable: 'LEDGER_TABLE',
  vaultTable: 'VAULT_TABLE',
  vaultKey: 'VAULT_KEY_ARN',
  documentsBucket: 'DOCUMENTS_BUCKET',
  clickKeysParameter: 'CLICK_KEYS_PARAMETER',
  lateClicksQueue: 'LATE_CLICKS_QUEUE_URL',
  mailQueue: 'MAIL_QUEUE_URL',
  mailSender: 'MAIL_SENDER',
  webhooksTable: 'WEBHOOKS_TABLE',
  webhooksQueue: 'WEBHOOKS_QUEUE_URL',
  eventBus: 'EVENT_BUS_NAME',
  trackingUrl: 'TRACKING_URL',
  clickRetentionDays: 'CLICK_RETENTION_DAYS',
  /** Country of visitors whom no header places, ISO 3166; anything else: unknown. */
  assumedCountry: 'ASSUMED_COUNTRY',
  /** JSON object: workflow name → state machine ARN. */
  workflows: 'WORKFLOW_ARNS',
  /** Where a queue or stream consumer puts what nobody can process: its own dead-letter queue. */
  failureQueue: 'FAILURE_QUEUE_URL',
  /** JSON object: name of a dead-letter queue → its address and where its messages belong; see `lib/aws/failures.ts`. */
  failureQueues: 'FAILURE_QUEUES',
} as const;

/** Indexes, as named in the templates and in queries. */
export const Index = {
  /** core: a partner's enrolments and links. */
  corePartner: 'partner',
  /** conversions: sparse, only rows with work to do. */
  conversionsOpen: 'open',
  /** conversions: a program's conversions by day. */
  conversionsDay: 'day',
  /** webhooks: sparse, deliveries that wait and deliveries that are dead. */
  webhooksOpen: 'open',
} as const;

/** Workflows: one state machine each, the same name for the file in `infra/workflows`, the runbook article and the API. */
export const WORKFLOWS = [
  'settle-conversions',
  'release-commissions',
  'draft-payout',
  'pay-payout',
  'audit-ledger',
  'backtest-attribution',
  'compare-attribution',
  'file-1099',
] as const;
export type WorkflowName = (typeof WORKFLOWS)[number];

/** CloudWatch namespace of our own metrics. */
export const METRICS_NAMESPACE = 'Tributary';
