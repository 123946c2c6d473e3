import * as z from 'zod';
import { exponent } from '../money.ts';
import { CurrencyField, type DayField } from './program.ts';

/** What one unit of the base is worth, as the day's table says: an exact decimal, never a binary fraction. */
export const RateField = z
  .string()
  .regex(
    /^\d{1,9}(\.\d{1,12})?$/,
    'must be a decimal in quotes such as "1.0834", with at most 12 digits after the point',
  )
  .refine((text) => /[1-9]/.test(text), 'must be more than 0');

/** A brand's exchange rates of one day: one unit of `base` is so many units of each currency. */
export const FxRates = z
  .strictObject({
    base: CurrencyField,
    rates: z.record(CurrencyField, RateField).refine((rates) => Object.keys(rates).length > 0, 'must hold a rate'),
  })
  .refine(({ base, rates }) => rates[base] === undefined, {
    path: ['rates'],
    message: 'must not hold the base itself',
  });
export type FxRates = z.infer<typeof FxRates>;

/** A day's table as stored. Versions count from 1 and never change; a correction is a further version. */
export interface FxTable extends FxRates {
  readonly day: z.infer<typeof DayField>;
  readonly version: number;
}

/** Names a table for good: `2026-03-29/1`. */
export const rateIdOf = ({ day, version }: Pick<FxTable, 'day' | 'version'>): string => `${day}/${version}`;

/** From minor units of one currency to those of another, and the same in words. */
export interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly text: string;
}

/** The rate between two currencies, exactly; nothing when the table does not say. */
export function rateOf({ base, rates }: FxRates, from: string, to: string): Rate | undefined {
  const [sold, bought] = [from, to].map((currency) => (currency === base ? '1' : rates[currency]));
  if (sold === undefined || bought === undefined) return undefined;
  const [soldDigits, boughtDigits] = [digitsOf(sold), digitsOf(bought)];
  const said = [from, to].filter((currency) => currency !== base).map((currency) => `${rates[currency]} ${currency}`);
  return {
    numerator: boughtDigits.digits * 10n ** BigInt(soldDigits.places + exponent(to)),
    denominator: soldDigits.digits * 10n ** BigInt(boughtDigits.places + exponent(from)),
    text: `1 ${base} is ${said.join(' and ')}`,
  };
}

/** The rate that words of {@link rateOf} tell: `1 EUR is 1.0834 USD and 0.84 GBP`; nothing when they tell none of the two. */
export function rateIn(text: string, from: string, to: string): Rate | undefined {
  const [, base = '', said = ''] = /^1 ([A-Z]{3}) is (.+)$/.exec(text) ?? [];
  const rates = said.split(' and ').map((one) => one.split(' '));
  const known = rates.filter(([rate]) => RateField.safeParse(rate).success);
  const rate = rateOf(
    { base, rates: Object.fromEntries(known.map(([worth, currency]) => [currency, worth])) },
    from,
    to,
  );
  return rate?.text === text ? rate : undefined;
}

function digitsOf(decimal: string): { readonly digits: bigint; readonly places: number } {
  const [whole = '', fraction = ''] = decimal.split('.');
  return { digits: BigInt(whole + fraction), places: fraction.length };
}
