import type { EventData } from '../../events/catalog/catalog.ts';
import { format } from '../money.ts';
import type { Program } from '../programs/program.ts';
import { type Letter, letter } from './letter.ts';

export interface CapReached {
  readonly brandName: string;
  readonly program: Pick<Program, 'name' | 'currency'>;
  readonly cap: EventData<'cap.reached'>;
  /** The partner the cap is on; absent in the letter to the brand's owner. */
  readonly to?: { readonly name: string } | undefined;
}

/** That a cap is nearly or wholly used: what that means, and what can be done. To the brand's owner, and to the partner it is on. */
export function capReached({ brandName, program, cap, to }: CapReached): Letter {
  const money = cap.measure === 'payout' || cap.measure === 'revenue';
  const amount = (value: number) => (money ? format(value, program.currency) : `${value} ${cap.measure}`);
  const full = cap.threshold === 100;
  const whose = to ? 'your cap' : 'a cap';
  return letter({
    subject: `${full ? 'Cap reached' : '90 % of a cap is used'} in ${program.name}: ${cap.measure}, ${spanOf(cap.window)}`,
    greeting: to ? `Hello ${to.name},` : 'Hello,',
    blocks: [
      `${whose} in ${program.name} is ${full ? 'reached' : '90 % used'}.`,
      [
        ['Counts', cap.measure],
        ['Of', ofWhom(cap, to !== undefined)],
        ['In', spanOf(cap.window)],
        ['Limit', amount(cap.limit)],
        ['Used', amount(cap.used)],
      ],
      meaning(cap, full),
      to
        ? `If you expect more, ask ${brandName} to raise it.`
        : `The cap is ${cap.capId}; it can be raised with PATCH /v1/programs/${cap.programId}/caps/${cap.capId}. To take up orders that were turned away, recompute the window afterwards.`,
    ],
    signature: brandName,
    footer: to
      ? `You get this mail because you are a partner of ${program.name}.`
      : `You get this mail because ${brandName} is yours; it comes once for each window and threshold.`,
  });
}

function meaning({ hard, measure }: CapReached['cap'], full: boolean): string {
  if (!hard) return 'Nothing is turned away: this cap only tells.';
  if (measure === 'clicks')
    return full
      ? 'Further clicks are redirected and marked as over the cap.'
      : 'Past it, clicks are marked as over the cap.';
  return `${full ? 'Orders' : 'Past it, orders'} that would exceed it are kept, with the reason, and earn nothing unless it is raised.`;
}

function ofWhom({ scope, partnerId, group }: CapReached['cap'], own: boolean): string {
  if (scope === 'program') return 'the whole program';
  return scope === 'group' ? `group ${group}` : own ? 'you' : `partner ${partnerId}`;
}

function spanOf(window: string): string {
  if (window === 'total') return 'in all';
  return window.startsWith('W') ? `the week from ${window.slice(1)}` : window;
}
