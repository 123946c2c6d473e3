import { atOnce } from '../at-once.ts';
import { derive } from '../ids.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { Violation } from '../ledger/laws.ts';
import type { PaidByProgram } from '../tax/partner-year.ts';
import type { Basis } from '../tax/year-end/assess.ts';
import {
  auditDecision,
  auditFigures,
  auditLastSubmission,
  auditReturn,
  auditSameNumber,
  auditSubmission,
  auditSums,
  type FiledTogether,
  type LedgerYear,
  type Place,
} from '../tax/year-end/audit.ts';
import type { ReturnRecord } from '../tax/year-end/filing.ts';
import type { Submission } from '../tax/year-end/submission.ts';
import { NOTHING_PAID, summarize, together } from '../tax/year-end/summary.ts';
import { epochMs, type Instant, instant } from '../time.ts';
import type { auditLog } from './audit.ts';
import type { Audited } from './chain-audit.ts';
import { JournalMissing, lastThat, paidLess, paidOf } from './paid-in-year.ts';
import { type PaymentStores, paymentsOfYear } from './partner-payments.ts';
import type { BrandYear, taxReturns } from './tax-returns.ts';
import { type MemberStores, taxpayerMembers } from './taxpayer-members.ts';
import type { TaxpayerStore } from './taxpayers.ts';

interface Stores extends PaymentStores, MemberStores {
  readonly taxpayers: Pick<TaxpayerStore, 'many' | 'shared'>;
  readonly returns: Pick<
    ReturnType<typeof taxReturns>,
    'payees' | 'stretch' | 'filedAt' | 'submission' | 'submissions' | 'summary'
  >;
  readonly auditLog: Pick<ReturnType<typeof auditLog>, 'get'>;
}

/** Payees whose ledgers are read at once; each is some reads. */
const WIDTH = 8;
const PAYEES_PER_PAGE = 100;
const TAXPAYERS_TOGETHER = 20;
/** A journal is dated by the job that writes it, which may take this long until it is there. */
const WRITING_MS = 3_600_000;

/** Audits the figures of one partner for a year; of somebody without, that nothing was paid. */
export async function auditPayee(stores: Stores, of: BrandYear, partnerId: string): Promise<Audited> {
  const [payees, summary] = await Promise.all([stores.returns.payees(of, [partnerId]), stores.returns.summary(of)]);
  const payee = payees.get(partnerId);
  const at = payee?.at ?? summary?.at;
  const where = `${of.year} of ${partnerId}`;
  const violations =
    at === undefined
      ? []
      : await told(where, async () => {
          const ledgers = await ledgersOf(stores, of, partnerId, payee?.assessment.basis, at);
          return auditFigures(of.year, payee?.assessment, ledgers, where);
        });
  return { counts: { payees: payee ? 1 : 0 }, violations };
}

/** Audits a submission, and of its records those that are in force against the ledgers as they stood when it was made. */
export async function auditStoredSubmission(stores: Stores, of: BrandYear, number: number): Promise<Audited> {
  const { returns, auditLog } = stores;
  const submission = await returns.submission(of, number);
  if (!submission) {
    const where = `submission ${number} of ${of.year}`;
    return { counts: {}, violations: [{ law: 'filed-once', where, found: 'is not there, and later ones are' }] };
  }
  const { destination, records } = submission;
  const partnerIds = records.map(({ partnerId }) => partnerId);
  const inForce = await returns.filedAt(of, destination, partnerIds);
  const starts = [...records, ...inForce.values()].flatMap(({ corrects }) => (corrects ? [corrects] : []));
  const noted = await auditLog.get(of.brandId, derive('audit', of.brandId, of.year, number));
  const together: FiledTogether = {
    submission,
    noted: noted?.after,
    inForce: ({ partnerId }) => inForce.get(partnerId),
    at: await recordsAt(stores, submission, starts),
  };
  const latest = records.filter((record) => inForce.get(record.partnerId)?.submission === number);
  const figures = await atOnce(WIDTH, latest, (record) => {
    const where = `record ${record.recordId} of submission ${number} of ${of.year}, of ${record.partnerId}`;
    return told(where, async () => {
      const ledgers = await ledgersOf(stores, of, record.partnerId, record.basis, submission.at);
      return auditReturn(of.year, record, ledgers, where);
    });
  });
  return { counts: { returns: records.length }, violations: [...auditSubmission(together), ...figures.flat()] };
}

/** Records of earlier submissions by their places, these and all that they lead to. */
async function recordsAt(
  { returns }: Stores,
  { brandId, year, destination }: Submission,
  starts: readonly Place[],
): Promise<FiledTogether['at']> {
  const known = new Map<number, Submission | undefined>();
  const at = ({ submission: number, recordId }: Place): ReturnRecord | undefined => {
    const found = known.get(number);
    return found?.destination === destination ? found.records.find((one) => one.recordId === recordId) : undefined;
  };
  for (const start of starts) {
    let place: Place | undefined = start;
    while (place) {
      const number: number = place.submission;
      if (!known.has(number)) known.set(number, await returns.submission({ brandId, year }, number));
      const next: Place | undefined = at(place)?.corrects;
      place = next && next.submission < number ? next : undefined;
    }
  }
  return at;
}

/**
 * Audits the sums of a year and what was judged by them, payees page by page. While a run has made figures that it has not summed up, there is
 * nothing to compare.
 */
export async function auditYear(stores: Stores, of: BrandYear): Promise<Audited> {
  const { returns } = stores;
  const stored = await returns.summary(of);
  if (!stored) return { counts: {}, violations: [] };
  const where = (partnerId: string) => `${of.year} of ${partnerId}`;
  const decisions: Violation[] = [];
  let made = NOTHING_PAID;
  let lastFiled = 0;
  let after: string | undefined;
  do {
    const page = await returns.stretch(of, { after, limit: PAYEES_PER_PAGE });
    if (page.payees.some(({ at }) => at > stored.at)) return { counts: {}, violations: [] };
    const named = page.payees.flatMap(({ assessment }) => assessment.taxpayer?.partnerIds ?? []);
    const others = await returns.payees(of, [...new Set(named)]);
    for (const { filed, ...own } of page.payees) {
      const theirs = (own.assessment.taxpayer?.partnerIds ?? []).flatMap((one) => others.get(one) ?? []);
      decisions.push(...auditDecision(of.year, own, theirs, where(own.partnerId)));
      lastFiled = Math.max(lastFiled, ...filed.map(({ submission }) => submission));
    }
    made = together(made, summarize(page.payees.map((payee) => ({ ...payee, due: false }))));
    after = page.after;
  } while (after !== undefined);
  const sums = `sums of ${of.year}`;
  const { items } = await returns.submissions(of, { newestFirst: true, limit: 1 });
  const violations = [
    ...auditSums(stored.summary, made, sums),
    ...auditLastSubmission(lastFiled, items[0]?.number ?? 0, sums),
    ...decisions,
    ...(await judgedTogether(stores, of, where)),
  ];
  return { counts: {}, violations };
}

/** Whether those were judged together who have one taxpayer number, as far as their forms are still the ones that were judged. */
async function judgedTogether(
  stores: Stores,
  of: BrandYear,
  where: (partnerId: string) => string,
): Promise<Violation[]> {
  const shared = await stores.taxpayers.shared(of.brandId);
  const violations: Violation[] = [];
  for (let place = 0; place < shared.length; place += TAXPAYERS_TOGETHER) {
    const groups = await taxpayerMembers(stores, of, shared.slice(place, place + TAXPAYERS_TOGETHER));
    for (const members of groups) {
      const assessed = members.map(({ partnerId, year }) => ({ partnerId, assessment: year }));
      violations.push(...auditSameNumber(assessed, where));
    }
  }
  return violations;
}

/**
 * What a partner's ledgers in dollars say of a year by the journals that amounts were made from, and what of it was there when they were put
 * down, by the time at which journals were written, and is not in them.
 */
async function ledgersOf(
  stores: Stores,
  { brandId, year }: BrandYear,
  partnerId: string,
  basis: Basis | undefined,
  at: Instant,
): Promise<LedgerYear> {
  const { ledger } = stores;
  const before = instant(epochMs(at) - WRITING_MS);
  const named = async (key: LedgerKey): Promise<Journal | undefined> => {
    const sequence = key.currency === 'USD' ? basis?.journals[key.programId] : undefined;
    return sequence === undefined ? undefined : await ledger.journal(key, sequence);
  };
  const there = async (key: LedgerKey): Promise<Journal | undefined> => {
    const [from, head] = await Promise.all([named(key), key.currency === 'USD' ? ledger.head(key) : undefined]);
    if (!head || head.sequence <= (from?.sequence ?? 0)) return from;
    const written = await lastThat(ledger, key, head, ({ recordedAt }) => recordedAt <= before);
    return written && written.sequence > (from?.sequence ?? 0) ? written : from;
  };
  const who = { brandId, partnerId };
  const [byBasis, all] = await Promise.all([
    paymentsOfYear(stores, who, year, named),
    paymentsOfYear(stores, who, year, there),
  ]);
  const leftOut = all.map((one): PaidByProgram => {
    const said = byBasis.find(({ programId, currency }) => programId === one.programId && currency === one.currency);
    return { ...one, ...paidLess(one, said ?? paidOf(undefined)) };
  });
  return { byBasis, leftOut };
}

/** A ledger with a gap is told as what it is; the rest of the audit goes on. */
async function told(where: string, audit: () => Promise<Violation[]>): Promise<Violation[]> {
  try {
    return await audit();
  } catch (error) {
    if (!(error instanceof JournalMissing)) throw error;
    return [{ law: 'chain-unbroken', where, found: error.message }];
  }
}
