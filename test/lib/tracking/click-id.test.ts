import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brandOfLink, mint, mintLinkCode } from '../../../lib/ids.ts';
import { instant } from '../../../lib/time.ts';
import {
  type ClickFacts,
  type ClickKeys,
  clickOf,
  mintClickId,
  readClickId,
  refusalReason,
  touchOfClickId,
} from '../../../lib/tracking/click-id.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const times = fc.integer({ min: 0, max: 253_402_300_799_999 });

const factsArbitrary: fc.Arbitrary<ClickFacts> = fc
  .record({ brand: bytes(4), link: bytes(5), partner: bytes(4), atMs: times, visitor: bytes(8), nonce: bytes(2) })
  .map(({ brand, link, partner, atMs, visitor, nonce }) => {
    const code = mintLinkCode(mint('brand', atMs, brand), link);
    return {
      brandId: brandOfLink(code),
      link: code,
      partnerId: mint('partner', atMs, partner),
      at: instant(atMs),
      visitor: Buffer.from(visitor).toString('base64url'),
      nonce: Buffer.from(nonce).toString('hex'),
    };
  });
const keysArbitrary: fc.Arbitrary<ClickKeys> = fc
  .uniqueArray(fc.tuple(fc.nat(255), bytes(32).map(createSecretKey)), {
    selector: ([number]) => number,
    minLength: 1,
    maxLength: 5,
  })
  .map((entries) => ({ current: entries[0]![0], keys: new Map(entries) }));
const programArbitrary = fc.tuple(times, bytes(4)).map(([atMs, random]) => mint('program', atMs, random));

const known: ClickFacts = {
  brandId: 'brd_0a1b2c',
  link: '0a1b2c00000001',
  partnerId: 'ptr_01jqg0000000zzzz',
  at: '2026-03-29T10:00:00.000Z',
  visitor: 'AAECAwQFBgc',
  nonce: 'beef',
};
const keys: ClickKeys = { current: 7, keys: new Map([[7, createSecretKey(Buffer.alloc(32, 1))]]) };
const program = 'prg_01jqg0000000yyyy';

describe('laws of the click id', () => {
  test('what is minted is read again, in 64 URL-safe characters', () => {
    fc.assert(
      fc.property(factsArbitrary, keysArbitrary, programArbitrary, (facts, keys, program) => {
        const id = mintClickId(facts, keys, program);
        expect(id).toMatch(/^[A-Za-z0-9_-]{64}$/);
        expect(readClickId(id, keys, program)).toEqual(facts);
        expect(clickOf({ clickId: id })).toEqual(facts);
      }),
    );
  });

  test('any flipped bit is refused', () => {
    fc.assert(
      fc.property(factsArbitrary, keysArbitrary, programArbitrary, fc.nat(48 * 8 - 1), (facts, keys, program, bit) => {
        const changed = Buffer.from(mintClickId(facts, keys, program), 'base64url');
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const expected = keys.keys.has(changed[0]!) ? 'forged' : 'unknown-key';
        expect(readClickId(changed.toString('base64url'), keys, program)).toBe(expected);
      }),
    );
  });

  test('an id of another program is refused', () => {
    fc.assert(
      fc.property(factsArbitrary, keysArbitrary, programArbitrary, programArbitrary, (facts, keys, program, other) => {
        fc.pre(program !== other);
        expect(readClickId(mintClickId(facts, keys, program), keys, other)).toBe('forged');
      }),
    );
  });

  test('an id signed with another key under the same number is refused', () => {
    fc.assert(
      fc.property(factsArbitrary, keysArbitrary, programArbitrary, bytes(32), (facts, keys, program, random) => {
        const other = createSecretKey(random);
        fc.pre(!keys.keys.get(keys.current)!.equals(other));
        const guessed = { current: keys.current, keys: new Map([[keys.current, other]]) };
        expect(readClickId(mintClickId(facts, guessed, program), keys, program)).toBe('forged');
      }),
    );
  });

  test('no text breaks the reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^[A-Za-z0-9_-]{64}$/.test(text));
        expect(readClickId(text, keys, program)).toBe('malformed');
      }),
    );
  });
});

test('the layout is the documented one, byte for byte (made with another implementation)', () => {
  const parts = [
    '07',
    '00a0ac4c0000000001',
    '006578000000000fffff',
    '019d39093d00',
    '0001020304050607',
    'beef',
    'd0b705f3060c2aff9b37f449',
  ];
  expect(Buffer.from(mintClickId(known, keys, program), 'base64url').toString('hex')).toBe(parts.join(''));
});

test.each([
  ['empty', ''],
  ['a character short', 'A'.repeat(63)],
  ['a character long', 'A'.repeat(65)],
  ['padding', `${'A'.repeat(63)}=`],
  ['ordinary base64', `${'A'.repeat(63)}/`],
  ['a line break at the end', `${'A'.repeat(64)}\n`],
])('%s is malformed', (_, id) => {
  expect(readClickId(id, keys, program)).toBe('malformed');
});

test('an old key still verifies, a dropped one does not', () => {
  const id = mintClickId(known, keys, program);
  const rotated = { current: 8, keys: new Map([...keys.keys, [8, createSecretKey(Buffer.alloc(32, 2))]]) };
  expect(readClickId(id, rotated, program)).toEqual(known);
  expect(readClickId(id, { current: 8, keys: new Map([[8, createSecretKey(Buffer.alloc(32, 2))]]) }, program)).toBe(
    'unknown-key',
  );
});

describe('the click of a stored conversion', () => {
  const clickId = mintClickId(known, keys, program);

  test('is in its id', () => {
    expect(touchOfClickId(clickOf({ clickId })!)).toEqual({
      kind: 'click',
      touchId: 'AAECAwQFBgc#2026-03-29T10:00:00.000Z#beef',
      partnerId: known.partnerId,
      link: known.link,
      at: known.at,
    });
  });

  test.each(['malformed', 'unknown-key', 'forged'] as const)('is nobody’s when the id was %s', (clickIdRefused) => {
    expect(clickOf({ clickId, clickIdRefused })).toBeUndefined();
    expect(refusalReason(clickIdRefused)).toBe(`click-id-${clickIdRefused}`);
  });

  test('is nothing without an id', () => expect(clickOf({})).toBeUndefined());
});
