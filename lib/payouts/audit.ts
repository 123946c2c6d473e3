import { canonical } from '../ledger/canonical.ts';
import { itemOf } from '../ledger/chain.ts';
import type { Journal } from '../ledger/journal.ts';
import type { Violation } from '../ledger/laws.ts';
import type { PaymentFile } from './bank-csv.ts';
import { grossOf, isReleased, type PayoutItem, type PayoutRun, withheldOf } from './run.ts';
import { buildStatement, type Statement, type StatementInput } from './statement.ts';

/**
 * Compares a payout run with its items, its payment file and the journals that moved its money, whichever chains they are from.
 * A run that is still being drafted reserves its items before it counts them, so it is not checked yet; one that was rejected as a draft
 * never counted them. What was left out before it was frozen is in none of its sums.
 */
export function auditRun(
  run: PayoutRun,
  items: readonly PayoutItem[],
  journals: readonly Journal[],
  file?: Pick<PaymentFile, 'hash' | 'totalCents' | 'withheldCents'>,
): Violation[] {
  const violations: Violation[] = [];
  const check = (holds: boolean, found: string, where = `payout run ${run.runId}`) => {
    if (!holds) violations.push({ law: 'run-adds-up', where, found });
  };
  if (run.status === 'drafting') return [];
  const where = `payout run ${run.runId}`;
  const { approvedBy, madeBy } = run;
  if (isReleased(run) && approvedBy === undefined)
    violations.push({ law: 'maker-is-not-checker', where, found: 'nobody approved it' });
  if (approvedBy !== undefined && approvedBy.toLowerCase() === madeBy.toLowerCase())
    violations.push({ law: 'maker-is-not-checker', where, found: `${madeBy} made and approved it` });
  const inFile = items.filter(({ leftOut }) => !leftOut);
  const total = inFile.reduce((sum, { amountCents }) => sum + amountCents, 0);
  const counted = run.status !== 'rejected' || run.fileHash !== undefined;
  if (counted) {
    check(run.totalCents === total, `total ${run.totalCents}, its items make ${total}`);
    const withheld = inFile.reduce((sum, item) => sum + withheldOf(item), 0);
    check((run.withheldCents ?? 0) === withheld, `withholds ${run.withheldCents ?? 0}, its items ${withheld}`);
    check(run.itemCount === inFile.length, `counts ${run.itemCount} items, has ${inFile.length}`);
  }
  if (file) {
    check(file.totalCents === run.totalCents, `total ${run.totalCents}, its file makes ${file.totalCents}`);
    const withheld = run.withheldCents ?? 0;
    check(file.withheldCents === withheld, `withholds ${withheld}, its file ${file.withheldCents}`);
    check(file.hash === run.fileHash, 'its file does not have the hash that was frozen');
  }
  const moves = movesByItem(journals);
  for (const item of items) {
    const { itemId, partnerId, status } = item;
    const grossCents = grossOf(item);
    const moved = moves.get(itemId);
    const where = `payout item ${itemId} of ${partnerId}`;
    check(!item.leftOut || status === 'released', `is left out of the run's sums, and ${status}`, where);
    check(moved?.reserve === grossCents, `takes ${grossCents}, the ledger set aside ${moved?.reserve ?? 0}`, where);
    const tax = withheldOf(item);
    check((moved?.said ?? 0) === tax, `withholds ${tax}, the ledger said ${moved?.said ?? 0}`, where);
    const paid = status === 'settled' || status === 'returned';
    const settled = paid ? grossCents : 0;
    check((moved?.settle ?? 0) === settled, `is ${status}, the ledger paid ${moved?.settle ?? 0}`, where);
    const withheld = status === 'settled' ? tax : 0;
    check((moved?.withheld ?? 0) === withheld, `is ${status}, the ledger withholds ${moved?.withheld ?? 0}`, where);
    const givenBack = status === 'failed' || status === 'released' ? grossCents : 0;
    const returned = status === 'returned' ? grossCents : 0;
    check((moved?.bounce ?? 0) === returned, `is ${status}, the ledger took back ${moved?.bounce ?? 0}`, where);
    check((moved?.unreserve ?? 0) === givenBack, `is ${status}, the ledger gave back ${moved?.unreserve ?? 0}`, where);
  }
  return violations;
}

type Move = 'reserve' | 'settle' | 'unreserve' | 'bounce';
/** Cents that each kind of journal moved, tax included; what the reserving one said of the tax; and what is withheld after all of them. */
type Moves = Record<Move | 'said' | 'withheld', number>;

function movesByItem(journals: readonly Journal[]): Map<string, Moves> {
  const moves = new Map<string, Moves>();
  for (const journal of journals) {
    const { kind, entries } = journal;
    if (kind !== 'reserve' && kind !== 'settle' && kind !== 'unreserve' && kind !== 'bounce') continue;
    const item = itemOf(journal);
    const known = moves.get(item) ?? { reserve: 0, settle: 0, unreserve: 0, bounce: 0, said: 0, withheld: 0 };
    const moving = kind === 'bounce' ? ['paid', 'withheld'] : ['inTransit'];
    for (const { account, cents } of entries) {
      if (moving.includes(account)) known[kind] += Math.abs(cents);
      if (account === 'withheld') known.withheld += cents;
    }
    if (kind === 'reserve') known.said += journal.withholds ?? 0;
    moves.set(item, known);
  }
  return moves;
}

/**
 * Checks a partner's statements, oldest first, against the chain they were made from: each opens where the one before closed, and is
 * made again from its journals byte for byte.
 */
export function auditStatements(
  statements: readonly Statement[],
  chain: readonly Journal[],
  { partner, program }: Pick<StatementInput, 'partner' | 'program'>,
): Violation[] {
  const violations: Violation[] = [];
  let previous: Statement | undefined;
  for (const statement of statements) {
    const { number, journals } = statement;
    const check = (holds: boolean, found: string) => {
      const where = `statement ${number} of ${statement.partnerId}`;
      if (!holds) violations.push({ law: 'statements-join', where, found });
    };
    check(number === (previous?.number ?? 0) + 1, `follows statement ${previous?.number ?? 0}`);
    const expected = (previous?.journals.last ?? 0) + 1;
    check(journals.first === expected, `starts at journal ${journals.first} instead of ${expected}`);
    check(rebuilt(statement, previous, chain, { partner, program }), 'differs from what its journals make');
    previous = statement;
  }
  return violations;
}

function rebuilt(
  statement: Statement,
  previous: Statement | undefined,
  chain: readonly Journal[],
  names: Pick<StatementInput, 'partner' | 'program'>,
): boolean {
  const { first, last } = statement.journals;
  try {
    const again = buildStatement({
      ...names,
      number: statement.number,
      journals: chain.filter(({ sequence }) => sequence >= first && sequence <= last),
      ...(previous && { opening: previous.closing, since: previous.issuedAt }),
    });
    return canonical(again) === canonical(statement);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
