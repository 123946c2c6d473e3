import { Env } from '../names.ts';

/** The value of an environment variable that the stacks set; a missing one is a deployment fault and says which. */
export function env(name: keyof typeof Env): string {
  const value = process.env[Env[name]];
  if (value === undefined || value === '') throw new Error(`environment variable ${Env[name]} is not set`);
  return value;
}

/**
 * Origins that requests to receivers may go to though they are neither https nor public, from `OUTBOUND_EXCEPTIONS`, parted by blanks.
 * No stack sets it, so that there is none; a developer's machine does, for receivers on the machine itself.
 */
export function outboundExceptions(): readonly string[] {
  return (process.env.OUTBOUND_EXCEPTIONS ?? '').split(' ').filter((origin) => origin !== '');
}

/** Whether functions keep their log lines to themselves, as Powertools' own setting says: in tests and benchmarks. */
export const logsAreSilent = (): boolean => process.env.POWERTOOLS_LOG_LEVEL === 'SILENT';

/** Where and as whom AWS is called. */
export interface AwsSettings {
  readonly region: string;
  /** Base address when it is not the region's own, as the SDKs read it: `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`. */
  readonly endpoint?: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** What Lambda sets in every execution environment; credentials outlive the environment, so they are read once. */
export function awsSettings(service: string): AwsSettings {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL } = process.env;
  if (!AWS_REGION || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, as Lambda sets them');
  const endpoint = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || AWS_ENDPOINT_URL;
  return {
    region: AWS_REGION,
    ...(endpoint ? { endpoint } : {}),
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
    },
  };
}
