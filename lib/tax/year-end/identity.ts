import { oneLine, type PersonName, type UsAddress } from '../parts.ts';
import { readTin, type TinBox, type TinType } from '../tin.ts';
import { irsText } from './irs-text.ts';

/** A payee as a return names one, read from a version of the W-9 in the vault. Holds the whole number: it never leaves the function that reads it. */
export interface PayeeIdentity {
  readonly tin: string;
  readonly tinType: TinType;
  /** Line 1 of an individual. */
  readonly person?: PersonName;
  /** Line 1 as one text. */
  readonly name: string;
  /** Line 2. */
  readonly businessName?: string;
  readonly address: UsAddress;
}

const PERSON_FIELDS = ['person.first', 'person.middle', 'person.last', 'person.suffix'] as const;
/** Leaves of a W-9 that say who somebody is. */
export const NAME_FIELDS = ['name', ...PERSON_FIELDS, 'tin.box', 'tin.number'] as const;
/** Those, and what else a return has. */
export const IDENTITY_FIELDS = [
  ...NAME_FIELDS,
  'businessName',
  'address.line1',
  'address.line2',
  'address.city',
  'address.state',
  'address.zip',
] as const;

type Leaves = Readonly<Record<string, string>>;

/** Name and number from the leaves of a W-9 that was accepted. @throws Error when the number is one that would have been refused. */
export function nameOf(leaves: Leaves, partnerId: string): Pick<PayeeIdentity, 'tin' | 'tinType' | 'person' | 'name'> {
  const read = readTin(leaves['tin.box'] as TinBox, leaves['tin.number'] ?? '');
  if ('refused' in read) throw new Error(`the vault holds a number of ${partnerId} that ${read.refused}`);
  const { tin, type: tinType } = read;
  if (leaves.name !== undefined) return { tin, tinType, name: leaves.name };
  const person = {
    first: leaves['person.first'] ?? '',
    middle: leaves['person.middle'],
    last: leaves['person.last'] ?? '',
    suffix: leaves['person.suffix'],
  };
  return { tin, tinType, person, name: oneLine(person) };
}

/** The payee that a W-9 names, from the leaves of one version of it. @throws Error as {@link nameOf}. */
export function identityOf(leaves: Leaves, partnerId: string): PayeeIdentity {
  const { businessName } = leaves;
  return {
    ...nameOf(leaves, partnerId),
    ...(businessName !== undefined && { businessName }),
    address: {
      line1: leaves['address.line1'] ?? '',
      line2: leaves['address.line2'],
      city: leaves['address.city'] ?? '',
      state: leaves['address.state'] ?? '',
      zip: leaves['address.zip'] ?? '',
    },
  };
}

/** Whether two forms name the same taxpayer. What a new form says in another way only (case, accents) is no other name. */
export const sameTaxpayer = (a: PayeeIdentity, b: PayeeIdentity): boolean =>
  a.tin === b.tin && irsText(a.name, 80) === irsText(b.name, 80);

/** What a name or address cannot be written with in the IRS's files; nothing when all can. */
export function unwritable({ name, person, businessName, address }: PayeeIdentity): string | undefined {
  const written: readonly (readonly [what: string, text: string | undefined])[] = [
    ...(person ? Object.entries(person) : [['name', name] as const]),
    ['business name', businessName],
    ['address', address.line1],
    ['second line of the address', address.line2],
    ['city', address.city],
  ];
  return written.find(([, text]) => text !== undefined && irsText(text, 80) === undefined)?.[0];
}
