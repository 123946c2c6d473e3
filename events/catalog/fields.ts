import * as z from 'zod';
import { type IdKind, idPattern } from '../../lib/ids.ts';

/** Fields that several contracts share. Events travel for years, so a contract only ever gains optional fields. */
export const idOf = (kind: IdKind) => z.string().regex(idPattern(kind));
export const InstantText = z.iso.datetime({ precision: 3 });
export const DayText = z.iso.date();
export const Currency = z.string().regex(/^[A-Z]{3}$/);
/** Minor units; may be negative where money can move back. */
export const SignedCents = z.int();
export const Count = z.int().min(0);

/** Whose money: one partner in one program and currency. */
export const enrolmentFields = { programId: idOf('program'), partnerId: idOf('partner') };
/** An order or other reported event, by its natural key. */
export const conversionFields = {
  programId: idOf('program'),
  eventType: z.string().min(1),
  orderId: z.string().min(1),
};
/** The journal an event tells of. */
export const journalFields = {
  ...enrolmentFields,
  currency: Currency,
  journalId: idOf('journal'),
  sequence: z.int().min(1),
};
