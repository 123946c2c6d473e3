import { type Day, dayIn } from '../calendar.ts';
import { explain, orderName } from '../commission/explain.ts';
import { adjustmentIn, REASON_WORDS } from '../ledger/adjustment.ts';
import { apply, itemOf, NO_BALANCES, unpaidCents } from '../ledger/chain.ts';
import { ACCOUNTS, type Account, type AccrualLine, type Balances, type Journal } from '../ledger/journal.ts';
import { format } from '../money.ts';
import type { Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import type { LineFlag } from '../tracking/flags.ts';
import type { SubIds } from '../tracking/sub-ids.ts';

export interface StatementInput {
  /** From 1 for each partner and program. */
  readonly number: number;
  /** All journals after the previous statement's last, oldest first; at least one. */
  readonly journals: readonly Journal[];
  /** Closing balances of the previous statement; all zero for the first. */
  readonly opening?: Balances;
  /** End of the previous statement; the first journal's time when there is none. */
  readonly since?: Instant;
  readonly partner: Pick<Partner, 'partnerId' | 'name'>;
  readonly program: Pick<Program, 'programId' | 'name' | 'timeZone'>;
}

export interface StatementLine {
  /** Journal it stands in. */
  readonly sequence: number;
  readonly at: Instant;
  /** `at` in the program's time zone. */
  readonly day: Day;
  /** `sale 1001`, `payment itm_…`. */
  readonly title: string;
  readonly cents: number;
  readonly explanation: string;
  /** What the order is flagged with; absent when nothing. */
  readonly flags?: readonly LineFlag['flag'][];
  /** Sub-ids of the click that was credited; absent when it had none. */
  readonly subs?: SubIds;
}

export type SectionId =
  | 'earned'
  | 'returned'
  | 'recomputed'
  | 'adjusted'
  | 'exchanged'
  | 'released'
  | 'reserved'
  | 'came-back'
  | 'paid'
  | 'withheld'
  | 'bounced';

export interface StatementSection {
  readonly id: SectionId;
  readonly title: string;
  readonly lines: readonly StatementLine[];
  readonly totalCents: number;
  /** What the section adds to the unpaid balance: its total, minus its total for payments, 0 where money only changes place. */
  readonly changeCents: number;
}

/** What happened to a partner's money since the statement before. */
export interface Statement {
  readonly number: number;
  readonly brandId: string;
  readonly programId: string;
  readonly programName: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly period: { readonly from: Day; readonly to: Day; readonly label: string };
  /** Time of its last journal, so that it can be made again byte for byte. */
  readonly issuedAt: Instant;
  /** The journals it covers; the hash of the last one pins everything before it. */
  readonly journals: { readonly first: number; readonly last: number; readonly hash: string };
  readonly opening: Balances;
  readonly movements: Balances;
  readonly closing: Balances;
  /** Unpaid balance before and after: pending, held, payable and in transit, less what is owed. */
  readonly openingCents: number;
  readonly closingCents: number;
  readonly sections: readonly StatementSection[];
}

/** What each kind of movement is called, and whether it adds to the unpaid balance, takes from it or only moves inside it. */
export const SECTIONS: Readonly<Record<SectionId, { readonly title: string; readonly sign: 1 | 0 | -1 }>> = {
  earned: { title: 'Earned', sign: 1 },
  returned: { title: 'Returned and cancelled', sign: 1 },
  recomputed: { title: 'Computed again', sign: 1 },
  adjusted: { title: 'Adjusted by hand', sign: 1 },
  exchanged: { title: 'Exchanged', sign: 1 },
  released: { title: 'Became payable', sign: 0 },
  reserved: { title: 'Set aside for payment', sign: 0 },
  'came-back': { title: 'Payments that came back', sign: 0 },
  paid: { title: 'Paid', sign: -1 },
  withheld: { title: 'Tax withheld', sign: -1 },
  bounced: { title: 'Payments that were returned', sign: 1 },
};

/**
 * A statement from the journals it covers and nothing else: opening balance + movements = closing balance, each movement explained.
 * Made again from the same journals it is the same, to the byte.
 *
 * @throws RangeError when the journals are none, have a gap, or do not lead from the opening to the closing balances.
 */
export function buildStatement(input: StatementInput): Statement {
  const { number, journals, opening = NO_BALANCES, since, partner, program } = input;
  const first = journals[0];
  const last = journals.at(-1);
  if (!first || !last) throw new RangeError('a statement covers at least one journal');
  if (journals.some(({ sequence }, index) => sequence !== first.sequence + index)) {
    throw new RangeError(`journals ${first.sequence} to ${last.sequence} of ${partner.partnerId} have a gap`);
  }
  const entries = journals.flatMap((journal) => journal.entries);
  const closing = apply(opening, entries);
  const { currency } = last;
  const lines = movements(journals, currency, program.timeZone);
  const sections = (Object.keys(SECTIONS) as SectionId[]).flatMap((id) => section(id, lines.get(id) ?? []));
  const openingCents = unpaidCents(opening);
  const closingCents = openingCents + sections.reduce((sum, { changeCents }) => sum + changeCents, 0);
  const reached = last.after.balances;
  if (closingCents !== unpaidCents(reached) || ACCOUNTS.some((account) => closing[account] !== reached[account])) {
    throw new RangeError(`journals ${first.sequence} to ${last.sequence} do not lead from opening to closing balance`);
  }
  const from = dayIn(since ?? first.at, program.timeZone);
  const to = dayIn(last.at, program.timeZone);
  return {
    number,
    brandId: last.brandId,
    programId: last.programId,
    programName: program.name,
    partnerId: partner.partnerId,
    partnerName: partner.name,
    currency,
    timeZone: program.timeZone,
    period: { from, to, label: from === to ? from : `${from} to ${to}` },
    issuedAt: last.at,
    journals: { first: first.sequence, last: last.sequence, hash: last.hash },
    opening: { ...NO_BALANCES, ...opening },
    movements: apply(NO_BALANCES, entries),
    closing,
    openingCents,
    closingCents,
    sections,
  };
}

function section(id: SectionId, lines: readonly StatementLine[]): StatementSection[] {
  if (lines.length === 0) return [];
  const { title, sign } = SECTIONS[id];
  const totalCents = lines.reduce((sum, { cents }) => sum + cents, 0);
  return [{ id, title, lines, totalCents, changeCents: sign === 0 ? 0 : sign * totalCents }];
}

const SECTION_OF: Readonly<Record<AccrualLine['reason'], SectionId>> = {
  earned: 'earned',
  returned: 'returned',
  cancelled: 'returned',
  recomputed: 'recomputed',
};

function movements(journals: readonly Journal[], currency: string, timeZone: string): Map<SectionId, StatementLine[]> {
  const found = new Map<SectionId, StatementLine[]>();
  const ended = new Set(journals.filter(({ kind }) => kind === 'settle' || kind === 'unreserve').map(itemOf));
  const add = (
    id: SectionId,
    { sequence, at }: Journal,
    title: string,
    cents: number,
    explanation: string,
    { flags, subs }: Pick<AccrualLine, 'flags' | 'subs'> = {},
  ) => {
    const lines = found.get(id) ?? [];
    const order = { ...(flags && { flags: flags.map(({ flag }) => flag) }), ...(subs && { subs }) };
    lines.push({ sequence, at, day: dayIn(at, timeZone), title, cents, explanation, ...order });
    found.set(id, lines);
  };
  const withheld = (journal: Journal) => {
    const cents = moved(journal, 'withheld');
    if (cents === 0) return;
    const amount = format(Math.abs(cents), currency);
    const words =
      cents > 0
        ? `${amount} of the payment was kept back as backup withholding. It is credited to you as federal income tax.`
        : `${amount} was given back with the payment that was returned, and is payable again.`;
    add('withheld', journal, `payment ${itemOf(journal)}`, cents, words);
  };
  for (const journal of journals) {
    switch (journal.kind) {
      case 'accrual':
        for (const line of journal.lines) {
          add(SECTION_OF[line.reason], journal, orderName(line), line.cents, explain(line, currency), line);
        }
        break;
      case 'release':
        add('released', journal, journal.cause, -moved(journal, 'pending'), releaseWords(journal, currency));
        break;
      case 'adjustment': {
        const { adjustmentId, cents } = adjustmentIn(journal);
        add('adjusted', journal, `adjustment ${adjustmentId}`, cents, adjustmentWords(journal, currency));
        break;
      }
      case 'exchange':
        add('exchanged', journal, `payment ${itemOf(journal)}`, -moved(journal, 'exchanged'), exchangeWords(journal));
        break;
      case 'reserve': {
        const cents = moved(journal, 'inTransit');
        if (ended.has(itemOf(journal))) break;
        add('reserved', journal, `payment ${itemOf(journal)}`, cents, `${format(cents, currency)} is on its way.`);
        break;
      }
      case 'unreserve':
        add(
          'came-back',
          journal,
          `payment ${itemOf(journal)}`,
          -moved(journal, 'inTransit'),
          unreserveWords(journal, currency),
        );
        break;
      case 'bounce': {
        const words = `${format(-moved(journal, 'paid'), currency)} was returned (${whyOf(journal)}) and is payable again.`;
        const told = `${words}${repaid(journal, currency)}`;
        add('bounced', journal, `payment ${itemOf(journal)}`, -moved(journal, 'paid'), told);
        withheld(journal);
        break;
      }
      case 'settle': {
        const cents = moved(journal, 'paid');
        add('paid', journal, `payment ${itemOf(journal)}`, cents, `${format(cents, currency)} was paid.`);
        withheld(journal);
        break;
      }
    }
  }
  return found;
}

const moved = ({ entries }: Journal, account: Account) =>
  entries.reduce((sum, entry) => (entry.account === account ? sum + entry.cents : sum), 0);

function releaseWords(journal: Journal, currency: string): string {
  const through = journal.after.releasedThrough;
  return `The hold was over by ${through}: ${format(-moved(journal, 'pending'), currency)} left it.${repaid(journal, currency)}`;
}

function unreserveWords(journal: Journal, currency: string): string {
  const cents = format(-moved(journal, 'inTransit'), currency);
  return `${cents} was not paid (${whyOf(journal)}) and is payable again.${repaid(journal, currency)}`;
}

function adjustmentWords(journal: Journal, currency: string): string {
  const { cents, reason, note } = adjustmentIn(journal);
  const amount = format(Math.abs(cents), currency);
  const owed = moved(journal, 'receivable');
  const verb = reason === 'write-off' ? 'is no longer owed' : cents > 0 ? 'was added' : 'was taken back';
  const rest = owed < 0 ? ` ${format(-owed, currency)} of it was no longer payable and is owed.` : '';
  const told = `${amount} ${verb} for ${REASON_WORDS[reason]}: ${note.replace(/[.!?]$/, '')}.`;
  return `${told}${rest}${reason === 'write-off' ? '' : repaid(journal, currency)}`;
}

function exchangeWords(journal: Journal): string {
  const { exchange, currency, corrects } = journal;
  if (!exchange) return 'Exchanged.';
  const { from, to, rateId, rate } = exchange;
  const [left, arrived] = [from, to].map(({ cents, currency: of }) => format(cents, of)) as [string, string];
  const day = rateId.split('/', 1)[0];
  if (corrects !== undefined)
    return `The exchange of ${left} to ${arrived} was undone (${whyOf(journal)}), at the same rate.${repaid(journal, currency)}`;
  return `${left} became ${arrived}: ${rate}, the rate of ${day}.`;
}

const whyOf = (journal: Journal) => journal.cause.slice(itemOf(journal).length + 1).trim();

function repaid(journal: Journal, currency: string): string {
  const cents = moved(journal, 'receivable');
  return cents > 0 ? ` ${format(cents, currency)} of it repaid what had been owed.` : '';
}
