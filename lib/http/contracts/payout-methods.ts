import * as z from 'zod';
import { PartnerId } from '../../partners/partner.ts';
import { NewPayoutMethod } from '../../partners/payout-method.ts';
import { NewProvider, PROVIDERS } from '../../payouts/rails/provider.ts';
import type { Contracts } from '../contract.ts';
import { PartnerAnswer, partnerExample } from './partners.ts';

const ProviderAnswer = z
  .object({
    provider: z.enum(PROVIDERS),
    server: z.string().meta({ description: 'The provider’s live server, or its sandbox' }),
    account: z.string().meta({ description: 'PayPal’s client id, Wise’s profile' }),
    changedAt: z.string(),
  })
  .meta({ id: 'PayoutProvider' });

const provider = {
  provider: 'paypal',
  server: 'https://api-m.paypal.com',
  account: 'AdV4dQUxRJe4zXoN0dHm3kF9wP2qLs6tYb1cVn8g',
  changedAt: '2026-05-01T09:05:00.000Z',
};

export const payoutMethodsContracts = {
  setPayoutMethod: {
    params: z.strictObject({ partnerId: PartnerId }),
    body: NewPayoutMethod,
    answer: PartnerAnswer,
    status: 200,
    revises: true,
    examples: {
      body: { rail: 'bank-csv', accountHolder: 'Mara Lindt', iban: 'DE89 3704 0044 0532 0130 00' },
      answer: {
        ...partnerExample,
        payoutMethod: { rail: 'bank-csv', accountHolder: 'Mara Lindt', accountLast4: '3000' },
        revision: 2,
      },
    },
  },
  setPayoutProvider: {
    body: NewProvider,
    answer: ProviderAnswer,
    status: 200,
    repeat: 'natural',
    examples: {
      body: { provider: 'paypal', clientId: provider.account, clientSecret: 'EHh2kQ7tXv3mZb9WcR5p' },
      answer: provider,
    },
  },
  listPayoutProviders: {
    answer: z.object({ items: z.array(ProviderAnswer) }),
    status: 200,
    examples: { answer: { items: [provider] } },
  },
  removePayoutProvider: {
    params: z.strictObject({ provider: z.enum(PROVIDERS) }),
    answer: z.object({ provider: z.enum(PROVIDERS) }),
    status: 200,
    examples: { answer: { provider: 'paypal' } },
  },
} satisfies Contracts<'setPayoutMethod' | 'setPayoutProvider' | 'listPayoutProviders' | 'removePayoutProvider'>;
