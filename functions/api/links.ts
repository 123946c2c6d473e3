import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { qrPng, qrSvg } from '../../lib/documents/qr.ts';
import { VisibleError } from '../../lib/errors.ts';
import { preferred } from '../../lib/http/accept.ts';
import { linksContracts } from '../../lib/http/contracts/links.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { reply } from '../../lib/http/reply.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { brandOfLink, mintLinkCode } from '../../lib/ids.ts';
import { whyNotDestination } from '../../lib/programs/destination.ts';
import type { Program } from '../../lib/programs/program.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { links as linkStore, type StoredLink } from '../../lib/store/links.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import type { Link } from '../../lib/tracking/link.ts';
import { publicSlug } from '../../lib/tracking/slug.ts';

const client = documentClient();
const table = env('coreTable');
const links = linkStore(client, table);
const enrolments = enrolmentStore(client, table);
const programs = programStore(client, table);
const trackingUrl = env('trackingUrl').replace(/\/$/, '');

const createLink = operation(linksContracts.createLink, async ({ body, who, at, bytes, entry }) => {
  const { programId, partnerId, name, slug, endsAt } = body;
  const [program, enrolment] = await Promise.all([
    programs.get(who.brandId, programId),
    enrolments.get(who.brandId, programId, partnerId),
  ]);
  if (!program) throw missing('program', programId);
  if (!enrolment || enrolment.status === 'ended') {
    const field = { field: 'partnerId', message: `must be a partner of ${programId}` };
    throw new VisibleError('refused', 'not-enrolled', `${partnerId} is not in ${programId}; enrol the partner first.`, [
      field,
    ]);
  }
  const destinationUrl = allowed(body.destinationUrl ?? program.destinationUrl, program);
  const link: Link = {
    code: mintLinkCode(who.brandId, bytes(5)),
    brandId: who.brandId,
    programId,
    partnerId,
    destinationUrl,
    clickParameter: program.clickParameter,
    ...(name !== undefined && { name }),
    ...(slug !== undefined && { slug }),
    ...(endsAt !== undefined && { endsAt }),
    status: 'active',
    createdAt: at,
  };
  const after = { programId, partnerId, destinationUrl, name, slug, endsAt };
  const created = await links.create(link, entry({ target: link.code, after }));
  if (created === 'code-taken') throw new Error(`the link code ${link.code} is taken`);
  if (created === 'slug-taken') throw slugTaken(slug);
  return shown({ ...link, revision: 1 });
});

const listLinks = operation(linksContracts.listLinks, async ({ query, who }) => {
  const { partnerId, programId, limit } = query;
  const scope = [who.brandId, 'links', partnerId, programId ?? ''];
  const cursor = fromCursor(query.cursor, scope);
  const page = await links.ofPartner(who.brandId, partnerId, { programId, limit, cursor });
  return answerPage({ ...page, items: page.items.map(shown) }, scope);
});

const getLink = operation(linksContracts.getLink, async ({ params, who }) =>
  shown(await own(params.link, who.brandId)),
);

const updateLink = operation(linksContracts.updateLink, async ({ params, body, who, headers, entry }) => {
  const { programId } = await own(params.link, who.brandId);
  const { name, destinationUrl, status, slug, endsAt } = body;
  if (destinationUrl !== undefined) {
    const program = await programs.get(who.brandId, programId);
    if (!program) throw missing('program', programId);
    allowed(destinationUrl, program);
  }
  const revision = await links.update(
    params.link,
    (link) => ({
      ...link,
      destinationUrl: destinationUrl ?? link.destinationUrl,
      status: status ?? link.status,
      name: name === undefined ? link.name : (name ?? undefined),
      slug: slug === undefined ? link.slug : (slug ?? undefined),
      endsAt: endsAt === undefined ? link.endsAt : (endsAt ?? undefined),
    }),
    (before, after) => entry({ target: params.link, before, after }),
    expectedRevision(headers),
  );
  if (revision.outcome === 'slug-taken') throw slugTaken(slug);
  return shown(revisedRow(revision, 'link', params.link));
});

const slugTaken = (slug: string | null | undefined) =>
  new VisibleError('conflict', 'slug-taken', `Another link of this brand is named ${slug}.`, [
    { field: 'slug', message: 'is taken by another link of this brand' },
  ]);

const MEDIA = { 'image/svg+xml': 'svg', 'image/png': 'png' } as const;
const QR_SIZE = 256;

const getLinkQr = operation(linksContracts.getLinkQr, async ({ params, query, headers, who }) => {
  const link = shown(await own(params.link, who.brandId));
  if (query.of === 'slug' && link.vanityUrl === undefined) {
    const field = { field: 'of', message: 'must be code: the link has no slug' };
    throw new VisibleError('refused', 'no-slug', `${params.link} has no slug.`, [field]);
  }
  const address = query.of === 'code' ? link.trackingUrl : (link.vanityUrl ?? link.trackingUrl);
  const media = preferred(headers.accept, Object.keys(MEDIA) as (keyof typeof MEDIA)[]);
  const size = query.size ?? QR_SIZE;
  const vary = { vary: 'accept' };
  return (query.format ?? (media ? MEDIA[media] : 'svg')) === 'png'
    ? reply({
        headers: { ...vary, 'content-type': 'image/png' },
        body: qrPng(address, size).toString('base64'),
        isBase64: true,
      })
    : reply({ headers: { ...vary, 'content-type': 'image/svg+xml' }, body: qrSvg(address, size) });
});

/** A link of the caller's brand; another brand's is refused by its code, without a read. */
async function own(code: string, brandId: string): Promise<StoredLink> {
  const link = brandOfLink(code) === brandId ? await links.get(code) : undefined;
  if (!link) throw missing('link', code);
  return link;
}

function allowed(url: string, program: Program): string {
  const why = whyNotDestination(url, program);
  if (why === undefined) return url;
  throw new VisibleError('refused', 'destination-not-allowed', `The destination ${why}.`, [
    { field: 'destinationUrl', message: why },
  ]);
}

const shown = ({ code, ...link }: StoredLink) => ({
  ...link,
  link: code,
  trackingUrl: `${trackingUrl}/c/${code}`,
  ...(link.slug !== undefined && { vanityUrl: `${trackingUrl}/c/${publicSlug(link.brandId, link.slug)}` }),
});

export const handler = serve({ createLink, listLinks, getLink, updateLink, getLinkQr }, { client, table });
