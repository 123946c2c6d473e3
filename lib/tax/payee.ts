import type { LlcLetter, TaxClass } from './w9.ts';

/** Whether payments to somebody belong on a Form 1099-NEC, and why. */
export interface Duty {
  readonly duty: 'report' | 'exempt' | 'foreign';
  readonly words: string;
}

const report = (words: string): Duty => ({ duty: 'report', words });
const exempt = (words: string): Duty => ({ duty: 'exempt', words });

/**
 * The class that a payee certified on line 3a decides, never the name: "LLC" in a name says nothing about how the company is taxed
 * (Instructions for Forms 1099-MISC and 1099-NEC; Form W-9, line 3a).
 */
export function dutyOf(taxClass: TaxClass, llcTaxedAs?: LlcLetter): Duty {
  switch (taxClass) {
    case 'individual':
      return report('An individual, sole proprietor or owner of a disregarded LLC is reported.');
    case 'partnership':
      return report('A partnership is reported.');
    case 'trust-estate':
      return report('A trust or estate is reported.');
    case 'llc':
      if (llcTaxedAs === 'P') return report('An LLC that is taxed as a partnership is reported.');
      return exempt(`An LLC that is taxed as a corporation (${llcTaxedAs ?? 'C'}) is exempt.`);
    case 'c-corporation':
    case 's-corporation':
      return exempt('A corporation is exempt.');
    case 'tax-exempt':
      return exempt('A tax-exempt organization is exempt.');
    case 'government':
      return exempt('A government body is exempt.');
  }
}

/** Somebody who gave a W-8 gets no Form 1099. */
export const FOREIGN: Duty = { duty: 'foreign', words: 'Not a United States person: no Form 1099.' };
