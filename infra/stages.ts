import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** A domain of the owner's and the ACM certificate for it, in the region of the stacks. */
export interface Domain {
  readonly name: string;
  readonly certificateArn: string;
}

/** How many requests a second are let through before API Gateway answers 429; `burst` is the size of its bucket. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

export const STAGE_NAMES = ['dev', 'prod'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/** Everything in which one installation differs from another. An owner edits this file and nothing else. */
export interface Stage {
  readonly name: StageName;
  /** Data outlives its stack: retained, protected against deletion, documents versioned. */
  readonly keepsData: boolean;
  /** Where partners' links point; without it links carry API Gateway's own address. */
  readonly trackingDomain?: Domain;
  readonly apiDomain?: Domain;
  /** Origins whose scripts may call the brand API. Keys travel in a header, never in a cookie, so `*` gives no page any right. */
  readonly apiOrigins: readonly string[];
  readonly sender: {
    /** What partners see in the From line. */
    readonly address: string;
    /** `create` makes an SES identity for the address's domain; `existing` when the account already has one. */
    readonly identity: 'create' | 'existing';
  };
  /** Who is told when something fails. */
  readonly alarmEmail: string;
  /** `essential`: one alarm for each way in which work can be lost or stand still. `all`: also every function's errors. */
  readonly alarms: 'essential' | 'all';
  readonly dashboard: boolean;
  /** Where the reader of an alarm finds docs/runbook.md. */
  readonly runbook: string;
  readonly logRetention: RetentionDays;
  /** How long the logs of who fetched which payout file and statement are kept. */
  readonly accessLogDays: number;
  /** Days a click is kept. At least the longest attribution window plus the longest time in which a brand reports. */
  readonly clickDays: number;
  /**
   * Country of visitors whom no CDN in front places, ISO 3166. `unknown`: they are taken for Europeans, so they get no cookie unless their
   * program always sets one. It decides about cookies only; nobody is out of a program's countries by it.
   */
  readonly assumedCountry: string;
  readonly throttle: {
    readonly track: Throttle;
    readonly api: Throttle;
    /** `POST /v1/conversions:batch`, up to 1,000 conversions a request. */
    readonly batch: Throttle;
  };
  /** Scheduler expressions, UTC. */
  readonly schedules: {
    readonly settleConversions: string;
    readonly recountConversions: string;
    readonly releaseCommissions: string;
    /** Daily at 08:00; lib/commission/notice.ts counts by that hour from which day on a new plan may apply. */
    readonly sendDigests: string;
    readonly auditLedger: string;
    readonly draftDuePayouts: string;
    /** No longer than 15 minutes apart, which is how far ahead a sweep queues deliveries. */
    readonly sweepWebhooks: string;
  };
  /** Shards a workflow works on at once. */
  readonly workflowWidth: number;
  /**
   * Concurrency reserved for, and so the most taken by, each function that works on shards, so that a settlement of a large
   * backlog leaves the account's concurrency to clicks. Unset in an account whose quota is still small: AWS keeps 100 unreserved.
   */
  readonly shardConcurrency?: number;
}

const dev: Stage = {
  name: 'dev',
  keepsData: false,
  apiOrigins: ['*'],
  sender: { address: 'partners@example.com', identity: 'create' },
  alarmEmail: 'ops@example.com',
  alarms: 'essential',
  dashboard: false,
  runbook: 'docs/runbook.md',
  logRetention: RetentionDays.TWO_WEEKS,
  accessLogDays: 30,
  // The laptop runs this stage and replays stories that begin two months before the present one.
  clickDays: 180,
  // A laptop has no CDN in front, and its stories need visitors who come back.
  assumedCountry: 'US',
  throttle: {
    track: { rate: 2_000, burst: 4_000 },
    api: { rate: 500, burst: 1_000 },
    batch: { rate: 5, burst: 10 },
  },
  schedules: {
    settleConversions: 'rate(5 minutes)',
    recountConversions: 'cron(30 1 * * ? *)',
    releaseCommissions: 'cron(15 2 * * ? *)',
    sendDigests: 'cron(0 8 * * ? *)',
    auditLedger: 'cron(30 3 ? * SUN *)',
    draftDuePayouts: 'cron(0 5 * * ? *)',
    sweepWebhooks: 'rate(15 minutes)',
  },
  workflowWidth: 10,
};

const prod: Stage = {
  ...dev,
  name: 'prod',
  keepsData: true,
  alarms: 'all',
  dashboard: true,
  logRetention: RetentionDays.THREE_MONTHS,
  accessLogDays: 400,
  clickDays: 120,
  assumedCountry: 'unknown',
  throttle: {
    track: { rate: 5_000, burst: 10_000 },
    api: { rate: 500, burst: 1_000 },
    batch: { rate: 10, burst: 20 },
  },
  workflowWidth: 20,
  shardConcurrency: 20,
};

const STAGES: Readonly<Record<StageName, Stage>> = { dev, prod };

/** The stage of that name; any other value is refused with the names there are. */
export function stageNamed(name: unknown): Stage {
  if (name === 'dev' || name === 'prod') return STAGES[name];
  throw new Error(`stage must be one of ${STAGE_NAMES.join(', ')}, not ${JSON.stringify(name)}`);
}
