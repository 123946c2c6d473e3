import { format } from '../money.ts';
import type { Partner } from '../partners/partner.ts';
import { holdDaysOf } from '../programs/hold.ts';
import type { Program } from '../programs/program.ts';
import { type Letter, letter } from './letter.ts';

export interface Welcome {
  readonly brandName: string;
  readonly program: Pick<Program, 'name' | 'currency' | 'payoutTerms'>;
  readonly partner: Pick<Partner, 'name' | 'taxFormOnFile'>;
  /** Of the enrolment. */
  readonly group: string;
  /** Version of the agreement the partner accepted, if any yet. */
  readonly acceptedVersion?: string | undefined;
}

/** To a partner who was just enrolled: how earning and paying go, and what is still missing before the first payment. */
export function welcome({ brandName, program, partner, group, acceptedVersion }: Welcome): Letter {
  const { minimumCents, agreementVersion, taxFormRequired, holdFrom } = program.payoutTerms;
  const holdDays = holdDaysOf(program.payoutTerms, group);
  const after = holdFrom === 'month-end' ? 'the end of the order’s month' : 'the order';
  const missing = [
    ...(acceptedVersion === agreementVersion
      ? []
      : [`version ${agreementVersion} of the program’s agreement, accepted by you`]),
    ...(taxFormRequired && !partner.taxFormOnFile ? ['a tax form'] : []),
  ];
  return letter({
    subject: `Welcome to ${program.name}`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `you are now a partner of ${program.name}, the partner program of ${brandName}.`,
      'Orders that come through your links earn you a commission. Each one is explained to you: which visit counted, which rate applied, and how the amount came about. If an order is returned, so is its commission, and that is explained too.',
      [
        [
          'Commission can be paid',
          holdDays === 0 && holdFrom !== 'month-end' ? 'at once' : `${holdDays} days after ${after}`,
        ],
        ['Paid out from', format(minimumCents, program.currency)],
        ['Currency', program.currency],
      ],
      missing.length === 0
        ? 'Nothing is missing for your first payment.'
        : `Before your first payment we need: ${missing.join(' and ')}. Your contact at ${brandName} will ask you for it.`,
    ],
    signature: brandName,
    footer: `You get this mail because ${brandName} enrolled you in ${program.name}.`,
  });
}
