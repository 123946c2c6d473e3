import * as z from 'zod';
import { ApiKeyId, NewApiKey } from '../../programs/new-api-key.ts';
import { InstantField } from '../../programs/program.ts';
import { ROLES } from '../../routes.ts';
import type { Contracts } from '../contract.ts';

export const ApiKeyAnswer = z
  .object({
    keyId: z.string(),
    name: z.string(),
    person: z.string(),
    role: z.enum(ROLES),
    programId: z.string().optional().meta({ description: 'The program a key of the role `postback` reports for' }),
    partnerId: z.string().optional().meta({ description: 'The partner a key of the role `partner` acts for' }),
    signing: z.literal('required').optional(),
    lastFour: z.string().meta({ description: 'Last four characters of the secret' }),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: z.string().optional(),
    revokedFrom: z.string().optional().meta({ description: 'First instant at which it is no longer accepted' }),
  })
  .meta({ id: 'ApiKey' });

const example = {
  keyId: 'key_01kp3q8z4m7yc2hd',
  name: 'shop webhook',
  person: 'ada@shop.example',
  role: 'manager',
  lastFour: 'x7Qa',
  createdAt: '2026-03-29T10:00:00.000Z',
  createdBy: 'owner@shop.example',
};

export const keysContracts = {
  createApiKey: {
    body: NewApiKey,
    answer: z.object({
      apiKey: ApiKeyAnswer,
      secret: z
        .string()
        .meta({ description: 'Send it as `Authorization: Bearer …`. It is not stored and never shown again.' }),
      signingSecret: z
        .string()
        .optional()
        .meta({ description: 'Of a key that signs: `whsec_…`. It is kept encrypted and never shown again.' }),
    }),
    status: 201,
    repeat: 'secret',
    refusals: {
      'expires-in-the-past': 'expiresAt is not after now',
      'no-such-program': 'There is no such program in this brand',
      'no-such-partner': 'There is no such partner in this brand',
      'too-many-keys': 'The brand has 200 keys that are still accepted',
      'already-carried-out': 'The same request made a key before; its secret was shown then',
    },
    examples: {
      body: { name: 'shop webhook', person: 'ada@shop.example', role: 'manager' },
      answer: { apiKey: example, secret: 'trb_4k9w2x_7JQb0Zk1dJx2rV9mC5tWq8yH3nL6pS4fA0uE1iO_x7Qa' },
    },
  },
  listApiKeys: {
    answer: z.object({ items: z.array(ApiKeyAnswer) }),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  revokeApiKey: {
    params: z.strictObject({ keyId: ApiKeyId }),
    query: z.strictObject({
      from: InstantField.optional().meta({
        description:
          'When it stops being accepted; now when left out. A later time lets the old and the new key overlap.',
      }),
    }),
    answer: ApiKeyAnswer,
    status: 200,
    refusals: { 'last-owner-key': 'No other owner key would be left to manage the brand with' },
    examples: { answer: { ...example, revokedFrom: '2026-04-05T00:00:00.000Z' } },
  },
} satisfies Contracts<'createApiKey' | 'listApiKeys' | 'revokeApiKey'>;
