/** One price: dollars for one unit, and where and when it was read. */
export interface Price {
  readonly usd: number;
  readonly unit: string;
  readonly source: string;
  /** Day or month of the source. */
  readonly asOf: string;
}

/**
 * List prices of us-east-1, on demand, without free tiers, savings plans or volume steps: a bill is seldom higher. Two were not
 * read again for this table and say so. Change a price here and nowhere else.
 */
export const PRICES = {
  httpApiRequest: { usd: 1.0 / 1e6, unit: 'request', source: 'apigatewaycost.com/aws', asOf: '2026-11' },
  lambdaRequest: { usd: 0.2 / 1e6, unit: 'request', source: 'wring.co, Lambda pricing', asOf: '2026-03-08' },
  lambdaArmGbSecond: { usd: 0.0000133334, unit: 'GB-second', source: 'wring.co, Lambda pricing', asOf: '2026-03-08' },
  writeUnit: {
    usd: 0.625 / 1e6,
    unit: 'write request unit',
    source: 'airbyte.com, DynamoDB pricing',
    asOf: '2025-07-21',
  },
  readUnit: {
    usd: 0.125 / 1e6,
    unit: 'read request unit',
    source: 'airbyte.com, DynamoDB pricing',
    asOf: '2025-07-21',
  },
  tableGbMonth: { usd: 0.25, unit: 'GB-month', source: 'aws.amazon.com/dynamodb/pricing', asOf: '2026-11' },
  recoveryGbMonth: { usd: 0.2, unit: 'GB-month', source: 'long-standing list price, not read again', asOf: '2026-11' },
  transition: { usd: 25 / 1e6, unit: 'state transition', source: 'wring.co, Step Functions', asOf: '2026-03-14' },
  busEvent: { usd: 1.0 / 1e6, unit: 'event', source: 'cloudburn.io, EventBridge', asOf: '2026-03-13' },
  schedulerRun: { usd: 1.0 / 1e6, unit: 'invocation', source: 'cloudburn.io, EventBridge', asOf: '2026-03-13' },
  queueRequest: { usd: 0.4 / 1e6, unit: 'request', source: 'cloudburn.io, SQS', asOf: '2026-03-14' },
  logGb: { usd: 0.5, unit: 'GB ingested', source: 'duckbillgroup.com, Lambda logs', asOf: '2025-05' },
  alarmMetric: { usd: 0.1, unit: 'metric in an alarm, month', source: 'cloudburn.io, CloudWatch', asOf: '2026-02' },
  compositeAlarm: { usd: 0.5, unit: 'composite alarm, month', source: 'cloudburn.io, CloudWatch', asOf: '2026-02' },
  dashboard: { usd: 3.0, unit: 'dashboard, month', source: 'factualminds.com, CloudWatch', asOf: '2026-06-13' },
  customMetric: { usd: 0.3, unit: 'metric, month', source: 'signoz.io, CloudWatch', asOf: '2026-02-15' },
  trace: { usd: 5 / 1e6, unit: 'trace', source: 'aws.amazon.com/xray/pricing', asOf: '2026-11' },
  key: { usd: 1.0, unit: 'key, month', source: 'cloudburn.io, KMS', asOf: '2026-03-14' },
  keyRequest: { usd: 0.03 / 1e4, unit: 'request', source: 'wring.co, KMS', asOf: '2026-03-15' },
  mail: { usd: 0.1 / 1e3, unit: 'mail', source: 'acecloudinterviews.com, SES', asOf: '2026-11' },
  bucketGbMonth: { usd: 0.023, unit: 'GB-month', source: 'long-standing list price, not read again', asOf: '2026-11' },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
