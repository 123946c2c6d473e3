import { describe, expect, test } from 'vitest';
import { blockOf, inNetworks } from '../../../lib/programs/network-block.ts';
import { TrackingSettings } from '../../../lib/programs/tracking-settings.ts';

test('nothing said is what everybody has', () => {
  expect(TrackingSettings.parse({})).toEqual({
    mode: 'moderate',
    countries: [],
    dataCentres: [],
    passQuery: false,
    denyQuery: [],
    utm: {},
    standDownParameter: null,
    cookies: 'outside-europe',
    lateAfterDays: 7,
    duplicateMinutes: 10,
  });
});

describe('settings refuse', () => {
  test.each([
    ['a mode nobody knows', { mode: 'lenient' }],
    ['a country by its name', { countries: ['Germany'] }],
    ['a country in small letters', { countries: ['de'] }],
    ['an address for a network', { dataCentres: ['192.0.2.1'] }],
    ['half the internet', { dataCentres: ['0.0.0.0/1'] }],
    ['a parameter that is none', { denyQuery: ['a b'] }],
    ['a UTM parameter that is none', { utm: { utm_colour: 'x' } }],
    ['a macro nobody fills in', { utm: { utm_source: '{name}' } }],
    ['a template with a line break', { utm: { utm_source: 'a\nb' } }],
    ['a stand-down parameter with a value', { standDownParameter: 'afsrc=1' }],
    ['a field nobody reads', { sampling: 1 }],
  ])('%s', (_, settings) => expect(TrackingSettings.safeParse(settings).success).toBe(false));
});

describe('networks', () => {
  test.each([
    ['192.0.2.0/24', true],
    ['2001:db8::/32', true],
    ['10.0.0.0/8', true],
    ['10.0.0.0/7', false],
    ['10.0.0.0/33', false],
    ['::/0', false],
    ['300.0.0.0/8', false],
    ['shop.example/24', false],
    ['', false],
  ])('%s is one: %s', (text, expected) => expect(blockOf(text) !== undefined).toBe(expected));

  test('hold their addresses and no others', () => {
    const within = inNetworks(['192.0.2.0/24', '2001:db8::/32']);
    for (const address of ['192.0.2.0', '192.0.2.255', '2001:db8:1::7']) expect(within(address), address).toBe(true);
    for (const address of ['192.0.3.0', '2001:db9::', '', 'x', '192.0.2']) expect(within(address), address).toBe(false);
  });
});
