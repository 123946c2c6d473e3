import type { Instant } from '../../time.ts';
import type { Send } from './ask.ts';
import type { Order } from './orders.ts';
import { paypal } from './paypal.ts';
import type { BatchNews, BatchRecord, Keep, ProviderAccount } from './provider.ts';
import { wise } from './wise.ts';

/** A provider's account with a client that pays from it. */
export interface Rail {
  /** Brings a batch as far as it will go now, and tells what has become of its payments. */
  advance(record: BatchRecord, orders: readonly Order[], keep: Keep, now: Instant): Promise<BatchNews>;
}

/** The client for an account. */
export function railOf({ provider, server, account }: ProviderAccount, secret: string, send: Send): Rail {
  if (provider === 'paypal') return paypal({ server, clientId: account, clientSecret: secret }, send);
  return wise({ server, profileId: account, apiToken: secret }, send);
}

/** An account by which a batch is known. The secret may change, the account may not. */
export const accountNameOf = ({ server, account }: ProviderAccount): string => `${server} ${account}`;
