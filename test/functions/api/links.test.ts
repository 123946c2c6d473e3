import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiGround, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;
let partnerId: string;
beforeAll(async () => {
  api = await apiGround();
  ({ programId } = await aProgram(api, { allowedHosts: ['outlet.example'] }));
  ({ partnerId } = await aPartner(api));
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
});
afterAll(() => api.close());

const create = (more: object = {}) => api.send('createLink', { body: { programId, partnerId, ...more } });

describe('a new link', () => {
  test('carries its brand in its code and leads to the program’s destination', async () => {
    const { status, body } = await create({ name: 'Newsletter' });
    expect(status).toBe(201);
    expect(body).toEqual({
      link: expect.stringMatching(/^aaaaaa[0-9a-hjkmnp-tv-z]{8}$/),
      trackingUrl: `https://go.shop.example/c/${body.link}`,
      programId,
      partnerId,
      destinationUrl: 'https://shop.example/welcome',
      name: 'Newsletter',
      status: 'active',
      createdAt: '2026-03-29T10:00:00.000Z',
      revision: 1,
    });
    expect(await api.ok('getLink', { params: { link: body.link } })).toEqual(body);
  });

  test.each([
    ['the destination’s host', 'https://shop.example/shoes?size=42'],
    ['a subdomain of it', 'https://de.shop.example/'],
    ['an allowed host', 'https://outlet.example/'],
    ['a subdomain of an allowed host', 'https://www.outlet.example:8443/x'],
  ])('may lead to %s', async (_, destinationUrl) => {
    expect(await create({ destinationUrl })).toMatchObject({ status: 201, body: { destinationUrl } });
  });

  test.each([
    ['another host', 'https://evil.example/', 422],
    ['a host that ends alike', 'https://notshop.example/', 422],
    ['the host in front of another', 'https://shop.example.evil.example/', 422],
    ['the host as a path', 'https://evil.example/shop.example', 422],
    ['the host as a user name', 'https://shop.example@evil.example/', 400],
    ['the host behind a backslash', 'https://evil.example\\@shop.example/', 400],
    ['plain http', 'http://shop.example/', 400],
    ['a script', 'javascript:alert(1)//shop.example', 400],
    ['an address that takes the click id’s place', 'https://shop.example/?trb_click=x', 422],
    ['a blank', 'https://shop.example/a b', 400],
    ['a line break', 'https://shop.example/\r\nset-cookie: a=b', 400],
  ])('may not lead to %s', async (_, destinationUrl, status) => {
    expect(await create({ destinationUrl })).toMatchObject({ status, body: { fields: [{ field: 'destinationUrl' }] } });
  });

  test('needs an enrolment that has not ended', async () => {
    const stranger = await aPartner(api);
    expect(await create({ partnerId: stranger.partnerId })).toMatchObject({
      status: 422,
      body: { code: 'not-enrolled' },
    });
    await api.ok('enrolPartner', { params: { programId }, body: { partnerId: stranger.partnerId } });
    expect(await create({ partnerId: stranger.partnerId })).toMatchObject({ status: 201 });
    await api.ok('updateEnrolment', {
      params: { programId, partnerId: stranger.partnerId },
      body: { status: 'ended' },
    });
    expect(await create({ partnerId: stranger.partnerId })).toMatchObject({
      status: 422,
      body: { code: 'not-enrolled' },
    });
  });

  test('sent twice under one key is one link', async () => {
    const request = { body: { programId, partnerId, name: 'once' }, headers: { 'idempotency-key': 'link-1' } };
    const first = await api.ok('createLink', request);
    expect(await api.ok('createLink', request)).toEqual(first);
    const { items } = await api.ok('listLinks', { query: { partnerId, limit: '200' } });
    expect(items.filter(({ name }: { name?: string }) => name === 'once')).toHaveLength(1);
  });
});

describe('a change', () => {
  test('pauses, renames, moves; null takes the name away', async () => {
    const { link } = (await create({ name: 'Old' })).body;
    const params = { link };
    expect(
      await api.ok('updateLink', { params, body: { status: 'paused', destinationUrl: 'https://outlet.example/' } }),
    ).toMatchObject({
      status: 'paused',
      name: 'Old',
      destinationUrl: 'https://outlet.example/',
      revision: 2,
    });
    expect(await api.ok('updateLink', { params, body: { name: null } })).not.toHaveProperty('name');
  });

  test('may not lead elsewhere either', async () => {
    const { link } = (await create()).body;
    const refused = await api.send('updateLink', {
      params: { link },
      body: { destinationUrl: 'https://evil.example/' },
    });
    expect(refused).toMatchObject({ status: 422, body: { code: 'destination-not-allowed' } });
  });
});

test('a partner’s links are listed page by page, of all programs or of one; enrolments, which share their index, are not', async () => {
  const other = await aProgram(api);
  const partner = await aPartner(api);
  for (const program of [programId, other.programId]) {
    await api.ok('enrolPartner', { params: { programId: program }, body: { partnerId: partner.partnerId } });
    for (let i = 0; i < 3; i += 1)
      await api.ok('createLink', { body: { programId: program, partnerId: partner.partnerId } });
  }
  const walk = async (query: Record<string, string>) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.ok('listLinks', {
        query: { ...query, partnerId: partner.partnerId, limit: '2', ...(cursor && { cursor }) },
      });
      seen.push(...page.items.map(({ link }: { link: string }) => link));
      cursor = page.nextCursor;
    } while (cursor);
    return seen;
  };
  expect(new Set(await walk({})).size).toBe(6);
  expect(await walk({ programId })).toHaveLength(3);
});

describe('a slug', () => {
  test('is an address beside the code’s, whatever its case', async () => {
    const { body } = await create({ slug: 'Summer-26' });
    expect(body).toMatchObject({ slug: 'summer-26', vanityUrl: 'https://go.shop.example/c/aaaaaa-summer-26' });
    expect(await create({ slug: 'SUMMER-26' })).toMatchObject({
      status: 409,
      body: { code: 'slug-taken', fields: [{ field: 'slug' }] },
    });
  });

  test.each(['admin', 'WWW', 'a b', '-a', 'ä', '', 'x'.repeat(41), 'a/../b'])('cannot be “%s”', async (slug) => {
    expect(await create({ slug })).toMatchObject({ status: 400, body: { fields: [{ field: 'slug' }] } });
  });

  test('moves, is free again, and cannot be taken from another link', async () => {
    const one = (await create({ slug: 'first' })).body;
    const two = (await create({ slug: 'second' })).body;
    const change = (link: string, body: object) => api.send('updateLink', { params: { link }, body });
    expect(await change(one.link, { slug: 'second' })).toMatchObject({ status: 409, body: { code: 'slug-taken' } });
    expect(await change(one.link, { slug: 'third' })).toMatchObject({ status: 200, body: { slug: 'third' } });
    expect(await change(two.link, { slug: 'first' })).toMatchObject({ status: 200 });
    expect((await change(one.link, { slug: null })).body).not.toHaveProperty('vanityUrl');
    expect(await create({ slug: 'third' })).toMatchObject({ status: 201 });
    expect(await change(two.link, { status: 'paused' })).toMatchObject({ status: 200, body: { slug: 'first' } });
  });
});

test('an end can be set, moved and taken away', async () => {
  const { link, endsAt } = (await create({ endsAt: '2026-04-30T22:00:00Z' })).body;
  expect(endsAt).toBe('2026-04-30T22:00:00.000Z');
  const params = { link };
  expect(await api.ok('updateLink', { params, body: { endsAt: '2026-05-31T22:00:00Z' } })).toMatchObject({
    endsAt: '2026-05-31T22:00:00.000Z',
  });
  expect(await api.ok('updateLink', { params, body: { endsAt: null } })).not.toHaveProperty('endsAt');
  expect(await create({ endsAt: 'soon' })).toMatchObject({ status: 400 });
});

describe('a QR code', () => {
  test.each([
    ['by format', { query: { format: 'png' } }, 'image/png'],
    ['by Accept', { headers: { accept: 'image/png' } }, 'image/png'],
    ['when nobody says', {}, 'image/svg+xml'],
  ])('comes %s', async (_, request, type) => {
    const { link } = (await create()).body;
    const answer = await api.send('getLinkQr', { params: { link }, ...request });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(type);
  });

  test.each([
    [{ size: '10' }, 400],
    [{ size: '99999' }, 400],
    [{ format: 'gif' }, 400],
    [{ of: 'slug' }, 422],
  ])('with %o is refused', async (query, status) => {
    const { link } = (await create()).body;
    expect(
      await api.send('getLinkQr', { params: { link }, query: query as unknown as Record<string, string> }),
    ).toMatchObject({ status });
  });
});
