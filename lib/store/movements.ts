import { type IdKind, idPattern } from '../ids.ts';
import {
  clickMovement,
  conversionMovements,
  type DayTerms,
  journalMovement,
  type Movement,
  NO_PARTNER,
} from '../measures/day.ts';
import type { Change, Row } from './changes.ts';
import { toClick } from './click-row.ts';
import { isConversion } from './conversion-keys.ts';
import { toConversion } from './conversion-row.ts';
import { toJournal } from './ledger.ts';

/** Tables whose rows count towards a day. */
export type Countable = 'clicks' | 'conversions' | 'ledger';

/** The program a row belongs to: the first two parts of its key in all three tables. Throws when they name none. */
export function programOf({ key }: Change): { readonly brandId: string; readonly programId: string } {
  const [brandId = '', programId = ''] = String(key.pk).split('#');
  if (!isId('brand', brandId) || !isId('program', programId)) throw new Error('the key names no program');
  return { brandId, programId };
}

/** What a change adds to days: nothing for most. Throws on a row that no code of ours writes. */
export function movementsOf(change: Change, table: Countable, terms: DayTerms): Movement[] {
  const movements = READERS[table](change, terms);
  for (const { partnerId, by } of movements) {
    if (partnerId !== NO_PARTNER && !isId('partner', partnerId)) throw new Error('the row names no partner');
    if (!Object.values(by).every(Number.isSafeInteger)) throw new Error('the row counts something that is no integer');
  }
  return movements;
}

const READERS: Readonly<Record<Countable, (change: Change, terms: DayTerms) => Movement[]>> = {
  // A click written twice is a MODIFY, one that expired a REMOVE; neither is a click.
  clicks: ({ kind, after }, terms) => {
    const movement = kind === 'INSERT' && after ? clickMovement(toClick(after), terms) : undefined;
    return movement ? [movement] : [];
  },
  conversions: ({ before, after }, terms) => conversionMovements(conversionOf(before), conversionOf(after), terms),
  ledger: ({ kind, after }, terms) => {
    const movement = kind === 'INSERT' && after ? journalMovement(toJournal(after), terms) : undefined;
    return movement ? [movement] : [];
  },
};

/** Of a conversion that counts: a trial does not. */
function conversionOf(row: Row | undefined) {
  const conversion = row && isConversion(row) ? toConversion(row) : undefined;
  return conversion?.test ? undefined : conversion;
}

const isId = (kind: IdKind, text: string) => idPattern(kind).test(text);
