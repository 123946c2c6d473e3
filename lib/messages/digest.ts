import type { EventData } from '../../events/catalog/catalog.ts';
import { format } from '../money.ts';
import type { Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import { type Letter, letter } from './letter.ts';

export interface Digest {
  readonly brandName: string;
  readonly program: Pick<Program, 'name'>;
  readonly partner: Pick<Partner, 'name'>;
  readonly day: EventData<'commission.digest-due'>;
}

/** Whether a day is worth a mail: an order or a cent moved. Clicks alone are not. */
export function isWorthAMail(day: {
  readonly conversions: number;
  readonly returns: number;
  readonly commissionCents: number;
}) {
  return day.conversions !== 0 || day.returns !== 0 || day.commissionCents !== 0;
}

/** To a partner whose day is over: what came of it. */
export function digest({ brandName, program, partner, day }: Digest): Letter {
  const money = (cents: number) => format(cents, day.currency);
  return letter({
    subject: subjectOf(day, program.name),
    greeting: `Hello ${partner.name},`,
    blocks: [
      `this is your ${day.day} with ${program.name}:`,
      [
        ['Clicks', String(day.clicks)],
        ['Orders', String(day.conversions)],
        ...(day.returns === 0 ? [] : [['Of these returned or cancelled', String(day.returns)] as const]),
        ['Your share of their value', money(day.revenueCents)],
        ['Commission booked', money(day.commissionCents)],
      ],
      'Commission is booked when an order is attributed, which may be a day after it, and is corrected when something comes back. Your next statement lists every order and explains each amount.',
    ],
    signature: brandName,
    footer: `You get this mail because you are a partner of ${program.name}; it comes only after days on which something moved.`,
  });
}

function subjectOf({ day, currency, commissionCents }: Digest['day'], program: string): string {
  if (commissionCents > 0) return `You earned ${format(commissionCents, currency)} with ${program}`;
  if (commissionCents < 0) return `${format(-commissionCents, currency)} of commission taken back in ${program}`;
  return `Your ${day} with ${program}`;
}
