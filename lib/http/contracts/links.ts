import * as z from 'zod';
import { LINK_CODE } from '../../ids.ts';
import { PartnerId } from '../../partners/partner.ts';
import { HttpsUrl, InstantField, NameField, ProgramId } from '../../programs/program.ts';
import { whyNotSlug } from '../../tracking/slug.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

export const LinkAnswer = z
  .object({
    link: z.string().meta({ description: 'The link’s code' }),
    trackingUrl: z.string().meta({ description: 'What the partner shares' }),
    programId: z.string(),
    partnerId: z.string(),
    destinationUrl: z.string(),
    name: z.string().optional(),
    slug: z.string().optional(),
    vanityUrl: z.string().optional().meta({ description: 'The same link under its slug' }),
    endsAt: z.string().optional(),
    capped: z.boolean().optional().meta({ description: 'A cap is reached: its clicks are `over-cap`' }),
    status: z.enum(['active', 'paused']),
    createdAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Link' });

const params = z.strictObject({
  link: z.string().regex(LINK_CODE, 'must be a link’s code: the 14 characters after /c/'),
});
/** Folded before it is checked, so that `Summer` and `summer` are one slug. */
const slug = z
  .string()
  .max(40)
  .transform((text) => text.toLowerCase())
  .superRefine((text, context) => {
    const why = whyNotSlug(text);
    if (why !== undefined) context.addIssue({ code: 'custom', message: why });
  })
  .meta({ description: 'A name for the address, unique within the brand: `/c/<brand>-<slug>`' });
const endsAt = InstantField.meta({
  description: 'From this instant on clicks earn nothing; visitors are still sent on',
});
const destinationUrl = HttpsUrl.optional().meta({
  description:
    'Where it leads: the host of the program’s destination, one of its allowed hosts, or a subdomain of either',
});

const example = {
  link: '4k9w2x7h2mqc0d',
  trackingUrl: 'https://go.shop.example/c/4k9w2x7h2mqc0d',
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  destinationUrl: 'https://shop.example/shoes',
  name: 'Newsletter, March',
  status: 'active',
  createdAt: '2026-03-29T10:00:00.000Z',
  revision: 1,
};
const refusals = {
  'destination-not-allowed': 'The destination is not on a host of the program, or carries the click parameter itself',
  'slug-taken': 'Another link of the brand has this slug',
};

export const linksContracts = {
  createLink: {
    body: z.strictObject({
      programId: ProgramId,
      partnerId: PartnerId,
      destinationUrl,
      name: NameField.optional().meta({ description: 'For people: where the partner uses it' }),
      slug: slug.optional(),
      endsAt: endsAt.optional(),
    }),
    answer: LinkAnswer,
    status: 201,
    refusals: { ...refusals, 'not-enrolled': 'The partner is not in the program, or has left it' },
    examples: {
      body: {
        programId: example.programId,
        partnerId: example.partnerId,
        destinationUrl: example.destinationUrl,
        name: example.name,
      },
      answer: example,
    },
  },
  listLinks: {
    query: z.strictObject({ ...PAGING, partnerId: PartnerId, programId: ProgramId.optional() }),
    answer: pageAnswer(LinkAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getLink: { params, answer: LinkAnswer, status: 200, examples: { answer: example } },
  updateLink: {
    params,
    body: z.strictObject({
      destinationUrl,
      name: NameField.nullable().optional().meta({ description: '`null` removes it' }),
      slug: slug.nullable().optional().meta({ description: '`null` removes it; the address then leads nowhere' }),
      endsAt: endsAt.nullable().optional().meta({ description: '`null` removes it' }),
      status: z.enum(['active', 'paused']).optional(),
    }),
    answer: LinkAnswer,
    status: 200,
    revises: true,
    refusals,
    examples: { body: { status: 'paused' }, answer: { ...example, status: 'paused', revision: 2 } },
  },
  getLinkQr: {
    params,
    query: z.strictObject({
      format: z.enum(['svg', 'png']).optional().meta({ description: 'Instead of `Accept`; `svg` when neither says' }),
      size: z.coerce.number().pipe(z.int().min(64).max(2048)).optional().meta({
        description: 'Width and height in pixels, margin included; 256 when left out. A PNG is at most so wide',
      }),
      of: z
        .enum(['code', 'slug'])
        .optional()
        .meta({ description: 'The address it leads to; the slug’s when there is one. Codes outlive slugs' }),
    }),
    answer: z.string(),
    status: 200,
    media: ['image/svg+xml', 'image/png'],
    refusals: { 'no-slug': 'The link has no slug' },
  },
} satisfies Contracts<'createLink' | 'listLinks' | 'getLink' | 'updateLink' | 'getLinkQr'>;
