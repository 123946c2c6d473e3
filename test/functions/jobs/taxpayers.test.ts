import { KMSClient } from '@aws-sdk/client-kms';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteId } from '../../../lib/routes.ts';
import { taxReturns } from '../../../lib/store/tax-returns.ts';
import { taxVaultReader } from '../../../lib/store/tax-vault.ts';
import { TAXPAYER_KEY } from '../../../lib/store/taxpayer-keys.ts';
import { sameNumber, taxpayers } from '../../../lib/store/taxpayers.ts';
import { type FilingSteps, file1099, filingSteps, payeesOf } from '../../support/filing.ts';
import { type JobsGround, jobsGround, SPENT, untilDone } from '../../support/jobs-ground.ts';
import { AS_OF, entity, type Payees, payeesOn, w8, w9, YEAR } from '../../support/payees.ts';
import { apiOf } from '../../support/paying.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { readIrisCsv, sumOf } from '../../support/return-readers.ts';

let ground: JobsGround;
let steps: FilingSteps;
let payees: Payees;
let apis: Record<'forms' | 'yearEnd' | 'partners' | 'audit', ReturnType<typeof apiOf>>;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await filingSteps();
  payees = payeesOn(ground);
  apis = {
    forms: apiOf((await import('../../../functions/api/tax-forms.ts')).handler, AS_OF),
    yearEnd: apiOf((await import('../../../functions/api/year-end.ts')).handler, AS_OF),
    partners: apiOf((await import('../../../functions/api/partners.ts')).handler, AS_OF),
    audit: apiOf((await import('../../../functions/api/audit.ts')).handler, AS_OF),
  };
});
afterAll(() => ground.stop());

const NUMBER = '123-45-6789';
const as = ({ brandId }: GivenProgram) =>
  ({ brandId, keyId: 'key_1', person: 'o@shop.example', role: 'owner' }) as const;
const call = async (of: keyof typeof apis, id: RouteId, program: GivenProgram, params: Record<string, string> = {}) =>
  (await apis[of](id, { as: as(program), params })).body;
const order = ({ brandId }: GivenProgram) => ({ brandId, year: YEAR, asOf: AS_OF });
const file = (program: GivenProgram, input: object = {}) => file1099(steps, { ...order(program), ...input });
const match = (program: GivenProgram) => untilDone(steps.match, order(program));
const returns = () => taxReturns(ground.engine.client, ground.tables.core);
const assessed = async ({ brandId }: GivenProgram) =>
  new Map((await payeesOf(returns(), { brandId, year: YEAR })).map((one) => [one.partnerId, one.assessment]));
const others = async (program: GivenProgram, partnerId: string) => {
  const { partners } = program.stores;
  const partner = await partners.get(program.brandId, partnerId);
  const stores = { partners, taxpayers: taxpayers(ground.engine.client, ground.tables.core) };
  return (await sameNumber(stores, partner!)).map((one) => one.partnerId);
};

describe('two partners with one taxpayer number', () => {
  test('are one payee for the threshold, and each has a return with an account of its own', async () => {
    const program = await givenProgram(ground, 'shared');
    await payees.filer(program);
    const one = await payees.payee(program, 'Blog', w9(), 350_00);
    const two = await payees.payee(program, 'Video', w9({ businessName: 'Trail Films' }), 250_00);
    // The same nine digits as an EIN, a number of its own, and none: not the same payee.
    const ein = await payees.payee(program, 'Ein', entity('Ein LP', 'partnership', '12-3456789'), 599_99);
    const alone = await payees.payee(program, 'Alone', w9({ tin: { box: 'ssn', number: '123-45-6780' } }), 599_98);
    const foreign = await payees.payee(program, 'Foreign', w8(), 599_97);

    const { made, summary } = await file(program);
    expect(made).toEqual([1]);
    expect(summary).toMatchObject({ filed: { payees: 2, cents: 600_00 }, notDue: { payees: 3, cents: 1_799_94 } });
    const csv = readIrisCsv(ground.document(`tax/${program.brandId}/${YEAR}/000001-US/iris.csv`)!);
    expect(csv.map(({ account, tin, compensationCents }) => [account, tin, compensationCents]).sort()).toEqual(
      [
        [one, '123456789', 350_00],
        [two, '123456789', 250_00],
      ].sort(),
    );
    expect(sumOf(csv).compensationCents).toBe((await payees.ledgerTotal(program, [one, two])).paid);
    const all = await assessed(program);
    expect([ein, alone, foreign].map((id) => all.get(id)?.taxpayer)).toEqual([undefined, undefined, undefined]);

    const shared = { partnerIds: [two], grossCents: 600_00, withheldCents: 0 };
    expect(all.get(one)?.taxpayer).toMatchObject(shared);
    const list = await call('yearEnd', 'listTaxReturns', program, { year: String(YEAR) });
    expect(list.items.find((row: { partnerId: string }) => row.partnerId === one).taxpayer).toEqual({
      ...shared,
      words: `${two} has the same taxpayer number; 600.00 USD is reported of all together.`,
    });
    const year = await call('forms', 'getPartnerTaxYear', program, { partnerId: one, year: String(YEAR) });
    expect(year).toMatchObject({ grossCents: 350_00, federal: { file: true }, taxpayer: shared });
    // Run again there is nothing new.
    expect((await file(program)).made).toEqual([]);
    expect((await file(program, { mode: 'corrected' })).made).toEqual([]);
  });

  test('are looked for again when a form changes, and no older form is opened a second time', async () => {
    const program = await givenProgram(ground, 'changes');
    const one = await payees.payee(program, 'One', w9(), 400_00);
    const two = await payees.payee(program, 'Two', w9(), 400_00);
    expect(await others(program, one)).toEqual([]);
    expect(await match(program)).toMatchObject({ matched: 2, cursor: null });
    expect(await others(program, one)).toEqual([two]);
    expect(await match(program)).toMatchObject({ matched: 0 });
    // A mistyped number: until it is compared the partner stands alone, on both sides.
    await payees.handIn(program, two, w9({ tin: { box: 'ssn', number: '123-45-6780' } }), '2025-03-01T10:00:00.000Z');
    expect([await others(program, one), await others(program, two)]).toEqual([[], []]);
    expect(await match(program)).toMatchObject({ matched: 1 });
    expect([await others(program, one), await others(program, two)]).toEqual([[], []]);
    await payees.handIn(program, two, w9(), '2025-03-02T10:00:00.000Z');
    await match(program);
    expect([await others(program, one), await others(program, two)]).toEqual([[two], [one]]);
    await payees.handIn(program, two, w8(), '2025-03-03T10:00:00.000Z');
    expect(await others(program, one)).toEqual([]);
  });

  test('of another brand are strangers: other key, other fingerprint, and nobody is told of them', async () => {
    const [mine, theirs] = [await givenProgram(ground, 'mine'), await givenProgram(ground, 'theirs')];
    const me = await payees.payee(mine, 'Me', w9(), 350_00);
    const them = await payees.payee(theirs, 'Them', w9(), 350_00);
    const twin = await payees.payee(theirs, 'Twin', w9(), 350_00);
    await file(mine, { dryRun: true });
    await file(theirs, { dryRun: true });
    const store = taxpayers(ground.engine.client, ground.tables.core);
    const fingerprint = async ({ brandId }: GivenProgram, id: string) =>
      (await store.many(brandId, [id])).get(id)!.fingerprint;
    expect(await fingerprint(mine, me)).not.toBe(await fingerprint(theirs, them));
    expect(await fingerprint(theirs, twin)).toBe(await fingerprint(theirs, them));
    expect(await store.everHad(mine.brandId, await fingerprint(theirs, them))).toEqual([]);
    expect((await assessed(mine)).get(me)).toMatchObject({ federal: { file: false } });
    const asked = await call('forms', 'getPartnerTaxYear', mine, { partnerId: me, year: String(YEAR) });
    expect(asked.taxpayer).toBeUndefined();
    const stranger = await call('forms', 'getPartnerTaxYear', mine, { partnerId: them, year: String(YEAR) });
    expect(stranger).toMatchObject({ code: 'no-such-partner' });
  });

  test('give away no number, no fingerprint and no key: not in answers, rows or the audit log', async () => {
    const program = await givenProgram(ground, 'quiet');
    const one = await payees.payee(program, 'One', w9(), 350_00);
    const two = await payees.payee(program, 'Two', w9(), 350_00);
    await file(program, { dryRun: true });
    const { client } = ground.engine;
    const known = (await taxpayers(client, ground.tables.core).many(program.brandId, [one])).get(one)!;
    const reader = taxVaultReader(client, ground.tables.vault, new KMSClient({}));
    const { [TAXPAYER_KEY]: key = '' } =
      (await reader.read({ brandId: program.brandId, partnerId: 'TAXPAYERS', version: 1 }, [TAXPAYER_KEY])) ?? {};
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    const params = { partnerId: one, year: String(YEAR) };
    const answers = [
      await call('forms', 'getPartnerTaxYear', program, params),
      await call('forms', 'getTaxForm', program, params),
      await call('partners', 'getPartner', program, params),
      await call('partners', 'listPartners', program),
      await call('yearEnd', 'listTaxReturns', program, params),
      await call('audit', 'listAudit', program),
    ];
    expect(JSON.stringify(answers)).toContain(two);
    expect(JSON.stringify(answers)).toContain('matchTaxpayers');
    expect(JSON.stringify(answers)).not.toContain(known.fingerprint);
    const rows = await Promise.all(
      [ground.tables.core, ground.tables.vault].map(
        async (TableName) => (await client.send(new ScanCommand({ TableName }))).Items,
      ),
    );
    for (const secret of [NUMBER, NUMBER.replaceAll('-', ''), key]) {
      expect(JSON.stringify([answers, rows])).not.toContain(secret);
    }
  });
});

test('numbers are compared in portions where the time of a call is short, and whatever write it dies after', async () => {
  const program = await givenProgram(ground, 'portions');
  const ids: string[] = [];
  for (let place = 0; place < 3; place += 1) ids.push(await payees.payee(program, `P${place}`, w9(), 250_00));
  for (let writes = 0; writes < 7; writes += 1) {
    ground.crashAfter(writes);
    await match(program).catch(() => {});
    ground.heal();
  }
  expect(await untilDone(steps.match, order(program), SPENT)).toMatchObject({ cursor: null });
  const [first, ...rest] = ids;
  expect(await others(program, first!)).toEqual([...rest].sort());
  expect((await file(program, { dryRun: true })).summary.due).toEqual({ payees: 3, cents: 750_00 });
});
