import * as z from 'zod';
import { LineField } from '../../programs/program.ts';
import type { Instant } from '../../time.ts';

/** Payment providers that are paid through over HTTP. Each is a rail of the same name. */
export const PROVIDERS = ['paypal', 'wise'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/**
 * The providers' own servers, live first, then their sandboxes. Nothing is sent anywhere else: an account's secrets must not reach a server
 * that somebody typed in.
 */
export const PROVIDER_SERVERS: Readonly<Record<ProviderName, readonly [live: string, ...sandbox: string[]]>> = {
  paypal: ['https://api-m.paypal.com', 'https://api-m.sandbox.paypal.com'],
  wise: [
    'https://api.wise.com',
    'https://api.transferwise.com',
    'https://api.wise-sandbox.com',
    'https://api.sandbox.transferwise.tech',
  ],
};

const server = z
  .url()
  .max(200)
  .optional()
  .describe('The provider’s live server when left out; its sandbox, to try things');
/** It goes into a header, which holds nothing else. */
const secret = LineField(400)
  .regex(/^[!-~]*$/, 'must be letters, digits and signs of ASCII, without blanks, as the provider shows it')
  .meta({ writeOnly: true });

/** What a brand gives so that its own account at a provider pays. */
export const NewProvider = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('paypal'),
    server,
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,200}$/, 'must be the client id of a REST app: letters, digits, _ and -')
      .describe('Of a REST app at developer.paypal.com with the Payouts feature'),
    clientSecret: secret,
  }),
  z.strictObject({
    provider: z.literal('wise'),
    server,
    profileId: z
      .string()
      .regex(/^\d{1,18}$/, 'must be the number of the profile at Wise')
      .describe('The business profile that pays'),
    apiToken: secret.describe('With full access; made under Settings, API tokens'),
  }),
]);
export type NewProvider = z.infer<typeof NewProvider>;

/** An account at a provider as it is kept: the secret apart from the rest. */
export interface ProviderAccount {
  readonly brandId: string;
  readonly provider: ProviderName;
  /** Origin, without a slash at the end. */
  readonly server: string;
  /** What tells the account from others and is no secret: PayPal’s client id, Wise’s profile. */
  readonly account: string;
  readonly changedAt: Instant;
}

/** Why an account's server is none of the provider's; nothing when it is, or when this machine lets it through. */
export function whyNotServer(provider: ProviderName, url: string, exceptions: readonly string[]): string | undefined {
  const origin = URL.canParse(url) ? new URL(url).origin : '';
  const known = [...PROVIDER_SERVERS[provider], ...exceptions];
  if (known.includes(origin) && url.replace(/\/$/, '') === origin) return undefined;
  return `must be one of ${PROVIDER_SERVERS[provider].join(', ')}`;
}

/** What a provider says has become of a payment. `over`: it did not arrive, or came back, and the money is on the payer's account again. */
export interface ItemReport {
  readonly itemId: string;
  readonly state: 'paid' | 'waiting' | 'over';
  /** What the provider calls that state, and why. */
  readonly words: string;
  /** The provider's own id of the payment. */
  readonly reference?: string;
}

/** What we know of a batch at a provider; written before each request that could move money, so that a call that dies leaves a trace. */
export interface BatchRecord {
  readonly brandId: string;
  readonly runId: string;
  readonly programId: string;
  readonly provider: ProviderName;
  /** Its place among the run's batches, from 0. */
  readonly batch: number;
  /** Our own id of it, by which the provider is asked. */
  readonly batchId: string;
  readonly itemCount: number;
  /** The account that it is sent from: server and account. Another account knows nothing of our ids, so nothing is asked of it. */
  readonly account?: string | undefined;
  /** When the batch was first sent, or about to be. */
  readonly sentAt?: Instant | undefined;
  /** A request to pay was made, or about to be, and its outcome is not known. */
  readonly inDoubt?: boolean | undefined;
  /** The provider's id of the batch: it has it. */
  readonly providerId?: string | undefined;
  /** Items that the provider refused to take, and why; `*` for the whole batch. */
  readonly refused?: Readonly<Record<string, string>> | undefined;
  /** What keeps the batch from going on, in words. */
  readonly trouble?: string | undefined;
  /** When it was last gone through. */
  readonly lookedAt?: Instant | undefined;
  /** `open`: payments are under way. `watched`: all have ended, and the provider is asked now and then whether one came back. */
  readonly state: 'open' | 'watched' | 'done';
  /** When all of its payments had ended. */
  readonly endedAt?: Instant | undefined;
  /** When the provider is to be asked again. */
  readonly dueAt?: Instant | undefined;
}

/** What came of one go at a batch. */
export interface BatchNews {
  readonly reports: readonly ItemReport[];
  /** Why it could not go on now. */
  readonly trouble?: string;
}

/**
 * Stores what is known of a batch, before something is done about it. Throws {@link ChangedMeanwhile} when another execution stored something:
 * whoever reasons from an older record must not go on.
 */
export type Keep = (change: Partial<BatchRecord>) => Promise<BatchRecord>;

/** Another execution of the workflow is at the same batch. */
export class ChangedMeanwhile extends Error {}
