/** What neither a template nor a measurement says. Each errs to the dear side. */
export const ASSUMPTIONS = {
  hoursPerMonth: 730,
  /** Lambda keeps five readers on a queue, each asking again after 20 seconds without a message; empty answers are billed. */
  queueReaders: 5,
  queueWaitSeconds: 20,
  /** A plan with nothing to do, at its memory, and one log line. */
  idlePlanMs: 60,
  jobMs: 500,
  /** Bytes of one access-log line and of one line of a function's log, with CloudWatch's 26 bytes of overhead. */
  accessLogBytes: 420,
  functionLogBytes: 500,
  /** A stored click, and a conversion with its journal entries and index copies. */
  clickBytes: 450,
  conversionBytes: 3_000,
  /** Conversions and journals are kept for good; the bill shown is that of the twelfth month. */
  monthsStored: 12,
  /** Stream batches: one an open shard and window at most, and never more than records. Quiet tables have one or two shards. */
  shardsPerTable: 2,
  countWindowSeconds: 60,
  publishWindowSeconds: 2,
  batchMs: 80,
  /** Rows that counting a batch of up to 1,000 records touches: days × partners in it. */
  countedRowsPerBatch: 20,
  /** Events on the bus for a conversion: received and posted. */
  eventsPerConversion: 2,
  /** The authorizer's answer is kept for a minute for each key. */
  authorizerMs: 40,
  sendMailMs: 300,
} as const;
