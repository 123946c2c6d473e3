import * as z from 'zod';
import { routingNumberChecks } from '../partners/routing-number.ts';
import { isAscii } from './transliterate.ts';

const routingNumber = z
  .string()
  .regex(/^\d{9}$/, 'must be nine digits')
  .refine(routingNumberChecks, 'must be a routing number; one digit is probably wrong');
/** Text of a NACHA file: printable ASCII that fills at most its field. */
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine(isAscii, 'must be plain ASCII: ACH knows no other characters');

/** Who sends a program's ACH credits, as its bank agreed with it. United States accounts are paid by NACHA file once this is set. */
export const NachaOrigination = z.strictObject({
  immediateDestination: routingNumber.describe('Routing number of the bank or operator that takes the file'),
  immediateDestinationName: text(23),
  immediateOrigin: z
    .string()
    .regex(/^(\d{9}|[A-Za-z0-9 ]\d{9})$/, 'must be nine digits, or one character and nine digits')
    .describe('What the bank calls the sender: a routing number, or 1 and the employer identification number'),
  immediateOriginName: text(23),
  odfi: routingNumber.describe(
    'Routing number of the originating bank; trace numbers begin with its first eight digits',
  ),
  companyName: text(16).describe('What partners see on their bank statements'),
  companyId: z
    .string()
    .regex(/^[A-Za-z0-9]{1,10}$/, 'must be up to ten letters and digits')
    .describe('Assigned by the bank, often 1 and the employer identification number'),
  entryDescription: text(10)
    .default('COMMISSION')
    .describe('What the payment is for; ask your bank whether it must be PAYROLL'),
  leadBankingDays: z
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe('Banking days from the run’s as-of day to the day the money should arrive'),
  fileIdModifier: z
    .string()
    .regex(/^[A-Z0-9]$/, 'must be one capital letter or digit')
    .default('A')
    .describe('Tells files of one day and one sender apart: programs that share a sender need different ones'),
});
export type NachaOrigination = z.infer<typeof NachaOrigination>;
