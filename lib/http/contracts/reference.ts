import * as z from 'zod';
import type { Contracts } from '../contract.ts';

export const referenceContracts = {
  getOpenApi: {
    answer: z.record(z.string(), z.unknown()).meta({ description: 'OpenAPI 3.1' }),
    status: 200,
  },
  getReference: { answer: z.string(), status: 200, media: ['text/html'] },
} satisfies Contracts<'getOpenApi' | 'getReference'>;
