import * as z from 'zod';
import { contract } from './envelope.ts';
import { enrolmentFields } from './fields.ts';

const standing = {
  group: z.string().min(1),
  status: z.enum(['active', 'paused', 'ended']),
  tier: z.string().min(1).optional(),
};

/** A partner is in a program; the welcome mail hangs on it. */
export const PartnerEnrolled = contract('partner.enrolled', z.object({ ...enrolmentFields, ...standing }));

/** Group, tier or status of an enrolment is another one now. */
export const EnrolmentChanged = contract(
  'partner.enrolment-changed',
  z.object({ ...enrolmentFields, ...standing, previous: z.object(standing) }),
);
