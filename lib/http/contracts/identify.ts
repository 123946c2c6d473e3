import * as z from 'zod';
import { Identification } from '../../tracking/customer.ts';
import type { Contracts } from '../contract.ts';

const example = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  clickId: 'BwCgrEwAAAAAAQBleAAAAAAP__8BnTkJPQAAAQIDBAUGB77v0LcF8wYMKv-bN_RJ',
  customerId: 'customer-4711',
};

export const identifyContracts = {
  identifyCustomer: {
    body: Identification.meta({ id: 'Identification' }),
    answer: z.object({
      outcome: z.enum(['joined', 'already-joined', 'not-joined']).meta({
        description:
          '`already-joined`: known before, nothing was written. `not-joined`: the visitor asked not to be followed (`Sec-GPC`), so nothing was kept',
      }),
      programId: z.string(),
      customerId: z.string(),
    }),
    status: 200,
    repeat: 'natural',
    refusals: {
      'no-such-program': 'There is no such program in this brand',
      'click-id-refused': 'The click id was not made for this program: changed, made up or another program’s',
    },
    examples: {
      body: example,
      answer: { outcome: 'joined', programId: example.programId, customerId: example.customerId },
    },
  },
} satisfies Contracts<'identifyCustomer'>;
