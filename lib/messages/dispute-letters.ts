import type { EventData } from '../../events/catalog/catalog.ts';
import { type DisputeKind, type DisputeOutcome, REFUSALS } from '../disputes/dispute.ts';
import { type Letter, letter } from './letter.ts';

interface About {
  readonly brandName: string;
  readonly program: { readonly name: string };
}
interface ToPartner extends About {
  readonly partner: { readonly name: string };
}

const CLAIMS: Readonly<Record<DisputeKind, string>> = {
  untracked: 'was not tracked',
  incorrect: 'earned a wrong amount',
  declined: 'was turned away wrongly',
};

const OUTCOMES: Readonly<Record<DisputeOutcome, string>> = {
  upheld: 'You are right',
  'partly-upheld': 'You are right in part',
  refused: 'It stays as it is',
};

/** To a partner whose dispute arrived: what was understood, and by when there is an answer. */
export function disputeReceived({
  brandName,
  program,
  partner,
  dispute,
}: ToPartner & { readonly dispute: EventData<'dispute.raised'> }): Letter {
  return letter({
    subject: `We look at ${dispute.eventType} ${dispute.orderId} in ${program.name}`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `you told us that ${dispute.eventType} ${dispute.orderId} ${CLAIMS[dispute.kind]}. Somebody at ${brandName} looks at it and answers by ${dispute.dueOn}.`,
      [['Dispute', dispute.disputeId]],
    ],
    signature: brandName,
    footer: `You get this mail because you disputed an order in ${program.name}.`,
  });
}

/** To a partner whose dispute was answered: the outcome, why, and what follows. */
export function disputeAnswered({
  brandName,
  program,
  partner,
  dispute,
}: ToPartner & { readonly dispute: EventData<'dispute.answered'> }): Letter {
  const { eventType, orderId, kind, outcome, refusal, note, adjustmentId } = dispute;
  return letter({
    subject: `${OUTCOMES[outcome]}: ${eventType} ${orderId} in ${program.name}`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `you told us that ${eventType} ${orderId} ${CLAIMS[kind]}. ${OUTCOMES[outcome]}.`,
      [
        ...(refusal === undefined ? [] : [['Why', REFUSALS[refusal]] as const]),
        ['Answer', note],
        ...(adjustmentId === undefined ? [] : [['Put right by', adjustmentId] as const]),
        ['Dispute', dispute.disputeId],
      ],
    ],
    signature: brandName,
    footer: `You get this mail because you disputed an order in ${program.name}.`,
  });
}

/** To a brand's owner: which disputes wait longer than partners were promised. */
export function disputesOverdue({
  brandName,
  program,
  overdue,
}: About & { readonly overdue: EventData<'dispute.overdue'> }): Letter {
  const { disputes, more, programId } = overdue;
  const one = disputes.length + more === 1;
  return letter({
    subject: `${one ? 'A dispute waits' : `${disputes.length}${more > 0 ? ' and more' : ''} disputes wait`} for an answer in ${program.name}`,
    greeting: 'Hello,',
    blocks: [
      `partners of ${program.name} were promised an answer and have none yet:`,
      disputes.map(({ orderId, kind, dueOn }) => [`${kind}, order ${orderId}`, `was due on ${dueOn}`] as const),
      ...(more > 0 ? ['These were due first; there are more.'] : []),
      `GET /v1/programs/${programId}/disputes?overdue=true lists them.`,
    ],
    signature: brandName,
    footer: `You get this mail because ${brandName} is yours; it comes once a day while a dispute is overdue.`,
  });
}
