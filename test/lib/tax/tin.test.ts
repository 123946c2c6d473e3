import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastFour, readTin, type TinBox } from '../../../lib/tax/tin.ts';

describe('a number that can exist', () => {
  test.each<[string, TinBox, string, string, number]>([
    ['an SSN with hyphens', 'ssn', '123-45-6789', 'ssn', 0],
    ['an SSN without', 'ssn', '899999999', 'ssn', 0],
    ['the neighbour of a sample', 'ssn', '078051121', 'ssn', 0],
    ['an ITIN, first stretch', 'ssn', '900-50-0001', 'itin', 0],
    ['an ITIN, end of it', 'ssn', '999-65-9999', 'itin', 0],
    ['an ITIN, second stretch', 'ssn', '912-70-1234', 'itin', 0],
    ['an ITIN, 88', 'ssn', '912881234', 'itin', 0],
    ['an ITIN, 92', 'ssn', '912921234', 'itin', 0],
    ['an ITIN, 94', 'ssn', '912941234', 'itin', 0],
    ['an ITIN, 99', 'ssn', '912991234', 'itin', 0],
    ['an adoption number', 'ssn', '912-93-1234', 'atin', 0],
    ['an EIN', 'ein', '12-3456789', 'ein', 0],
    ['an EIN of no known campus is doubted, not refused', 'ein', '07-3456789', 'ein', 1],
    ['another one', 'ein', '97-3456789', 'ein', 1],
  ])('%s', (_, box, text, type, warnings) => {
    const read = readTin(box, text);
    expect(read).toMatchObject({ type, tin: text.replaceAll('-', '') });
    expect('warnings' in read && read.warnings.length).toBe(warnings);
  });
});

describe('a number that cannot', () => {
  test.each<[string, TinBox, string, string]>([
    ['eight digits', 'ssn', '12345678', 'nine digits'],
    ['hyphens of the other kind', 'ssn', '12-3456789', 'nine digits'],
    ['an EIN in the shape of an SSN', 'ein', '123-45-6789', 'nine digits'],
    ['letters', 'ein', '12-34567AB', 'nine digits'],
    ['blanks around it', 'ssn', ' 123456789', 'nine digits'],
    ['area 000', 'ssn', '000-12-3456', 'given out'],
    ['area 666', 'ssn', '666-12-3456', 'given out'],
    ['group 00', 'ssn', '123-00-3456', 'given out'],
    ['serial 0000', 'ssn', '123-45-0000', 'given out'],
    ['Woolworth’s wallet', 'ssn', '078-05-1120', 'sample'],
    ['a pamphlet', 'ssn', '219-09-9999', 'sample'],
    ['an advertisement', 'ssn', '457-55-5462', 'sample'],
    ['9 with 49', 'ssn', '912-49-1234', 'begins with 9'],
    ['9 with 66', 'ssn', '912-66-1234', 'begins with 9'],
    ['9 with 69', 'ssn', '912-69-1234', 'begins with 9'],
    ['9 with 89', 'ssn', '912-89-1234', 'begins with 9'],
  ])('%s', (_, box, text, words) => {
    const read = readTin(box, text);
    expect('refused' in read && read.refused).toContain(words);
  });
});

test('law: any nine digits are read or refused, and a type says which stretch they are in', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (number) => {
      const text = String(number).padStart(9, '0');
      const read = readTin('ssn', text);
      const nine = text.startsWith('9');
      if ('refused' in read) return;
      expect(read.type === 'ssn').toBe(!nine);
      expect(lastFour(read.tin)).toBe(text.slice(5));
    }),
  );
});
