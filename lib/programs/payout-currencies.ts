import type { Program } from './program.ts';

type Terms = Pick<Program, 'currency' | 'payoutTerms'>;

/** Currencies that partners of a program may ask to be paid in: its own first, then those that its payout terms list. */
export const offeredCurrencies = ({ currency, payoutTerms }: Terms): string[] => [
  ...new Set([currency, ...(payoutTerms.payoutCurrencies ?? [])]),
];

/** Currencies that money of a program's partners may lie in: what is offered, and what was once, since money may wait in it. Its own first. */
export const currenciesOf = ({
  formerPayoutCurrencies = [],
  ...program
}: Terms & Pick<Program, 'formerPayoutCurrencies'>): string[] => [
  ...new Set([...offeredCurrencies(program), ...formerPayoutCurrencies]),
];

/** The currency of a run as its orders name it: left out when it is the program's own, so that ids of such runs stay what they are. */
export const foreign = ({ currency }: Pick<Program, 'currency'>, wanted: string | undefined): string | undefined =>
  wanted === currency ? undefined : wanted;
