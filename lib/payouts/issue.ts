import { derive } from '../ids.ts';
import type { Journal } from '../ledger/journal.ts';
import type { Partner } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import { buildStatement, type SectionId, type Statement } from './statement.ts';
import type { StatementRecord } from './statement-record.ts';

export interface IssueInput {
  readonly brandId: string;
  readonly program: Pick<Program, 'programId' | 'name' | 'timeZone'>;
  readonly partner: Pick<Partner, 'partnerId' | 'name'>;
  /** Its number: one after the newest statement of the account in whatever currency; after the previous one when left out. */
  readonly number?: number;
  /** The statement this one continues: the newest in the same currency. */
  readonly previous?: StatementRecord | undefined;
  /** Everything posted since; at least one. */
  readonly journals: readonly Journal[];
  /** The payout run it is issued for. */
  readonly cause: string;
  /** Why that run did not pay the partner, in words; empty when it did. */
  readonly notPaid?: readonly string[];
  readonly recordedAt: Instant;
}

/** The next statement of an account and, but for its documents' hashes, the record that issues it. */
export function nextStatement(input: IssueInput): {
  readonly statement: Statement;
  readonly record: Omit<StatementRecord, 'documents'>;
} {
  const { brandId, program, partner, previous, journals, cause, notPaid = [], recordedAt } = input;
  const { number = (previous?.number ?? 0) + 1 } = input;
  const statement = buildStatement({
    number,
    journals,
    ...(previous && { opening: previous.closing, since: previous.issuedAt }),
    partner,
    program,
  });
  const totalOf = (wanted: SectionId) => statement.sections.find(({ id }) => id === wanted)?.totalCents ?? 0;
  const paidCents = totalOf('paid') - totalOf('bounced');
  const withheldCents = totalOf('withheld');
  const exchangedCents = totalOf('exchanged');
  const { programId } = program;
  const { partnerId } = partner;
  return {
    statement,
    record: {
      brandId,
      programId,
      partnerId,
      currency: statement.currency,
      number,
      statementId: derive('statement', brandId, programId, partnerId, number),
      cause,
      partnerName: partner.name,
      programName: program.name,
      timeZone: program.timeZone,
      ...(previous && { since: previous.issuedAt }),
      issuedAt: statement.issuedAt,
      firstJournal: statement.journals.first,
      lastJournal: statement.journals.last,
      opening: statement.opening,
      closing: statement.closing,
      earnedCents: statement.closingCents - statement.openingCents + paidCents + withheldCents - exchangedCents,
      paidCents,
      ...(withheldCents !== 0 && { withheldCents }),
      ...(exchangedCents !== 0 && { exchangedCents }),
      closingCents: statement.closingCents,
      ...(notPaid.length > 0 && { notPaid }),
      recordedAt,
    },
  };
}
