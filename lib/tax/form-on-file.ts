import type { Day } from '../calendar.ts';
import type { Instant } from '../time.ts';
import { type NameNotice, withholdingNotice } from './name-notice.ts';
import type { Duty } from './payee.ts';
import type { TinType } from './tin.ts';
import type { TinMatchCode } from './tin-match.ts';

/** What everybody but the vault knows of a partner's tax form: enough to decide whether money may go, not enough to harm anyone. */
export interface TaxFormOnFile {
  /** Counts from 1; earlier ones stay in the vault. */
  readonly version: number;
  readonly form: 'w9' | 'w8ben' | 'w8ben-e';
  readonly duty: Duty['duty'];
  readonly why: string;
  readonly tinType?: TinType | undefined;
  readonly tinLast4?: string | undefined;
  /** State of a W-9's address, for returns to states. */
  readonly state?: string | undefined;
  readonly country?: string | undefined;
  readonly servicesPerformed?: 'outside-us' | 'inside-us' | 'both' | undefined;
  readonly signedOn: Day;
  readonly receivedAt: Instant;
  /** Last day on which it holds; a W-9 has none. */
  readonly expiresAfter?: Day | undefined;
  readonly warnings: readonly string[];
  /** When something changed that the form speaks of: another one is needed. */
  readonly outdatedSince?: Instant | undefined;
  readonly tinMatch?: { readonly code: TinMatchCode; readonly at: Instant } | undefined;
  readonly notices: readonly NameNotice[];
}

export interface FormProblem {
  readonly code: 'tax-form-expired' | 'tax-form-outdated' | 'tax-withholding-due';
  readonly words: string;
}

/**
 * Everything for which a form does not let money go on a day.
 *
 * @param withheld whether payments under backup withholding are made, with the tax kept back; else they wait.
 */
export function formProblems(form: TaxFormOnFile, today: Day, withheld = false): FormProblem[] {
  const problems: FormProblem[] = [];
  const { expiresAfter, outdatedSince, servicesPerformed, notices } = form;
  if (expiresAfter !== undefined && today > expiresAfter) {
    problems.push({
      code: 'tax-form-expired',
      words: `The tax form was valid until ${expiresAfter}; a new one is needed.`,
    });
  }
  if (outdatedSince !== undefined) {
    const day = outdatedSince.slice(0, 10);
    problems.push({
      code: 'tax-form-outdated',
      words: `The partner’s country changed on ${day}; a new tax form is needed.`,
    });
  }
  if (servicesPerformed !== undefined && servicesPerformed !== 'outside-us') {
    const words =
      'Work done in the United States by a foreign person needs 30 % withheld and Form 1042-S, which is not done here; pay by other means.';
    problems.push({ code: 'tax-withholding-due', words });
  }
  const notice = withheld ? undefined : withholdingNotice(notices, today);
  if (notice) {
    const asked =
      notice.number === 1
        ? 'a new W-9'
        : 'a W-9 with the SSA’s printout or the IRS’s letter 147C, as this is the second notice';
    const words = `The IRS said on ${notice.receivedOn} that name and number do not match, so payments after ${notice.withholdAfter} would need 24 % withheld; they wait for ${asked}.`;
    problems.push({ code: 'tax-withholding-due', words });
  }
  return problems;
}
