import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import type { Partner } from '../../../lib/partners/partner.ts';
import { auditLog } from '../../../lib/store/audit.ts';
import { brands } from '../../../lib/store/brands.ts';
import { enrolments } from '../../../lib/store/enrolments.ts';
import { links } from '../../../lib/store/links.ts';
import { partners } from '../../../lib/store/partners.ts';
import { programs } from '../../../lib/store/programs.ts';
import { terms } from '../../../lib/store/terms.ts';
import { writeTogether } from '../../../lib/store/transaction.ts';
import { AT, BRAND, coreGround, entry, OTHER } from '../../support/core-ground.ts';

/** What jobs and tracking read, beside what the API's tests go through. */
const ground = coreGround();
const core = <Store>(store: (client: typeof ground.engine.client, table: string) => Store) =>
  store(ground.engine.client, ground.tables.core);

const partner = (n: number): Partner => ({
  partnerId: `ptr_${String(n).padStart(16, '0')}`,
  name: `P${n}`,
  email: `p${n}@partners.example`,
  type: 'content',
  taxFormOnFile: false,
  createdAt: AT,
});

describe('brands', () => {
  test('are all found, page by page', async () => {
    const store = core(brands);
    const ids = ['brd_000001', 'brd_000002', 'brd_000003'];
    for (const brandId of ids) {
      const brand = { brandId, name: brandId, ownerEmail: 'o@o.example', madeFor: brandId, createdAt: AT };
      expect(await writeTogether(ground.engine.client, [store.createWrite(brand)])).toEqual({ written: true });
      expect(await writeTogether(ground.engine.client, [store.createWrite(brand)])).toEqual({
        written: false,
        failed: [0],
      });
    }
    const first = await store.list({ limit: 2 });
    const second = await store.list({ limit: 2, cursor: first.cursor });
    expect([...first.items, ...second.items].map(({ brandId }) => brandId)).toEqual(ids);
    expect(second.cursor).toBeUndefined();
  });
});

describe('partners', () => {
  test('are read in any number at once, of one brand only', async () => {
    const store = core(partners);
    for (let n = 0; n < 120; n += 1) await store.create(BRAND, partner(n), entry('p'));
    const ids = Array.from({ length: 125 }, (_, n) => partner(n).partnerId);
    const found = await store.many(BRAND, [...ids, ...ids]);
    expect(found.size).toBe(120);
    expect(found.get(ids[7]!)).toMatchObject({ name: 'P7', revision: 1 });
    expect((await store.many(OTHER, ids)).size).toBe(0);
    expect((await store.many(BRAND, [])).size).toBe(0);
  });
});

describe('enrolments', () => {
  test('are read by partner in a program, and by program of a partner', async () => {
    const store = core(enrolments);
    for (const programId of ['prg_a', 'prg_b'])
      for (const partnerId of ['ptr_1', 'ptr_2'])
        await store.enrol(
          BRAND,
          { programId, partnerId, status: 'active', group: 'default', enrolledAt: AT },
          entry('e'),
        );
    await core(links).create(
      {
        code: 'aaaaaa00000001',
        brandId: BRAND,
        programId: 'prg_a',
        partnerId: 'ptr_1',
        destinationUrl: 'https://s.example/',
        clickParameter: 'c',
        status: 'active',
        createdAt: AT,
      },
      entry('l'),
    );
    expect([...(await store.many(BRAND, 'prg_a', ['ptr_1', 'ptr_2', 'ptr_3'])).keys()].sort()).toEqual([
      'ptr_1',
      'ptr_2',
    ]);
    expect((await store.ofPartner(BRAND, 'ptr_1')).map(({ programId }) => programId)).toEqual(['prg_a', 'prg_b']);
    expect(await store.ofPartner(OTHER, 'ptr_1')).toEqual([]);
    expect((await store.page(BRAND, 'prg_a')).items).toHaveLength(2);
  });
});

describe('links', () => {
  test('lie where a click looks: one key, one read, plain names', async () => {
    const link = {
      code: 'aaaaaa00000002',
      brandId: BRAND,
      programId: 'prg_a',
      partnerId: 'ptr_1',
      destinationUrl: 'https://s.example/',
      clickParameter: 'c',
      status: 'active',
      createdAt: AT,
    } as const;
    expect(await core(links).create(link, entry('l'))).toBe('created');
    const Key = { pk: `${BRAND}#LINK#${link.code}`, sk: '#' };
    const { Item } = await ground.engine.client.send(new GetCommand({ TableName: ground.tables.core, Key }));
    expect(Item).toMatchObject(link);
  });

  test('keep their code to themselves', async () => {
    const link = {
      code: 'aaaaaa00000003',
      brandId: BRAND,
      programId: 'prg_a',
      partnerId: 'ptr_1',
      destinationUrl: 'https://s.example/',
      clickParameter: 'c',
      status: 'active',
      createdAt: AT,
    } as const;
    expect(await core(links).create(link, entry('l'))).toBe('created');
    expect(await core(links).create({ ...link, partnerId: 'ptr_2' }, entry('l'))).toBe('code-taken');
    expect(await core(links).get(link.code)).toMatchObject({ partnerId: 'ptr_1' });
  });
});

describe('terms', () => {
  const policy = { effectiveFrom: AT, policy: { model: 'last-touch', lookbackDays: 30 } } as const;
  const plan = {
    name: 'P',
    rules: [{ id: 'a', label: 'A', when: {}, pay: { kind: 'flat', amountCents: 1 } }],
  } as const;
  const program = {
    programId: 'prg_terms',
    name: 'T',
    currency: 'EUR',
    timeZone: 'UTC',
    destinationUrl: 'https://s.example/',
    allowedHosts: [],
    clickParameter: 'c',
    payoutTerms: { holdDays: 0, minimumCents: 0, agreementVersion: '1', taxFormRequired: false },
    status: 'active',
    createdAt: AT,
  } as const;

  test('stay in the order of their numbers past nine', async () => {
    const first = {
      policy: { version: 1, ...policy },
      plan: { version: 1, effectiveFrom: AT, plan: structuredClone(plan) as never },
    };
    expect(await core(programs).create(BRAND, { ...program, allowedHosts: [] }, first, entry('prg_terms'))).toBe(true);
    for (let n = 2; n <= 12; n += 1)
      await core(terms).addPolicy(BRAND, 'prg_terms', policy, entry('prg_terms/policies'));
    const versions = (await core(terms).policies(BRAND, 'prg_terms')).map(({ version }) => version);
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('are added once by a request that comes twice', async () => {
    const same = entry('prg_terms/policies');
    const added = await core(terms).addPolicy(BRAND, 'prg_terms', policy, same);
    await core(terms).addPolicy(BRAND, 'prg_terms', policy, entry('prg_terms/policies'));
    expect(await core(terms).addPolicy(BRAND, 'prg_terms', policy, same)).toEqual(added);
  });
});

describe('the audit log', () => {
  test('takes an entry once, so that a change that carries it cannot be made twice', async () => {
    const log = core(auditLog);
    const once = entry('thing');
    expect(await writeTogether(ground.engine.client, [log.write(once)])).toEqual({ written: true });
    expect(await writeTogether(ground.engine.client, [log.write(once)])).toEqual({ written: false, failed: [0] });
    await log.record(once);
    expect((await log.list(BRAND, 'thing', {})).items).toEqual([once]);
  });
});
