import { describe, expect, test } from 'vitest';
import { whyNotDestination } from '../../../lib/programs/destination.ts';
import {
  CurrencyField,
  DayField,
  HostField,
  HttpsUrl,
  InstantField,
  inForceAt,
  NameField,
  NewProgram,
} from '../../../lib/programs/program.ts';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('fields', () => {
  test.each([
    [InstantField, '2026-03-29T10:00:00Z', true],
    [InstantField, '2026-03-29T10:00:00+02:00', true],
    [InstantField, '2026-03-29T10:00:00', false],
    [InstantField, '2026-03-29', false],
    [InstantField, '2026-02-30T10:00:00Z', false],
    [InstantField, '0001-01-01T00:00:00+14:00', false],
    [InstantField, '1999-12-31T23:59:59Z', false],
    [DayField, '2199-12-31', true],
    [DayField, '2026-02-30', false],
    [DayField, '1999-12-31', false],
    [DayField, '9999-12-31', false],
    [CurrencyField, 'EUR', true],
    [CurrencyField, 'eur', false],
    [CurrencyField, 'QQQ', false],
    [HostField, 'shop.example', true],
    [HostField, 'localhost', false],
    [HostField, 'Shop.example', false],
    [HostField, 'shop.example/', false],
    [HttpsUrl, 'https://shop.example/a?b=c#d', true],
    [HttpsUrl, 'HTTPS://shop.example/', true],
    [HttpsUrl, 'https://', false],
    [HttpsUrl, 'https://shop.example:99999/', false],
    [HttpsUrl, ' https://shop.example/', false],
    [HttpsUrl, `https://shop.example/${'a'.repeat(2100)}`, false],
    [NameField, 'Fjord & Trail 🏔️', true],
    [NameField, 'شركة', true],
    [NameField, 'a\tb', false],
    [NameField, 'a\u2028b', false],
    [NameField, 'a'.repeat(121), false],
  ])('%# %s', (schema, value, expected) => expect(accepts(schema, value)).toBe(expected));

  test('a time is stored in UTC', () =>
    expect(InstantField.parse('2026-03-29T10:00:00+02:00')).toBe('2026-03-29T08:00:00.000Z'));
});

test('a program needs a name, a currency and a destination; the rest has defaults', () => {
  expect(NewProgram.parse({ name: ' A ', currency: 'EUR', destinationUrl: 'https://a.example/' })).toEqual({
    name: 'A',
    currency: 'EUR',
    timeZone: 'UTC',
    destinationUrl: 'https://a.example/',
    allowedHosts: [],
    clickParameter: 'trb_click',
    payoutTerms: { holdDays: 30, minimumCents: 5000, agreementVersion: '1', taxFormRequired: true },
  });
});

describe('the version in force', () => {
  const versions = [
    { version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z' },
    { version: 2, effectiveFrom: '2026-03-01T00:00:00.000Z' },
    { version: 3, effectiveFrom: '2026-03-01T00:00:00.000Z' },
    { version: 4, effectiveFrom: '2026-02-01T00:00:00.000Z' },
  ];
  test.each([
    ['before all of them is the first', '2025-01-01T00:00:00.000Z', 1],
    ['is the latest that started', '2026-02-15T00:00:00.000Z', 4],
    ['starts at its very instant', '2026-03-01T00:00:00.000Z', 3],
    ['is the highest number among equals', '2026-09-01T00:00:00.000Z', 3],
  ])('%s', (_, at, version) => expect(inForceAt(versions, at)?.version).toBe(version));
});

describe('a destination', () => {
  const program = {
    destinationUrl: 'https://www.shop.example/x',
    allowedHosts: ['outlet.example'],
    clickParameter: 'trb_click',
  };
  test.each([
    ['the destination’s host', 'https://www.shop.example/', true],
    ['its subdomain', 'https://de.www.shop.example/', true],
    ['its parent', 'https://shop.example/', false],
    ['its sibling', 'https://api.shop.example/', false],
    ['an allowed host in capitals', 'https://OUTLET.example/', true],
    ['an allowed host with a dot behind', 'https://outlet.example./', false],
    ['a look-alike in another script', 'https://оutlet.example/', false],
    ['the click parameter', 'https://outlet.example/?a=1&trb_click=x', false],
    ['the click parameter in the fragment', 'https://outlet.example/#trb_click=x', true],
  ])('%s', (_, url, allowed) => expect(whyNotDestination(url, program) === undefined).toBe(allowed));
});
