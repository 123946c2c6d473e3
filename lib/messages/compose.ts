import type { Enrolment, Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import { approvalWaits } from './approval-waits.ts';
import { capReached } from './cap-reached.ts';
import { commissionAdjusted } from './commission-adjusted.ts';
import { digest } from './digest.ts';
import { disputeAnswered, disputeReceived, disputesOverdue } from './dispute-letters.ts';
import { asDraft, type Letter } from './letter.ts';
import type { MailedEvent, OwnerEvent } from './mail-order.ts';
import { planChange } from './plan-change.ts';
import { statementReady } from './statement-ready.ts';
import { welcome } from './welcome.ts';

/** Everything a mail may speak of, as it is at the moment of sending. */
export interface Circumstances {
  readonly brandName: string;
  readonly program: Program;
  readonly partner: Partner;
  readonly enrolment: Enrolment;
  /** Whether documents go with it; a statement of many thousand lines is too large for a mail. */
  readonly attached: boolean;
}

export interface Composed {
  readonly letter: Letter;
  /** A managed partner's mail goes to the manager, as a draft. */
  readonly to: 'partner' | 'manager' | 'owner';
  readonly address: { readonly name?: string; readonly email: string };
}

/** The mail an event causes; nothing when, by the time it would leave, it is not wanted any more. */
export function compose(event: MailedEvent, about: Circumstances): Composed | undefined {
  if (!isWanted(event, about)) return undefined;
  const letter = letterOf(event, about);
  const { name, email, manager } = about.partner;
  if (manager !== undefined)
    return { letter: asDraft(letter, { name, email }), to: 'manager', address: { email: manager } };
  return { letter, to: 'partner', address: { name, email } };
}

/** The mail to a brand's owner; only caps, overdue disputes and runs that wait for approval cause one. */
export function composeForOwner(
  event: MailedEvent | OwnerEvent,
  { brandName, ownerEmail, program }: Pick<Circumstances, 'brandName' | 'program'> & { readonly ownerEmail: string },
): Composed | undefined {
  const to = { to: 'owner', address: { email: ownerEmail } } as const;
  switch (event.type) {
    case 'cap.reached':
      return { letter: capReached({ brandName, program, cap: event.data }), ...to };
    case 'dispute.overdue':
      return { letter: disputesOverdue({ brandName, program, overdue: event.data }), ...to };
    case 'payout.drafted':
      return { letter: approvalWaits({ brandName, program, run: event.data }), ...to };
    default:
      return undefined;
  }
}

/** Whoever left a program still hears about their money and gets their answers, but no news. */
const OWED: readonly MailedEvent['type'][] = [
  'statement.issued',
  'commission.adjusted',
  'dispute.raised',
  'dispute.answered',
];
const isWanted = (event: MailedEvent, { enrolment }: Circumstances) =>
  OWED.includes(event.type) || enrolment.status !== 'ended';

function letterOf(event: MailedEvent, { brandName, program, partner, enrolment, attached }: Circumstances): Letter {
  switch (event.type) {
    case 'partner.enrolled':
      return welcome({
        brandName,
        program,
        partner,
        group: enrolment.group,
        acceptedVersion: enrolment.agreement?.version,
      });
    case 'statement.issued':
      return statementReady({ brandName, program, partner, statement: event.data, attached });
    case 'commission.digest-due':
      return digest({ brandName, program, partner, day: event.data });
    case 'cap.reached':
      return capReached({ brandName, program, cap: event.data, to: partner });
    case 'commission.plan-change-due':
      return planChange({ brandName, program, partner, change: event.data });
    case 'commission.adjusted':
      return commissionAdjusted({ brandName, program, partner, adjustment: event.data });
    case 'dispute.raised':
      return disputeReceived({ brandName, program, partner, dispute: event.data });
    case 'dispute.answered':
      return disputeAnswered({ brandName, program, partner, dispute: event.data });
  }
}
