import type { TributaryEvent } from '../../events/catalog/catalog.ts';
import { derive } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { Webhook } from './webhook.ts';

type WebhookDisabled = Extract<TributaryEvent, { type: 'webhook.disabled' }>;

/** The event that orders the owner's mail. Its id comes from the webhook and its state, so two calls that find it failing mail once. */
export function disabledEvent(
  { brandId, webhookId, partnerId, url, failingSince, revision }: Webhook & { readonly revision: number },
  why: 'gone' | 'failing',
  at: Instant,
): WebhookDisabled {
  const type = 'webhook.disabled';
  return {
    id: derive('event', type, webhookId, revision),
    type,
    brandId,
    at,
    data: {
      webhookId,
      ...(partnerId !== undefined && { partnerId }),
      host: new URL(url.split('?')[0] ?? url).host,
      why,
      ...(failingSince !== undefined && { failingSince }),
    },
  };
}
