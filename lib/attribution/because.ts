import { percent } from '../money.ts';

/** A rule of a policy that had a say in a conversion, with the figures it had; stored with the credits, so that the words can be made later. */
export type Because =
  /** Touches that the program looks back to, but not for partners of their type. */
  | { readonly rule: 'window'; readonly left: number }
  /** Touches of lower groups that share nothing. */
  | { readonly rule: 'priority'; readonly group: 'preferred' | 'standard'; readonly left: number }
  | { readonly rule: 'late-touch'; readonly mostBps: number }
  /** A code took the conversion: always, since its owner was involved, or as the only touch; and how many codes could have. */
  | {
      readonly rule: 'code';
      readonly credit: 'always' | 'involved' | 'only';
      readonly code: string;
      readonly others?: number;
    }
  /** A code that counts for nothing: its owner was not clicked, clicks decide alone, or another touch stands before it. */
  | { readonly rule: 'code-unused'; readonly credit: 'involved' | 'winner' | 'only'; readonly code: string }
  /** An assist bonus, and what it would have been had the order's cap not been reached. */
  | { readonly rule: 'assist'; readonly uncappedCents?: number; readonly mostCents?: number };

/** Why the credit fell so, in sentences anybody concerned may read: they name rules and figures, never other partners. */
export function becauseSentences(because: readonly Because[]): string[] {
  return because.flatMap((one) => sentenceOf(one) ?? []);
}

function sentenceOf(because: Because): string | undefined {
  switch (because.rule) {
    case 'window':
      return `${touches(because.left)} older than the program looks back for partners of that type.`;
    case 'priority':
      return because.group === 'preferred'
        ? `Preferred partners come first; ${touches(because.left)} left out.`
        : `Non-preferred partners come last; ${touches(because.left)} left out.`;
    case 'late-touch':
      return `Late touches keep at most ${percent(because.mostBps)} where another partner had won the customer earlier; the rest went to the earlier touches.`;
    case 'code':
      return because.others === undefined
        ? CODE_TAKES[because.credit](because.code)
        : `${CODE_OF_SEVERAL[because.credit](because.code)} Of the ${because.others + 1} codes that could, the one named first in the order does.`;
    case 'code-unused':
      return CODE_UNUSED[because.credit](because.code);
    case 'assist':
      return undefined;
  }
}

const CODE_TAKES = {
  always: (code: string) => `Coupon code ${code} gives its owner the order, whatever was clicked.`,
  involved: (code: string) =>
    `Coupon code ${code} gives its owner the order, since the owner was clicked in the window too.`,
  only: (code: string) => `Coupon code ${code} was the only touch.`,
};
const CODE_OF_SEVERAL = {
  ...CODE_TAKES,
  only: (code: string) => `Coupon code ${code} gives its owner the order, since nothing but coupon codes was used.`,
};
const CODE_UNUSED = {
  involved: (code: string) => `Coupon code ${code} did not count: its owner was not clicked in the window.`,
  winner: (code: string) => `Coupon code ${code} did not count by itself: clicks decide.`,
  only: (code: string) => `Coupon code ${code} did not count: a code counts where no other touch does.`,
};

const touches = (count: number) => (count === 1 ? '1 touch was' : `${count} touches were`);
