import * as z from 'zod';
import { FxRates } from '../../programs/fx-rates.ts';
import { DayField } from '../../programs/program.ts';
import type { Contracts } from '../contract.ts';

const params = z.strictObject({
  day: DayField.meta({ description: 'Day of the orders, in their program’s time zone' }),
});
const table = z
  .object({ day: z.string(), version: z.int(), base: z.string(), rates: z.record(z.string(), z.string()) })
  .meta({ id: 'FxTable' });
const example = { base: 'EUR', rates: { USD: '1.0834', GBP: '0.8412', JPY: '162.37' } };

export const fxRatesContracts = {
  putFxRates: {
    params,
    body: FxRates.meta({ id: 'FxRates' }),
    answer: z.object({
      outcome: z.enum(['stored', 'already-there']),
      table,
      settles: z
        .string()
        .meta({ description: 'Execution of settle-conversions that takes up what waited for these rates' }),
    }),
    status: 200,
    examples: {
      body: example,
      answer: {
        outcome: 'stored',
        table: { day: '2026-03-29', version: 1, ...example },
        settles: 'brd_4k9w2x-20260330T0600000-a1b2c3',
      },
    },
  },
  getFxRates: {
    params,
    answer: z.object({ items: z.array(table).meta({ description: 'Every version, newest first; the newest counts' }) }),
    status: 200,
    refusals: { 'no-such-fx-table': 'No rates were sent for this day' },
    examples: { answer: { items: [{ day: '2026-03-29', version: 1, ...example }] } },
  },
} satisfies Contracts<'putFxRates' | 'getFxRates'>;
