import type { EventData } from '../../events/catalog/catalog.ts';
import { format } from '../money.ts';
import { type Letter, letter } from './letter.ts';

interface ApprovalWaits {
  readonly brandName: string;
  readonly program: { readonly name: string };
  readonly run: EventData<'payout.drafted'>;
}

/** To a brand's owner: a payout run waits for a person who is not its maker, and where they can look at it. */
export function approvalWaits({ brandName, program, run }: ApprovalWaits): Letter {
  const { runId, itemCount, totalCents, currency, madeBy, fileHash } = run;
  return letter({
    subject: `To approve: ${format(totalCents, currency)} to ${itemCount} partner${itemCount === 1 ? '' : 's'} of ${program.name}`,
    greeting: 'Hello,',
    blocks: [
      `a payout run of ${program.name} is ready and waits for a second person: anybody with a key of finance or of an owner, but ${madeBy}, who made it.`,
      [
        ['Total', format(totalCents, currency)],
        ['Partners paid', String(itemCount)],
        ['Run', runId],
        ['Hash of its file', fileHash],
      ],
      `The page /payouts/${runId} of your API shows what it pays, whom it does not pay and why, and what looks wrong with it; there it is approved or rejected.`,
    ],
    signature: brandName,
    footer: `You get this mail because ${brandName} is yours; nothing is paid before somebody approves.`,
  });
}
