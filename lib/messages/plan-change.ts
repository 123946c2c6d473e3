import type { EventData } from '../../events/catalog/catalog.ts';
import type { Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import { type Letter, letter } from './letter.ts';

export interface PlanChange {
  readonly brandName: string;
  readonly program: Pick<Program, 'name' | 'timeZone'>;
  readonly partner: Pick<Partner, 'name'>;
  readonly change: EventData<'commission.plan-change-due'>;
}

/** To a partner whose rates change: from when on, what they are then, and, at short notice, why. */
export function planChange({ brandName, program, partner, change }: PlanChange): Letter {
  const { day, time, rules, moreRules, notice, shortNotice, retroactive, until, replaces } = change;
  const from = time === undefined ? day : `${day}, ${time} (${program.timeZone})`;
  const orders = retroactive ? 'orders made since then' : 'new orders';
  const end = until === undefined ? '' : ` until ${until}, when a later version begins`;
  return letter({
    subject: `New commission rates in ${program.name} from ${day} on`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `from ${from} on another version of the commission plan of ${program.name} counts for ${orders}${end}. The first of these that matches an item is the one that counts for it; what is on top is added:`,
      rules.map(({ label, pays }) => [label, pays] as const),
      ...(moreRules > 0 ? [`And ${moreRules} more; ask us for the whole plan.`] : []),
      ...(shortNotice === undefined
        ? []
        : [`Why we ${notice === 'at-once' ? 'tell' : 'told'} of it at once: ${shortNotice}`]),
      ...(replaces === undefined
        ? []
        : [
            `It takes the place of version ${replaces}, which was to begin then. If you had a mail about that, it no longer counts.`,
          ]),
      retroactive
        ? `Orders made since then are counted again by it; nothing was paid for them yet, and nothing that was paid changes. Orders made before keep the rates of their time.`
        : `Orders made before ${time === undefined ? 'that day' : 'that'} keep the rates of their time, whenever they are counted.`,
    ],
    signature: brandName,
    footer: `You get this mail because you are a partner of ${program.name}; ${
      notice === 'at-once'
        ? 'it comes at once, while others come three days and one day before rates change.'
        : 'it comes three days and one day before rates change.'
    }`,
  });
}
