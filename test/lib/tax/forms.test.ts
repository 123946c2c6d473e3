import { describe, expect, test } from 'vitest';
import { acceptForm, TaxForm, withCountry } from '../../../lib/tax/accept-form.ts';
import { formProblems, type TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { dutyOf } from '../../../lib/tax/payee.ts';
import { w8ExpiresAfter } from '../../../lib/tax/w8.ts';
import { type LlcLetter, lineOneOf, type TaxClass, W9 } from '../../../lib/tax/w9.ts';

const AT = '2026-03-29T10:00:00.000Z';
const signature = { name: 'Mara Lindt', signedOn: '2026-03-28', underPenaltiesOfPerjury: true };
const address = { line1: '12 Ridge Road', city: 'Boulder', state: 'CO', zip: '80302' };
const person = { first: 'Mara', last: 'Lindt' };
const tin = { box: 'ssn', number: '123-45-6789' };
const w9 = { form: 'w9', person, taxClass: 'individual', address, tin, signature };
const company = {
  ...w9,
  person: undefined,
  name: 'Trail Notes Inc',
  taxClass: 'c-corporation',
  tin: { box: 'ein', number: '12-3456789' },
};
const w8 = {
  form: 'w8ben',
  name: 'Jonas Berg',
  country: 'DE',
  address: { line1: 'Weg 1', city: 'Kiel', country: 'DE' },
  foreignTin: '12 345 678 901',
  servicesPerformed: 'outside-us',
  signature,
};

const complaints = (body: object) => {
  const parsed = TaxForm.safeParse(body);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

describe('a form is taken', () => {
  test.each<[string, object]>([
    ['of an individual', w9],
    ['of a sole proprietor with an EIN', { ...w9, tin: company.tin }],
    ['of a corporation', company],
    ['of an LLC taxed as a partnership', { ...company, taxClass: 'llc', llcTaxedAs: 'P' }],
    ['of a grantor trust with a person’s number', { ...company, taxClass: 'trust-estate', tin }],
    ['after a second notice', { ...w9, verifiedBy: 'ssa-printout' }],
    ['W-8BEN', w8],
    [
      'W-8BEN without a foreign number, with why',
      { ...w8, foreignTin: undefined, noForeignTin: 'The country gives none' },
    ],
    ['W-8BEN-E', { ...w8, form: 'w8ben-e', entityType: 'corporation' }],
  ])('%s', (_, body) => expect(complaints(body)).toEqual([]));
});

describe('a form is refused, and the field named', () => {
  test.each<[string, object, string[]]>([
    [
      'not signed under penalties of perjury',
      { ...w9, signature: { ...signature, underPenaltiesOfPerjury: false } },
      ['signature.underPenaltiesOfPerjury'],
    ],
    ['an individual without a name', { ...w9, person: undefined }, ['person']],
    ['an individual with an entity’s name too', { ...w9, name: 'Trail Notes' }, ['person']],
    ['a corporation with a person’s name', { ...company, name: undefined, person }, ['name']],
    ['an LLC without its letter', { ...company, taxClass: 'llc' }, ['llcTaxedAs']],
    ['a letter without an LLC', { ...company, llcTaxedAs: 'S' }, ['llcTaxedAs']],
    ['a corporation with an SSN', { ...company, tin }, ['tin.box']],
    ['a sample number', { ...w9, tin: { box: 'ssn', number: '078-05-1120' } }, ['tin.number']],
    ['the wrong proof of a number', { ...w9, verifiedBy: 'irs-letter-147c' }, ['verifiedBy']],
    ['a W-8 of an American', { ...w8, country: 'US' }, ['country']],
    ['a W-8 from an American address', { ...w8, address: { ...w8.address, country: 'US' } }, ['address.country']],
    ['a W-8 without number or reason', { ...w8, foreignTin: undefined }, ['foreignTin']],
    ['an entity that does not say which', { ...w8, form: 'w8ben-e' }, ['entityType']],
    ['an individual that is an entity', { ...w8, entityType: 'estate' }, ['entityType']],
    ['a form that is none', { ...w8, form: 'w7' }, ['form']],
  ])('%s', (_, body, fields) => expect(complaints(body)).toEqual(fields));
});

test('line 1 of a person is the parts of the name', () => {
  const form = W9.parse({ ...w9, person: { first: 'Mara', middle: 'Q', last: 'Lindt', suffix: 'Jr' } });
  expect(lineOneOf(form)).toBe('Mara Q Lindt Jr');
  expect(lineOneOf(W9.parse(company))).toBe('Trail Notes Inc');
});

describe('who is reported', () => {
  test.each<[TaxClass, LlcLetter | undefined, string]>([
    ['individual', undefined, 'report'],
    ['partnership', undefined, 'report'],
    ['trust-estate', undefined, 'report'],
    ['llc', 'P', 'report'],
    ['llc', 'C', 'exempt'],
    ['llc', 'S', 'exempt'],
    ['c-corporation', undefined, 'exempt'],
    ['s-corporation', undefined, 'exempt'],
    ['tax-exempt', undefined, 'exempt'],
    ['government', undefined, 'exempt'],
  ])('%s %s: %s', (taxClass, letter, duty) => expect(dutyOf(taxClass, letter).duty).toBe(duty));
});

test.each([
  ['2026-01-01', '2029-12-31'],
  ['2026-12-31', '2029-12-31'],
  ['2024-02-29', '2027-12-31'],
])('a W-8 signed on %s is valid until %s', (signed, until) => expect(w8ExpiresAfter(signed)).toBe(until));

describe('what is known of a form', () => {
  const accept = (body: object, before?: TaxFormOnFile, at = AT) => acceptForm(TaxForm.parse(body), before, at);

  test('is no more than the last four of a number', () => {
    const known = accept(w9);
    expect(known).toMatchObject({ version: 1, duty: 'report', tinType: 'ssn', tinLast4: '6789', state: 'CO' });
    expect(JSON.stringify(known)).not.toMatch(/12345|Ridge|Lindt/);
    expect(JSON.stringify(accept(w8))).not.toMatch(/345|Weg|Berg/);
  });

  test('counts versions and forgets the match of another number', () => {
    const first = { ...accept(w9), tinMatch: { code: 0 as const, at: AT } };
    expect(accept(company, first)).toMatchObject({ version: 2, duty: 'exempt', tinLast4: '6789' });
    expect(accept(company, first).tinMatch).toBeUndefined();
  });

  test('is refused when signed the day after tomorrow, or so long ago that it holds no more', () => {
    const signed = (body: object, signedOn: string) => () => accept({ ...body, signature: { ...signature, signedOn } });
    expect(signed(w9, '2026-03-30')).not.toThrow();
    expect(signed(w9, '2026-03-31')).toThrow('future');
    expect(signed(w8, '2023-01-01')).not.toThrow();
    expect(signed(w8, '2022-12-31')).toThrow('2025-12-31');
    expect(signed(w9, '2009-12-31')).not.toThrow();
  });

  test('lets money go until the last day of a W-8 and not after', () => {
    const known = accept(w8);
    expect(formProblems(known, '2029-12-31')).toEqual([]);
    expect(formProblems(known, '2030-01-01')).toMatchObject([{ code: 'tax-form-expired' }]);
    expect(formProblems(accept(w9), '2099-01-01')).toEqual([]);
  });

  test.each(['inside-us', 'both'])('lets no money go to a foreigner whose work is done %s', (servicesPerformed) => {
    const [problem] = formProblems(accept({ ...w8, servicesPerformed }), '2026-04-01');
    expect(problem).toMatchObject({ code: 'tax-withholding-due', words: expect.stringContaining('30 %') });
  });

  test('is outdated once the country is another, and good again when that was a slip or a new form came', () => {
    const known = accept(w9);
    const moved = withCountry(known, { from: 'US', to: 'DE', at: AT });
    expect(formProblems(moved!, '2026-04-01')).toMatchObject([{ code: 'tax-form-outdated' }]);
    expect(withCountry(moved, { from: 'DE', to: 'US', at: AT })).toEqual(known);
    expect(withCountry(known, { from: undefined, to: 'US', at: AT })).toEqual(known);
    expect(withCountry(known, { from: 'US', to: undefined, at: AT })).toEqual(known);
    expect(withCountry(undefined, { from: 'US', to: 'DE', at: AT })).toBeUndefined();
    expect(accept(w9, moved).outdatedSince).toBeUndefined();
    expect(withCountry(accept(w8), { from: undefined, to: 'DE', at: AT })?.outdatedSince).toBeUndefined();
    expect(withCountry(accept(w8), { from: 'DE', to: 'FR', at: AT })?.outdatedSince).toBe(AT);
  });
});
