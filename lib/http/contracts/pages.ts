import * as z from 'zod';
import { RunId } from '../../payouts/order.ts';
import type { Contracts } from '../contract.ts';

export const pagesContracts = {
  getOpenApi: {
    answer: z.record(z.string(), z.unknown()).meta({ description: 'OpenAPI 3.1' }),
    status: 200,
  },
  getReference: { answer: z.string(), status: 200, media: ['text/html'] },
  getApprovalPage: {
    params: z.strictObject({ runId: RunId }),
    answer: z.string(),
    status: 200,
    media: ['text/html'],
  },
} satisfies Contracts<'getOpenApi' | 'getReference' | 'getApprovalPage'>;
