import { format } from '../../money.ts';
import type { TaxFormOnFile } from '../form-on-file.ts';
import { moved, type PaidByProgram, type PartnerYear, partnerYear } from '../partner-year.ts';
import type { TaxSettings } from '../tax-settings.ts';
import type { TaxYear } from '../tax-year.ts';
import { type SharedNumber, type TaxpayerMember, taxpayerYears } from '../taxpayer-year.ts';

/** Why a payee’s return needs somebody to look at it; each is explained in docs/tax.md. */
export interface ReturnProblem {
  readonly code:
    | 'no-tax-form'
    | 'other-currency'
    | 'needs-1042-s'
    | 'tin-mismatch'
    | 'name-not-writable'
    | 'withheld-unclear'
    | 'same-number-unclear'
    | 'same-number-exempt';
  readonly words: string;
  /** Whether no return is made before it is mended. */
  readonly blocks: boolean;
}

/**
 * What amounts were made from: with it they can be made again at any time, whatever was posted or decided since.
 */
export interface Basis {
  /** Who reported payments on which rail, as the brand had said by then. */
  readonly reporting: TaxSettings['reporting'];
  /** Newest journal of each program's ledger in dollars by then; programs that had paid nothing in the year are left out. */
  readonly journals: Readonly<Record<string, number>>;
}

/** What the year of a payee comes to: everything of a return but who the payee is. Made from the ledger by every run of file-1099. */
export interface Assessment extends PartnerYear {
  readonly duty: 'report' | 'exempt' | 'foreign';
  /** Version of the form in the vault that names the payee; nothing without a W-9. */
  readonly formVersion?: number;
  readonly tinLast4?: string;
  /** Whether the IRS has said twice within three calendar years that name and number do not match. */
  readonly secondNotice: boolean;
  readonly problems: readonly ReturnProblem[];
  readonly basis: Basis;
  /** Other partners with the same taxpayer number who were paid in the year; nothing when there are none. */
  readonly taxpayer?: SharedNumber;
}

/** The figures of one payee for a year, and whatever keeps a return from being made. Nobody who was paid is left out silently. */
export function assess(
  rules: TaxYear,
  form: TaxFormOnFile | undefined,
  paid: readonly PaidByProgram[],
  settings: Pick<TaxSettings, 'reporting'>,
): Assessment {
  const figures = partnerYear(rules, form, paid, settings);
  const w9 = form?.form === 'w9' ? form : undefined;
  return {
    ...figures,
    duty: form?.duty ?? 'report',
    ...(w9 && { formVersion: w9.version, ...(w9.tinLast4 !== undefined && { tinLast4: w9.tinLast4 }) }),
    secondNotice: w9?.notices.some(({ number, answeredOn }) => number === 2 && answeredOn === undefined) ?? false,
    problems: problemsOf(form, figures),
    basis: basisOf(paid, settings),
  };
}

function basisOf(paid: readonly PaidByProgram[], { reporting }: Pick<TaxSettings, 'reporting'>): Basis {
  const journals = paid
    .filter((one) => one.currency === 'USD' && moved(one))
    .map(({ programId, journal = 0 }) => [programId, journal] as const);
  return { reporting, journals: Object.fromEntries(journals) };
}

/** One of several partners with the same taxpayer number, with the form that was assessed. */
export interface AssessedMember extends TaxpayerMember<Assessment> {
  readonly form: TaxFormOnFile;
}

/**
 * The assessments of partners who have the same taxpayer number, in the same order. Where one of them cannot be judged, none is filed: the sum
 * that decides on all of them is not known.
 */
export function assessTogether(rules: TaxYear, members: readonly AssessedMember[]): Assessment[] {
  return taxpayerYears(rules, members).map((year, place) => {
    const { partnerId, form } = members[place]!;
    const others = members.filter((one) => one.partnerId !== partnerId);
    return { ...year, problems: [...problemsOf(form, year), ...problemsOfSharing(form, others)] };
  });
}

function problemsOfSharing(form: TaxFormOnFile, others: readonly AssessedMember[]): ReturnProblem[] {
  if (form.duty !== 'report') return [];
  const named = (members: typeof others) => members.map(({ partnerId }) => partnerId).join(', ');
  const unclear = others.filter(
    (one) => one.year.grossCents < 0 || problemsOf(one.form, one.year).some(({ code }) => UNCLEAR.has(code)),
  );
  const exempt = others.filter((one) => one.form.duty !== 'report');
  return [
    ...(unclear.length > 0
      ? [
          {
            code: 'same-number-unclear' as const,
            words: `What was paid to ${named(unclear)}, with the same taxpayer number, has to be settled by hand, and so has this return.`,
            blocks: true,
          },
        ]
      : []),
    ...(exempt.length > 0
      ? [
          {
            code: 'same-number-exempt' as const,
            words: `${named(exempt)} has the same taxpayer number and certified to be exempt: one of the forms is wrong.`,
            blocks: false,
          },
        ]
      : []),
  ];
}

/** Problems for which the amounts of a payee are not what they seem. */
const UNCLEAR = new Set<ReturnProblem['code']>(['other-currency', 'withheld-unclear']);

function problemsOf(
  form: TaxFormOnFile | undefined,
  { grossCents, withheldCents, federal, state, notCounted }: PartnerYear,
): ReturnProblem[] {
  const problems: ReturnProblem[] = [];
  const add = (code: ReturnProblem['code'], blocks: boolean, words: string) => problems.push({ code, words, blocks });
  const due = federal.file || state?.file === true;
  if (due && form?.form !== 'w9') {
    const paid = format(grossCents, 'USD');
    add('no-tax-form', true, `${paid} is to be reported and no W-9 names the payee; ask for the form and run again.`);
  }
  if (notCounted.length > 0 && (form?.duty ?? 'report') === 'report') {
    const sums = notCounted.map(({ paidCents, currency }) => format(paidCents, currency)).join(', ');
    add(
      'other-currency',
      true,
      `${sums} was paid in other currencies and is not in the figures; file this return by hand.`,
    );
  }
  if (form?.duty === 'foreign' && form.servicesPerformed !== 'outside-us' && grossCents > 0) {
    add(
      'needs-1042-s',
      false,
      'Paid for work in the United States to a foreign person: that is Form 1042-S, which is not made here.',
    );
  }
  if (due && form?.tinMatch?.code === 3) {
    add('tin-mismatch', false, 'TIN Matching said that name and number do not match; expect a notice of the IRS.');
  }
  if (withheldCents < 0 || withheldCents > Math.max(grossCents, 0)) {
    add(
      'withheld-unclear',
      true,
      'What was withheld does not go with what was paid: the provider of a rail reports a part of it, or took it back before the year of payments was kept; settle this return by hand.',
    );
  }
  return problems;
}
