import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  brandOfLink,
  derive,
  fromBase32,
  type IdKind,
  idPattern,
  LINK_CODE,
  mint,
  mintLinkCode,
  PREFIXES,
  toBase32,
} from '../../lib/ids.ts';

const KINDS = Object.keys(PREFIXES) as IdKind[];
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('base32', () => {
  test.each([
    [0n, 1, '0'],
    [31n, 1, 'z'],
    [32n, 2, '10'],
    [1023n, 4, '00zz'],
  ])('%i in %i characters is %s', (value, length, text) => {
    expect(toBase32(value, length)).toBe(text);
    expect(fromBase32(text)).toBe(value);
  });

  test('goes there and back', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n - 1n }), (n) => fromBase32(toBase32(n, 16)) === n));
  });
  test.each(['i', 'l', 'o', 'u', 'A', '-', ' '])('knows no %j', (text) => expect(fromBase32(text)).toBeUndefined());
});

describe('ids', () => {
  test.each(KINDS)('a minted %s fits its pattern and names its kind', (kind) => {
    fc.assert(
      fc.property(fc.nat(4_102_444_800_000), bytes(4), (at, random) => {
        const id = mint(kind, at, random);
        expect(id).toMatch(idPattern(kind));
        expect(id.startsWith(`${PREFIXES[kind]}_`)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('sorts by the time it was minted', () => {
    fc.assert(
      fc.property(
        fc.nat(4_102_444_800_000),
        fc.integer({ min: 1, max: 1e9 }),
        bytes(4),
        bytes(4),
        (at, later, a, b) => {
          expect(mint('partner', at, a) < mint('partner', at + later, b)).toBe(true);
        },
      ),
    );
  });

  test('a brand id is six characters of randomness, whenever it was minted', () => {
    const random = new Uint8Array([1, 2, 3, 4]);
    expect(mint('brand', 0, random)).toBe(mint('brand', 1_000_000, random));
    expect(mint('brand', 0, random)).toMatch(/^brd_.{6}$/);
  });

  test('the same inputs derive the same id, for ever', () => {
    expect(derive('journal', 'brd_000001', 'prg_1', 7)).toBe('jrn_010m7652fp9g8nwp');
    expect(derive('journal', 'brd_000001', 'prg_1', 7)).toMatch(idPattern('journal'));
  });

  test('inputs do not run into each other', () => {
    expect(derive('journal', 'ab', 'c')).not.toBe(derive('journal', 'a', 'bc'));
    expect(derive('journal', 'a', 1)).not.toBe(derive('payoutItem', 'a', 1));
  });
});

describe('link codes', () => {
  test('carry their brand', () => {
    fc.assert(
      fc.property(bytes(4), bytes(5), (brand, link) => {
        const brandId = mint('brand', 0, brand);
        const code = mintLinkCode(brandId, link);
        expect(code).toMatch(LINK_CODE);
        expect(brandOfLink(code)).toBe(brandId);
      }),
    );
  });
});
