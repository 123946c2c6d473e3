import * as z from 'zod';
import { isTimeZone } from '../calendar.ts';
import { idPattern } from '../ids.ts';
import { NachaOrigination } from '../payouts/nacha-origination.ts';
import { PayoutSchedule } from '../payouts/schedule.ts';
import { HIDDEN, isCurrency } from './field-patterns.ts';
import { TrackingSettings } from './tracking-settings.ts';

/** Fields that several schemas share. */
export const ProgramId = z.string().regex(idPattern('program'), 'must be a program id such as prg_01h…');
export const InstantField = z.iso
  .datetime({ offset: true, message: 'must be an ISO 8601 time with zone, e.g. 2026-03-29T10:00:00Z' })
  .transform((at) => new Date(at).toISOString())
  // Outside, ISO texts are longer or shorter, and text order is time order no more.
  .refine((at) => /^2[01]/.test(at), 'must lie in the years 2000 to 2199');
export const DayField = z.iso
  .date({ error: 'must be a calendar day, e.g. 2026-03-29', abort: true })
  // What is computed from a day has to be an instant.
  .refine((day) => /^2[01]/.test(day), 'must lie in the years 2000 to 2199');
const CURRENCY_FORM = /^[A-Z]{3}$/;
export const CurrencyField = z
  .string()
  .regex(CURRENCY_FORM, 'must be an ISO 4217 code in capitals, e.g. USD')
  // Of what is no code at all the sentence above is enough.
  .refine((text) => !CURRENCY_FORM.test(text) || isCurrency(text), 'must be a currency there is');
/** Minor units; 10^12 keeps every sum of a period inside exact integers. */
export const CentsField = z.int().min(0).max(1_000_000_000_000);
export const HostField = z
  .string()
  .regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a host name in lower case');
/** Blanks, controls and backslashes are refused rather than repaired: what is stored is what was sent, and no parser reads it another way. */
export const HttpsUrl = z
  .string()
  .max(2048)
  .refine(isHttpsUrl, 'must be an https:// address without blanks, user name or backslash')
  .meta({ format: 'uri' });
function isHttpsUrl(text: string): boolean {
  if (/[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && !username && !password;
}

/** Text that people read in lists, mails and statements: one visible line. */
export const LineField = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max)
    .refine((text) => !HIDDEN.test(text), 'must be one line without control characters');
export const NameField = LineField(120);

export const HoldDaysByGroup = z
  .record(LineField(40), z.int().min(0).max(90))
  .refine((days) => Object.keys(days).length <= 50, 'must name at most 50 groups')
  .describe('Another hold for partners of these groups, by their group at the time of the order');
export const HoldFrom = z
  .enum(['order', 'month-end'])
  .describe(
    'What the hold is counted from: the order’s day, or the last day of its month. The order’s day when left out',
  );

/** When a small debt that nothing will repay is proposed to be written off; a person approves each. */
export const WriteOffPolicy = z.strictObject({
  afterDays: z.int().min(30).max(3650).describe('Days without any movement of the partner’s money'),
  maxCents: CentsField.min(1).describe('The most that may be owed to be proposed; what is more is left to people'),
});
export type WriteOffPolicy = z.infer<typeof WriteOffPolicy>;

/** Banking days in which a dispute is to be answered, unless the program says otherwise. */
export const DISPUTE_DAYS = 5;
export const DisputeDays = z
  .int()
  .min(1)
  .max(60)
  .describe(`Banking days in which a partner’s dispute is to be answered; ${DISPUTE_DAYS} when left out`);

export const PayoutCurrencies = z
  .array(CurrencyField)
  .max(20)
  .refine((all) => new Set(all).size === all.length, 'must name each currency once')
  .describe(
    'Currencies beside the program’s own in which partners may ask to be paid, at the rate of the brand’s table of the day; left out: none',
  );

/** When money that was earned may be paid, and on which conditions. */
export const PayoutTerms = z.strictObject({
  holdDays: z
    .int()
    .min(0)
    .max(90)
    .default(30)
    .describe('Days between the order and the moment its commission is payable'),
  holdDaysByGroup: HoldDaysByGroup.optional(),
  holdFrom: HoldFrom.optional(),
  minimumCents: CentsField.default(5000).describe('A partner is paid once at least this much is payable'),
  agreementVersion: LineField(40).default('1').describe('The agreement a partner must have accepted to be paid'),
  taxFormRequired: z.boolean().default(true).describe('Whether a tax form must be on file before the first payment'),
  payoutCurrencies: PayoutCurrencies.optional(),
  writeOff: WriteOffPolicy.optional().describe(
    'Old small debts of partners are proposed to be written off; left out: never',
  ),
});
export type PayoutTerms = z.infer<typeof PayoutTerms>;

/** One set of terms of a brand. Attribution policies and commission plans are versions beside it. */
export const NewProgram = z.strictObject({
  name: NameField,
  currency: CurrencyField.describe('ISO 4217; never changes'),
  timeZone: z
    .string()
    .max(60)
    .refine(isTimeZone, 'must be an IANA time zone, e.g. Europe/Berlin')
    .default('UTC')
    .describe('Days, months and seasons are counted here; never changes'),
  destinationUrl: HttpsUrl.describe('Where links lead unless they say otherwise'),
  allowedHosts: z
    .array(HostField)
    .max(50)
    .default([])
    .describe('Hosts a link may lead to, subdomains included; the destination’s own host is always allowed'),
  clickParameter: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/)
    .default('trb_click')
    .describe('Query parameter in which the landing page finds the click id; never changes'),
  payoutTerms: PayoutTerms.prefault({}),
  payoutSchedule: PayoutSchedule.optional(),
  nacha: NachaOrigination.optional().describe(
    'Accounts in the United States are paid by NACHA file; left out: in the bank’s CSV, as all others',
  ),
  tracking: TrackingSettings.optional().describe('How clicks are taken; left out: as for everybody'),
  disputeDays: DisputeDays.optional(),
});
export type NewProgram = z.infer<typeof NewProgram>;

export interface Program extends NewProgram {
  readonly programId: string;
  readonly status: 'active' | 'paused';
  /** When the payout schedule was set: no run is drafted for a day before. */
  readonly payoutScheduleSince?: string | undefined;
  /** The fewest days of hold of its terms so far, once they were changed. */
  readonly fewestHoldDays?: number | undefined;
  /** Payout currencies that its terms listed before they were changed: money may wait in them still. */
  readonly formerPayoutCurrencies?: readonly string[] | undefined;
  readonly createdAt: string;
}

/** A version of something a program owner may change from a date on. Versions count from 1 and never change. */
export interface Version {
  readonly version: number;
  /** First instant at which it applies, to orders by the time of the order. */
  readonly effectiveFrom: string;
}

/** The version in force at an instant: the latest that started, the highest number among equals; the first one for anything older. */
export function inForceAt<V extends Version>(versions: readonly V[], at: string): V | undefined {
  const ordered = [...versions].sort((a, b) =>
    a.effectiveFrom === b.effectiveFrom ? a.version - b.version : a.effectiveFrom < b.effectiveFrom ? -1 : 1,
  );
  return ordered.filter((version) => version.effectiveFrom <= at).at(-1) ?? ordered[0];
}
