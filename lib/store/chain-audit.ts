import { auditAdjustments } from '../adjustments/audit.ts';
import { atOnce } from '../at-once.ts';
import { documentsOf, fingerprints, statementOf } from '../documents/statement-documents.ts';
import { FORMATS } from '../documents/statement-formats.ts';
import { chainAudit } from '../ledger/audit.ts';
import { auditExchangePair } from '../ledger/audit-exchange.ts';
import type { Counts } from '../ledger/audit-order.ts';
import { auditPosted } from '../ledger/audit-posted.ts';
import { sidesOf } from '../ledger/exchange.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { Violation } from '../ledger/laws.ts';
import type { StatementRecord } from '../payouts/statement-record.ts';
import type { AdjustmentStore } from './adjustments.ts';
import { journalsBetween } from './chain.ts';
import type { ConversionStore } from './conversions.ts';
import type { LedgerStore } from './ledger.ts';
import type { statements } from './statements.ts';

interface Stores {
  readonly ledger: LedgerStore;
  readonly conversions: Pick<ConversionStore, 'load'>;
  readonly statements: Pick<ReturnType<typeof statements>, 'list'>;
  readonly adjustments: Pick<AdjustmentStore, 'allOfPartner'>;
}

/** What an audit of one part found. */
export interface Audited {
  readonly counts: Counts;
  readonly violations: readonly Violation[];
}

const PAGE = 500;
/** Remote calls at once. */
const WIDTH = 16;
/** Conversions compared with a chain that settlement is writing to would seem to differ; then both are read again. */
const ATTEMPTS = 5;

/**
 * Audits one partner's chain in a program and currency: every law of a chain, what the conversions say of its lines, what people approved,
 * the journals that its exchanges name in the partner's other chains, and the statements made from it.
 */
export async function auditAccount(
  stores: Stores,
  { timeZone, ...key }: LedgerKey & { readonly timeZone: string },
): Promise<Audited> {
  const chain = await auditQuietChain(stores, key, timeZone);
  const issued = await auditIssued(stores, key);
  return {
    counts: { chains: chain.journals > 0 ? 1 : 0, journals: chain.journals, statements: issued.statements },
    violations: [...chain.violations, ...issued.violations],
  };
}

async function auditQuietChain(stores: Stores, key: LedgerKey, timeZone: string) {
  for (let attempt = 1; ; attempt += 1) {
    const audit = chainAudit(timeZone);
    const lines: Pick<Journal, 'partnerId' | 'lines'>[] = [];
    const adjusting: Journal[] = [];
    const exchanging: Journal[] = [];
    let read = 0;
    for await (const journal of journalsOf(stores.ledger, key)) {
      audit.add(journal);
      read += 1;
      if (journal.kind === 'adjustment') adjusting.push(journal);
      if (journal.kind === 'exchange') exchanging.push(journal);
      if (journal.lines.length > 0) lines.push({ partnerId: journal.partnerId, lines: journal.lines });
    }
    const posted = [
      ...auditPosted(await conversionsOf(stores, key, lines), lines),
      ...auditAdjustments(await adjustmentsIn(stores, key), adjusting),
      ...(await auditPairs(stores, exchanging)),
    ];
    const grown = ((await stores.ledger.head(key))?.sequence ?? 0) > read;
    if (!grown || attempt === ATTEMPTS)
      return { journals: read, violations: [...audit.violations, ...(grown ? [] : posted)] };
  }
}

/** Adjustments are approved in a currency, and posted to its chain. */
const adjustmentsIn = async ({ adjustments }: Stores, key: LedgerKey) =>
  (await adjustments.allOfPartner(key)).filter(({ currency }) => currency === key.currency);

/** Exchanges beside their other halves, which were written with them. */
async function auditPairs({ ledger }: Stores, exchanging: readonly Journal[]): Promise<Violation[]> {
  const found = await atOnce(WIDTH, exchanging, async (journal) => {
    const other = sidesOf(journal)?.other;
    const counterpart = other && (await ledger.journal({ ...journal, currency: other.currency }, other.sequence));
    return auditExchangePair(journal, counterpart);
  });
  return found.flat();
}

/** The whole chain, page by page. */
async function* journalsOf(ledger: LedgerStore, key: LedgerKey): AsyncGenerator<Journal> {
  let after = 0;
  for (;;) {
    const page = await ledger.journals(key, { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.sequence;
  }
}

/** The conversions that the lines name, with what they say of this partner alone. */
async function conversionsOf(
  { conversions }: Stores,
  { brandId, programId, partnerId }: LedgerKey,
  journals: readonly Pick<Journal, 'lines'>[],
) {
  const names = new Map(
    journals.flatMap(({ lines }) =>
      lines.map(({ eventType, orderId }) => [`${eventType}#${orderId}`, { brandId, programId, eventType, orderId }]),
    ),
  );
  const found = await conversions.load([...names.values()]);
  return found.map(({ eventType, orderId, posted }) => {
    const own = posted[partnerId];
    return { eventType, orderId, posted: own ? { [partnerId]: own } : {} };
  });
}

/**
 * Whether each statement in the chain's currency opens where the one before closed and is made again from its journals byte for byte.
 * Statements in all currencies are numbered together.
 */
async function auditIssued({ ledger, statements }: Stores, key: LedgerKey) {
  const violations: Violation[] = [];
  let read = 0;
  let previous: StatementRecord | undefined;
  let number = 0;
  let cursor: string | undefined;
  do {
    const page = await statements.list(key, { cursor, limit: 100 });
    for (const record of page.items) {
      const gap = record.number === number + 1 ? [] : [`follows statement ${number}`];
      number = record.number;
      if (record.currency !== key.currency) continue;
      const found = [...gap, ...(await faultsOf(record, previous, ledger, key))];
      const where = `statement ${record.number} of ${record.partnerId}`;
      violations.push(...found.map((fault): Violation => ({ law: 'statements-join', where, found: fault })));
      previous = record;
      read += 1;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { statements: read, violations };
}

async function faultsOf(
  record: StatementRecord,
  previous: StatementRecord | undefined,
  ledger: LedgerStore,
  key: LedgerKey,
): Promise<string[]> {
  const { firstJournal, lastJournal, documents } = record;
  const faults: string[] = [];
  const expected = (previous?.lastJournal ?? 0) + 1;
  if (firstJournal !== expected) faults.push(`starts at journal ${firstJournal} instead of ${expected}`);
  try {
    const journals = await journalsBetween(ledger, key, { after: firstJournal - 1, through: lastJournal });
    const again = fingerprints(await documentsOf(statementOf(record, journals)));
    const issued = FORMATS.filter((format) => format !== 'pdf' || documents.pdf !== undefined);
    const others = issued.filter((format) => again[format] !== documents[format]);
    if (others.length > 0) faults.push(`its ${others.join(' and ')} would be other bytes today`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(`cannot be made again: ${error.message}`);
  }
  return faults;
}
