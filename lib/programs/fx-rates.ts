import * as z from 'zod';
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
