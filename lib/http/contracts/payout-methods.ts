import * as z from 'zod';
import { PartnerId } from '../../partners/partner.ts';
import { NewPayoutMethod } from '../../partners/payout-method.ts';
import type { Contracts } from '../contract.ts';
import { PartnerAnswer, partnerExample } from './partners.ts';

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
} satisfies Contracts<'setPayoutMethod'>;
