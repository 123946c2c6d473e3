import { availableParallelism } from 'node:os';

/** What the laptop may be told from outside; every field has a default, so `npm start` needs none. */
export interface Settings {
  /** First port: the laptop page. HTTP APIs follow in template order; the AWS front door is 99 above. 0 takes any free ports. */
  readonly port: number;
  /** A DynamoDB engine somebody else runs (DynamoDB Local, say), used instead of our own. */
  readonly dynamodbEndpoint: string | undefined;
  /** Where webhooks may be received on this machine, without TLS; everything else of its own network is refused, as on AWS. */
  readonly webhookReceiver: string | undefined;
  /** Execution environments one function may have at a time; more calls than this wait their turn. */
  readonly environmentsPerFunction: number;
}

/** Functions run in UTC, as on AWS. A thread cannot choose for itself, so the whole laptop does. */
export function useUtc(): void {
  process.env.TZ = 'UTC';
}

/** Distance of the AWS front door from the first port, so that its address stays when an HTTP API is added. */
export const FRONT_DOOR_OFFSET = 99;
/** Distance of the port at which this machine's own receiver of webhooks may listen. Nothing of the laptop opens it. */
const RECEIVER_OFFSET = 98;

/** Reads the laptop's own environment variables. Functions never see them. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const { TRIBUTARY_PORT, TRIBUTARY_DYNAMODB_ENDPOINT, TRIBUTARY_ENVIRONMENTS, TRIBUTARY_WEBHOOK_RECEIVER } = env;
  return {
    port: wholeNumber('TRIBUTARY_PORT', TRIBUTARY_PORT, 4400),
    webhookReceiver: TRIBUTARY_WEBHOOK_RECEIVER || undefined,
    dynamodbEndpoint: TRIBUTARY_DYNAMODB_ENDPOINT || undefined,
    environmentsPerFunction: wholeNumber(
      'TRIBUTARY_ENVIRONMENTS',
      TRIBUTARY_ENVIRONMENTS,
      Math.min(4, Math.max(2, availableParallelism())),
    ),
  };
}

/** The receiver somebody named, else a loopback port beside the laptop's own; none when those are any free ports. */
export function receiverOf({ webhookReceiver, port }: Pick<Settings, 'webhookReceiver' | 'port'>): string | undefined {
  return webhookReceiver ?? (port === 0 ? undefined : `http://127.0.0.1:${port + RECEIVER_OFFSET}`);
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise;
  if (!/^\d{1,5}$/.test(text)) throw new Error(`${name} must be a whole number, got "${text}"`);
  return Number(text);
}
