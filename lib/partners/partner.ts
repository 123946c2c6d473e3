import * as z from 'zod';
import { idPattern } from '../ids.ts';
import { CentsField, CurrencyField, DayField, InstantField, LineField, NameField } from '../programs/program.ts';
import type { TaxFormOnFile } from '../tax/form-on-file.ts';
import type { Instant } from '../time.ts';

export const PARTNER_TYPES = [
  'content',
  'coupon',
  'cashback',
  'creator',
  'referral',
  'reseller',
  'technology',
  'co-marketing',
] as const;
export type PartnerType = (typeof PARTNER_TYPES)[number];

export const PartnerId = z.string().regex(idPattern('partner'), 'must be a partner id such as ptr_01h…');

export const EmailField = z.email('must be an e-mail address').max(254);
export const CountryField = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code in capitals, e.g. DE');
/** Names the rates a plan gives: `default`, `gold`. Compared exactly. */
export const GroupField = LineField(40);

/** A person or company of a brand. */
export const NewPartner = z.strictObject({
  name: NameField,
  email: EmailField,
  type: z.enum(PARTNER_TYPES),
  country: CountryField.optional(),
  taxFormOnFile: z
    .boolean()
    .default(false)
    .describe('Whether a tax form is on file: here, or elsewhere as a person says; a form that is given here sets it'),
  manager: EmailField.optional().describe(
    'Named contact of a managed partner: automation drafts to them instead of mailing the partner',
  ),
});
export type NewPartner = z.infer<typeof NewPartner>;

/** How a partner is paid. Account numbers live in the vault; here stand the last four characters. */
export type PayoutMethod =
  | { readonly rail: 'external' }
  | {
      readonly rail: 'bank-csv';
      readonly accountHolder: string;
      readonly accountLast4: string;
      /** When these bank details came; money that moves to a fresh account deserves a second look. */
      readonly changedAt?: Instant | undefined;
      /** A payment to this account came back: nothing more is sent there until other details are given. */
      readonly returned?: { readonly code: string; readonly at: Instant } | undefined;
    }
  | {
      readonly rail: 'paypal' | 'wise';
      readonly accountHolder?: string | undefined;
      /** Enough of it to tell it from others: `m…a@trailnotes.example`, `…3000`. */
      readonly account: string;
      readonly changedAt?: Instant | undefined;
      readonly returned?: { readonly code: string; readonly at: Instant } | undefined;
    };

export interface Partner extends NewPartner {
  readonly partnerId: string;
  readonly payoutMethod?: PayoutMethod;
  /** What is known of the form in the vault; without it `taxFormOnFile` is a person's word for one kept elsewhere. */
  readonly taxForm?: TaxFormOnFile | undefined;
  readonly createdAt: Instant;
}

export const ENROLMENT_STATUSES = ['active', 'paused', 'ended'] as const;

/** That a partner accepted a program's agreement, as a person reports it. */
export const AcceptedAgreement = z.strictObject({
  version: LineField(40).optional().describe('The version of the program’s payout terms when left out'),
  acceptedAt: InstantField.optional().describe('The time of the request when left out'),
  acceptedBy: LineField(254).describe('Who accepted for the partner: a name or an address'),
});
export type AcceptedAgreement = z.infer<typeof AcceptedAgreement>;

/** What a partner asks of their own payments; the program's terms hold besides. */
export const PayoutPreferences = z.strictObject({
  minimumCents: CentsField.optional().describe(
    'Pay once at least this much is payable; the program’s minimum holds besides',
  ),
  deferUntil: DayField.optional().describe('Pay nothing before this day, in the program’s time zone'),
  currency: CurrencyField.optional().describe(
    'Pay in this currency: the program’s, as when left out, or one that its payout terms list',
  ),
});
export type PayoutPreferences = z.infer<typeof PayoutPreferences>;

/** A partner in a program. */
export interface Enrolment {
  readonly programId: string;
  readonly partnerId: string;
  readonly status: (typeof ENROLMENT_STATUSES)[number];
  /** Names the rates a plan gives: `default`, `gold`. */
  readonly group: string;
  /** A rank beside the group that rules may ask for: `silver`. */
  readonly tier?: string | undefined;
  /** Who recruited the partner: another of the program, enrolled before, named at enrolment and never again. So nobody recruits in a circle. */
  readonly recruitedBy?: string | undefined;
  readonly agreement?: { readonly version: string; readonly acceptedAt: Instant; readonly acceptedBy: string };
  readonly payoutPreferences?: PayoutPreferences | undefined;
  readonly enrolledAt: Instant;
  /** What it was before its changes, oldest first; see `lib/partners/enrolment.ts`. */
  readonly history?: readonly EnrolmentState[] | undefined;
}

/** How an enrolment stood until an instant. */
export interface EnrolmentState extends Pick<Enrolment, 'status' | 'group' | 'tier'> {
  readonly until: Instant;
}
