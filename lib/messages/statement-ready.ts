import type { EventData } from '../../events/catalog/catalog.ts';
import { dayIn } from '../calendar.ts';
import { format } from '../money.ts';
import type { Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import { type Letter, letter } from './letter.ts';

export interface StatementReady {
  readonly brandName: string;
  readonly program: Pick<Program, 'name' | 'timeZone'>;
  readonly partner: Pick<Partner, 'name'>;
  readonly statement: EventData<'statement.issued'>;
  readonly attached: boolean;
}

/** To a partner whose statement is final; its documents go with it. */
export function statementReady({ brandName, program, partner, statement, attached }: StatementReady): Letter {
  const money = (cents: number) => format(cents, statement.currency);
  const through = dayIn(statement.through, program.timeZone);
  return letter({
    subject: `Statement ${statement.number} for ${program.name}`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `statement ${statement.number} of your account with ${program.name} is ready. It covers everything up to ${through}.`,
      [
        ['Earned in this period', money(statement.earnedCents)],
        ...(statement.exchangedCents === undefined
          ? []
          : [['Exchanged, from another currency or into it', money(statement.exchangedCents)] as const]),
        ['Paid to you', money(statement.paidCents)],
        ['Balance after it', money(statement.closingCents)],
      ],
      ...(statement.notPaid ? [`You were not paid this time. ${statement.notPaid.join(' ')}`] : []),
      attached
        ? 'The attached page lists every movement and explains each commission; the CSV file has the same lines for your books.'
        : `It is too long for a mail: ask ${brandName} for the page that lists every movement and explains each commission.`,
      'If a line looks wrong to you, answer with its order number and we will look at it.',
    ],
    signature: brandName,
    footer: `You get this mail because you are a partner of ${program.name}.`,
  });
}
