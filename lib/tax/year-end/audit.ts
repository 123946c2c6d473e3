import { canonical } from '../../ledger/canonical.ts';
import type { Law, Violation } from '../../ledger/laws.ts';
import { decisionsOf, moved, type PaidByProgram, partnerYear } from '../partner-year.ts';
import { taxYear } from '../tax-year.ts';
import { taxpayerYear } from '../taxpayer-year.ts';
import type { Assessment, Basis } from './assess.ts';
import type { Amounts, Filed, ReturnRecord } from './filing.ts';
import { notedOf, type Submission } from './submission.ts';
import type { YearSummary } from './summary.ts';

/** What the ledgers of a payee say of amounts that somebody put down. */
export interface LedgerYear {
  /** Read to the journals that the amounts were made from. */
  readonly byBasis: readonly PaidByProgram[];
  /** What was written between those journals and the moment in which the amounts were put down, and moves the year. */
  readonly leftOut: readonly PaidByProgram[];
}

/** Whether a payee's figures of a year are those of the ledgers when they were made: whoever was paid has some. */
export function auditFigures(
  year: number,
  found: Assessment | undefined,
  ledgers: LedgerYear,
  where: string,
): Violation[] {
  const { fault, violations } = faults('forms-are-the-ledger', where);
  if (!found) {
    leftOut(ledgers, fault);
    return violations;
  }
  const made = madeAgain(year, found.basis, ledgers, fault);
  if (!made) return violations;
  for (const name of ['grossCents', 'withheldCents', 'reportedByProviderCents'] as const) {
    const told = name === 'reportedByProviderCents' ? providersOf(found) : found[name];
    if (told !== made[name]) fault(`its figures say ${name} ${told}, the ledgers ${made[name]}`);
  }
  return violations;
}

/** Whether a return that is in force says what the ledgers said when it was filed. What changed since is no fault: a correction is due. */
export function auditReturn(year: number, filed: ReturnRecord, ledgers: LedgerYear, where: string): Violation[] {
  const { fault, violations } = faults('forms-are-the-ledger', where);
  const { kind, compensationCents, withheldCents } = filed;
  if (kind === 'zeroed') {
    if (compensationCents !== 0 || withheldCents !== 0) fault(`takes a return back and says ${compensationCents}`);
    return violations;
  }
  const made = madeAgain(year, filed.basis, ledgers, fault);
  if (!made) return violations;
  const box1 = Math.max(made.grossCents, 0);
  if (compensationCents !== box1) fault(`box 1 is ${compensationCents}, the ledgers had paid ${box1}`);
  if (withheldCents !== made.withheldCents)
    fault(`box 4 is ${withheldCents}, the ledgers had withheld ${made.withheldCents}`);
  return violations;
}

function leftOut({ leftOut: programs }: LedgerYear, fault: (found: string) => void): void {
  for (const { programId, paidCents, withheldCents } of programs.filter(moved))
    fault(`${programId} had paid ${paidCents} more by then, of it withheld ${withheldCents}`);
}

/** The amounts once more, by the settings and journals that they were made from. */
function madeAgain(
  year: number,
  basis: Basis | undefined,
  ledgers: LedgerYear,
  fault: (found: string) => void,
): (Pick<Assessment, 'grossCents' | 'withheldCents'> & { readonly reportedByProviderCents: number }) | undefined {
  if (!basis) {
    fault('it does not say from which journals it was made');
    return undefined;
  }
  leftOut(ledgers, fault);
  const made = partnerYear(taxYear(year), undefined, ledgers.byBasis, basis);
  return { ...made, reportedByProviderCents: providersOf(made) };
}

const providersOf = ({ reportedByProvider }: Pick<Assessment, 'reportedByProvider'>) =>
  reportedByProvider.reduce((sum, { paidCents }) => sum + paidCents, 0);

/** What the submission and everything beside it say of its records. */
export interface FiledTogether {
  readonly submission: Submission;
  /** What the audit log noted as it was made. */
  readonly noted: unknown;
  /** The return in force of each record's payee at the destination. */
  readonly inForce: (record: ReturnRecord) => Filed | undefined;
  /** The record at a place of another submission to the same destination. */
  readonly at: (place: Place) => ReturnRecord | undefined;
}
export type Place = Pick<NonNullable<ReturnRecord['corrects']>, 'submission' | 'recordId'>;

/** Whether a submission is as it was made, and each payee has one return in force, to which all others of theirs lead. */
export function auditSubmission({ submission, noted, inForce, at }: FiledTogether): Violation[] {
  const { number, records, year } = submission;
  const { fault, violations } = faults('filed-once', `submission ${number} of ${year}`);
  const made = canonical(notedOf(submission));
  if (canonical(noted ?? {}) !== made) fault(`it makes ${made}, noted was ${canonical(noted ?? {})}`);
  records.forEach((record, place) => {
    const { recordId, partnerId, corrects } = record;
    const named = `record ${recordId}, of ${partnerId},`;
    if (recordId !== place + 1) fault(`${named} is at place ${place + 1}`);
    if ((record.kind === 'original') === (corrects !== undefined))
      fault(`${named} is ${record.kind} and corrects ${corrects ? 'another' : 'none'}`);
    if (corrects) {
      const before = corrects.submission < number ? at(corrects) : undefined;
      if (before?.partnerId !== partnerId || !sameAmounts(before, corrects))
        fault(
          `${named} corrects record ${corrects.recordId} of submission ${corrects.submission}, which is not so there`,
        );
    }
    const latest = inForce(record);
    const own = latest?.submission === number && latest.recordId === recordId;
    if (!latest) fault(`${named} is filed, and nothing says so`);
    else if (own && !sameRecord(latest, record)) fault(`${named} is in force with other words`);
    else if (!own && !leadsTo(latest, { submission: number, recordId }, at))
      fault(`${named} and record ${latest.recordId} of submission ${latest.submission} are both in force`);
  });
  return violations;
}

const sameAmounts = (one: Amounts, other: Amounts) =>
  one.compensationCents === other.compensationCents && one.withheldCents === other.withheldCents;

function sameRecord({ destination: _, submission: __, ...filed }: Filed, record: ReturnRecord): boolean {
  return canonical(filed) === canonical(record);
}

/** Whether a return took the place of another, directly or by those between them. Each names an earlier submission, or the way ends. */
function leadsTo({ submission, corrects }: Filed, to: Place, at: FiledTogether['at']): boolean {
  let from = submission;
  let place: Place | undefined = corrects;
  while (place && place.submission < from && place.submission >= to.submission) {
    if (place.submission === to.submission && place.recordId === to.recordId) return true;
    from = place.submission;
    place = at(place)?.corrects;
  }
  return false;
}

/** A payee's year as it was put down. */
interface Assessed {
  readonly partnerId: string;
  readonly assessment: Assessment;
}

/**
 * Whether it was judged by the right sum if a payee's return is due at the IRS. States are left out: their figures may be put right at any time.
 *
 * @param others the years of those that it names as having the same taxpayer number.
 */
export function auditDecision(year: number, own: Assessed, others: readonly Assessed[], where: string): Violation[] {
  const { fault, violations } = faults('due-by-the-sum', where);
  const { taxpayer, federal } = own.assessment;
  const rules = taxYear(year);
  const together = taxpayer && taxpayerYear(rules, memberOf(own), others.map(memberOf));
  if (taxpayer && together) {
    const told = { ...taxpayer, words: '' };
    const made = { ...together.taxpayer, words: '' };
    if (canonical(told) !== canonical(made))
      fault(`it says ${canonical(told)} of all together, their years ${canonical(made)}`);
  }
  const made = together ?? decisionsOf(rules, memberOf(own).form, own.assessment);
  if (federal.file !== made.federal.file)
    fault(`it is ${federal.file ? '' : 'not '}due by its figures, and ${made.federal.file ? '' : 'not '}by the law`);
  return violations;
}

const memberOf = ({ partnerId, assessment: year }: Assessed) => ({
  partnerId,
  form: { duty: year.duty, why: year.federal.words },
  year,
});

/** Whether partners with one taxpayer number were judged together: each names the others. Who gave another form since may be named too. */
export function auditSameNumber(members: readonly Assessed[], where: (partnerId: string) => string): Violation[] {
  return members.flatMap(({ partnerId, assessment: { taxpayer } }) => {
    const { fault, violations } = faults('due-by-the-sum', where(partnerId));
    for (const other of members)
      if (other.partnerId !== partnerId && !taxpayer?.partnerIds.includes(other.partnerId))
        fault(`it was judged without ${other.partnerId}, who has the same taxpayer number`);
    return violations;
  });
}

/** Whether the submissions go as far as what was filed: one that is gone from their end leaves no gap. */
export function auditLastSubmission(filed: number, there: number, where: string): Violation[] {
  const { fault, violations } = faults('filed-once', where);
  if (filed > there) fault(`a return was filed in submission ${filed}, and the last one is ${there}`);
  return violations;
}

/** Whether the sums of a year are those of its payees. What is due or not goes by the payer’s states of the day, so both count together. */
export function auditSums(told: YearSummary, made: YearSummary, where: string): Violation[] {
  const { fault, violations } = faults('forms-add-up', where);
  for (const name of ['payees', 'grossCents', 'reportedByProviderCents', 'form945Cents'] as const)
    if (told[name] !== made[name]) fault(`${name} is ${told[name]}, its payees make ${made[name]}`);
  for (const name of ['filed', 'changed', 'blocked'] as const)
    if (canonical(told[name]) !== canonical(made[name]))
      fault(`${name} is ${canonical(told[name])}, its payees make ${canonical(made[name])}`);
  const parts = ['filed', 'changed', 'due', 'blocked', 'notDue'] as const;
  const cents = parts.reduce((sum, name) => sum + told[name].cents, 0);
  if (cents !== told.grossCents) fault(`its parts make ${cents}, paid was ${told.grossCents}`);
  return violations;
}

function faults(law: Law, where: string) {
  const violations: Violation[] = [];
  return { violations, fault: (found: string) => void violations.push({ law, where, found }) };
}
