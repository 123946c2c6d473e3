import type { EventData } from '../../events/catalog/catalog.ts';
import { type Letter, letter } from './letter.ts';

/** To the owner of a webhook that was switched off: what happened, and how to go on without having lost anything. */
export function webhookDisabled(
  brandName: string,
  recipient: string,
  { webhookId, partnerId, host, why, failingSince }: EventData<'webhook.disabled'>,
): Letter {
  const what = partnerId === undefined ? 'webhook' : 'postback';
  const path = partnerId === undefined ? '/v1/webhooks' : `/v1/partners/${partnerId}/postbacks`;
  return letter({
    subject: `Your ${what} at ${host} was switched off`,
    greeting: `Hello ${recipient},`,
    blocks: [
      why === 'gone'
        ? `your server answered "410 Gone", so we stopped sending events to it.`
        : `your server has not taken any event for three days, so we stopped sending to it.`,
      [
        ['Address', host],
        ['Id', webhookId],
        ...(failingSince === undefined ? [] : [['Failing since', failingSince] as const]),
      ],
      `What could not be delivered is kept for 30 days. When your server answers again, switch the ${what} on (PATCH ${path}/${webhookId} with {"status": "active"}) and replay what is dead (POST ${path}/${webhookId}/replay). Events that happen while it is off are not kept for it.`,
    ],
    signature: brandName,
    footer: `You get this mail because the ${what} is yours.`,
  });
}
