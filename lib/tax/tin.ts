/**
 * Taxpayer identification numbers of the United States: nine digits, no check digit, so what can be found out here is only whether a
 * number can exist. Whether it is the payee's own only the IRS knows (`lib/tax/tin-match.ts`). Rules as the SSA and the IRS publish them.
 */
export type TinBox = 'ssn' | 'ein';
export type TinType = 'ssn' | 'itin' | 'atin' | 'ein';

export type ReadTin =
  | { readonly tin: string; readonly type: TinType; readonly warnings: readonly string[] }
  /** Why no such number was ever given out. */
  | { readonly refused: string };

/** Numbers that were printed on sample cards and forms, and that people copy. */
const SAMPLES = new Set(['078051120', '219099999', '457555462']);

/** Prefixes that no IRS campus gives out today. New ones are opened now and then, so a number that has one is doubted and not refused. */
const UNASSIGNED_CAMPUSES = new Set('00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97'.split(' '));

/**
 * Digits four and five of numbers for individuals without an SSN. The stretch from 50 to 65 rests on memory, not on a text that was read
 * (docs/tax.md).
 */
const isItinGroup = (group: number) =>
  (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 92) || group >= 94;
const ADOPTION_GROUP = 93;

/** Reads the number of one of the two boxes of a W-9; that of an individual may be an SSN, an ITIN or an ATIN. */
export function readTin(box: TinBox, text: string): ReadTin {
  const shape = box === 'ein' ? /^\d{2}-?\d{7}$/ : /^\d{3}-?\d{2}-?\d{4}$/;
  if (!shape.test(text)) {
    return { refused: `must be nine digits, e.g. ${box === 'ein' ? '12-3456789' : '123-45-6789'}` };
  }
  const tin = text.replaceAll('-', '');
  return box === 'ein' ? readEin(tin) : readPersons(tin);
}

function readEin(tin: string): ReadTin {
  const prefix = tin.slice(0, 2);
  const doubted = UNASSIGNED_CAMPUSES.has(prefix);
  const warnings = doubted ? [`No IRS campus is known to give out employer numbers that begin with ${prefix}.`] : [];
  return { tin, type: 'ein', warnings };
}

function readPersons(tin: string): ReadTin {
  const [area, group, serial] = [tin.slice(0, 3), tin.slice(3, 5), tin.slice(5)];
  if (area.startsWith('9')) {
    if (Number(group) === ADOPTION_GROUP) return { tin, type: 'atin', warnings: [] };
    if (isItinGroup(Number(group))) return { tin, type: 'itin', warnings: [] };
    return { refused: `must be a number that is given out; none that begins with 9 has ${group} in the middle` };
  }
  if (area === '000' || area === '666' || group === '00' || serial === '0000') {
    return { refused: 'must be a number that is given out; no part is all zeros and none begins with 666' };
  }
  if (SAMPLES.has(tin)) return { refused: 'must be the payee’s own number; this one was printed on a sample card' };
  return { tin, type: 'ssn', warnings: [] };
}

/** All of a number that is ever shown outside the vault and the files for the IRS (Reg. 301.6109-4). */
export const lastFour = (tin: string): string => tin.slice(-4);
