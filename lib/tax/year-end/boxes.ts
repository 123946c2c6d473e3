/** A box of Form 1099-NEC as the recipient's copy prints it. */
export interface BoxLabel {
  readonly box: string;
  readonly label: string;
  /** What of a return fills it; nothing for boxes that commissions never fill, which stay empty and are never zero. */
  readonly filledBy?: 'compensation' | 'withheld' | 'state-withheld' | 'state-number' | 'state-income';
}

const COMMON: readonly BoxLabel[] = [
  { box: '4', label: 'Federal income tax withheld', filledBy: 'withheld' },
  { box: '5', label: 'State tax withheld', filledBy: 'state-withheld' },
  { box: '6', label: 'State / payer’s state no.', filledBy: 'state-number' },
  { box: '7', label: 'State income', filledBy: 'state-income' },
];

/**
 * The boxes of the revision for payments of a year. From 2026 on (Rev. December 2026) box 1 is 1a, with tips and overtime that are part of it
 * beside it; unverified, as the form itself was not read.
 */
export function boxesOf(year: number): readonly BoxLabel[] {
  if (year >= 2026) {
    return [
      { box: '1a', label: 'Nonemployee compensation', filledBy: 'compensation' },
      { box: '1b', label: 'Cash tips included in box 1a' },
      { box: '1c', label: 'Treasury Tipped Occupation Code(s)' },
      { box: '1d', label: 'Qualified overtime included in box 1a' },
      { box: '2', label: 'Direct sales of $5,000 or more' },
      { box: '3', label: 'Excess golden parachute payments' },
      ...COMMON,
    ];
  }
  return [
    { box: '1', label: 'Nonemployee compensation', filledBy: 'compensation' },
    { box: '2', label: 'Direct sales of $5,000 or more' },
    ...(year === 2025 ? [{ box: '3', label: 'Excess golden parachute payments' }] : []),
    ...COMMON,
  ];
}
