import type { Day } from '../calendar.ts';
import { VisibleError } from '../errors.ts';
import { orNextBusinessDay } from './federal-days.ts';

/** Whether the text of the law or form itself was read, or only what others say of it. What is unverified a tenant's adviser confirms. */
export type Proof = 'verified' | 'unverified';

/** What holds for payments made in one calendar year. */
export interface TaxYear {
  readonly year: number;
  /** Reported from this much in the year on, in cents. */
  readonly thresholdCents: number;
  readonly backupWithholdingBps: number;
  /** Revision of Form 1099-NEC. */
  readonly form: string;
  /** Day by which recipients and the IRS have the form. */
  readonly due: Day;
  readonly proof: {
    readonly threshold: Proof;
    readonly backupWithholding: Proof;
    readonly form: Proof;
    readonly due: Proof;
  };
}

/**
 * 26 USC 6041(a), and 6041A(a)(2) that points to it: $600 until the end of 2025, $2,000 from 2026 on (P.L. 119-21, sec. 70433(a)).
 * After 2026 the figure is indexed (6041(h)), so every year needs a row of its own, put here once its figure is published.
 */
const ROWS: readonly (readonly [year: number, thresholdCents: number, form: string])[] = [
  [2020, 60_000, '2020'],
  [2021, 60_000, '2021'],
  [2022, 60_000, 'January 2022'],
  [2023, 60_000, 'January 2022'],
  [2024, 60_000, 'January 2024'],
  [2025, 60_000, 'April 2025'],
  [2026, 200_000, 'December 2026'],
];

/** 26 USC 3406(a)(1): the fourth lowest rate of section 1(c). */
const BACKUP_WITHHOLDING_BPS = 2_400;

/**
 * The rules for payments of a year.
 *
 * @throws VisibleError `tax-year-unseeded`: a figure that nobody put here is never guessed from another year's.
 */
export function taxYear(year: number): TaxYear {
  const row = ROWS.find(([known]) => known === year);
  if (!row) {
    const known = `${ROWS[0]![0]} to ${ROWS.at(-1)![0]}`;
    throw new VisibleError(
      'refused',
      'tax-year-unseeded',
      `The figures for payments of ${year} are not known to this version; it has those of ${known}. Add a row to lib/tax/tax-year.ts once they are published.`,
    );
  }
  const [, thresholdCents, form] = row;
  return {
    year,
    thresholdCents,
    backupWithholdingBps: BACKUP_WITHHOLDING_BPS,
    form,
    // 26 USC 6041(d), 6041A(e), 6071(c).
    due: orNextBusinessDay(`${year + 1}-01-31`),
    proof: { threshold: 'verified', backupWithholding: 'unverified', form: 'unverified', due: 'verified' },
  };
}
