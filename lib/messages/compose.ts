import type { Enrolment, Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import { capReached } from './cap-reached.ts';
import { digest } from './digest.ts';
import { asDraft, type Letter } from './letter.ts';
import type { MailedEvent } from './mail-order.ts';
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

/** The mail to a brand's owner; only caps cause one. */
export function composeForOwner(
  event: MailedEvent,
  { brandName, ownerEmail, program }: Pick<Circumstances, 'brandName' | 'program'> & { readonly ownerEmail: string },
): Composed | undefined {
  if (event.type !== 'cap.reached') return undefined;
  return { letter: capReached({ brandName, program, cap: event.data }), to: 'owner', address: { email: ownerEmail } };
}

/** Whoever left a program still gets statements about their money, but no news. */
const isWanted = (event: MailedEvent, { enrolment }: Circumstances) =>
  event.type === 'statement.issued' || enrolment.status !== 'ended';

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
  }
}
