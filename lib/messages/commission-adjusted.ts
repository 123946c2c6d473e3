import type { EventData } from '../../events/catalog/catalog.ts';
import { REASON_WORDS } from '../ledger/adjustment.ts';
import { format } from '../money.ts';
import { type Letter, letter } from './letter.ts';

export interface CommissionAdjusted {
  readonly brandName: string;
  readonly program: { readonly name: string };
  readonly partner: { readonly name: string };
  readonly adjustment: EventData<'commission.adjusted'>;
}

/** To a partner whose money was changed by hand: how much, why, and that two people looked at it. */
export function commissionAdjusted({ brandName, program, partner, adjustment }: CommissionAdjusted): Letter {
  const { cents, currency, reason, note, adjustmentId } = adjustment;
  const amount = format(Math.abs(cents), currency);
  const happened =
    reason === 'write-off'
      ? `you no longer owe ${amount}`
      : `${amount} was ${cents > 0 ? 'added to' : 'taken back from'} your account`;
  return letter({
    subject: `${amount} ${reason === 'write-off' ? 'written off' : cents > 0 ? 'added' : 'taken back'} in ${program.name}`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `${happened} with ${program.name}.`,
      [
        ['For', REASON_WORDS[reason]],
        ['Said to it', note],
        ['Adjustment', adjustmentId],
      ],
      'One person proposed it and another approved it. It stands in your next statement with the same words.',
    ],
    signature: brandName,
    footer: `You get this mail because you are a partner of ${program.name}.`,
  });
}
