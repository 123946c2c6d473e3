import type { Account, Journal } from './journal.ts';
import type { Law } from './laws.ts';

/** Notes what was found of a journal where a law does not hold. */
export type Check = (law: Law, holds: boolean, found: () => string) => void;

export const isInstant = (text: string) => !Number.isNaN(Date.parse(text));

export const sum = (amounts: readonly number[]) => amounts.reduce((total, cents) => total + cents, 0);

/** What a journal moves on an account. */
export const movedBy = ({ entries }: Pick<Journal, 'entries'>, name: Account) =>
  sum(entries.filter(({ account }) => account === name).map(({ cents }) => cents));
