import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import {
  type Documents,
  documentsOf,
  fingerprints,
  statementKey,
  statementOf,
} from '../../lib/documents/statement-documents.ts';
import { CONTENT_TYPES, FORMATS } from '../../lib/documents/statement-formats.ts';
import { itemOf } from '../../lib/ledger/chain.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import type { Partner } from '../../lib/partners/partner.ts';
import { nextStatement } from '../../lib/payouts/issue.ts';
import { itemIdOf, RunId } from '../../lib/payouts/order.ts';
import type { StatementRecord } from '../../lib/payouts/statement-record.ts';
import { BrandId } from '../../lib/programs/brand.ts';
import { currenciesOf } from '../../lib/programs/payout-currencies.ts';
import { InstantField, type Program, ProgramId } from '../../lib/programs/program.ts';
import { journalsBetween } from '../../lib/store/chain.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { statements } from '../../lib/store/statements.ts';

/**
 * Writes a statement for every partner of a run's program whose account moved since the last one, paid or not. Whose payment of this
 * run is still under way gets theirs when it has ended and the workflow runs again.
 *
 * Whom the run did not pay is told every reason why, with the statement of the account that the money lies in.
 *
 * A run in another currency than its program's does so in both: what was exchanged for it left the account in the program's currency.
 *
 * The record under the next free number is what issues a statement; the documents in the bucket are made from it and the journals, so
 * writing them again after a crash writes the same bytes. A run issues one statement to a partner, however often it is started.
 */
const client = documentClient();
const core = env('coreTable');
const store = {
  programs: programs(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  statements: statements(client, core),
  runs: payoutRuns(client, core),
  ledger: ledger(client, env('ledgerTable')),
};
const documents = files(new S3Client({}), env('documentsBucket'));

const PARTNERS_PER_PAGE = 50;
const AT_ONCE = 8;
/** Runs whose statements are looked through for this run's own, should it be started again after later runs. */
const RUNS_BACK = 24;
const ATTEMPTS = 3;

const Tally = z.object({
  issued: z.int(),
  alreadyIssued: z.int(),
  unmoved: z.int(),
  waiting: z.int(),
  failed: z.int(),
});
type Outcome = keyof z.infer<typeof Tally>;
const NONE: z.infer<typeof Tally> = { issued: 0, alreadyIssued: 0, unmoved: 0, waiting: 0, failed: 0 };

/** The plan's answer at first, then this step's own. */
const Input = z.object({
  brandId: BrandId,
  programId: ProgramId,
  runId: RunId,
  asOf: InstantField,
  cursor: z.string().nullish(),
  tally: Tally.optional().catch(undefined),
  /** The first statement that could not be written, and why. */
  failure: z.string().optional(),
});

export const handler = job(
  Input,
  async ({ cursor, tally = NONE, failure: earlier, ...order }, { recordedAt, enough }) => {
    const { brandId, programId, runId } = order;
    const program = await store.programs.get(brandId, programId);
    if (!program) throw new RangeError(`there is no program ${programId} of ${brandId}`);
    const single = currenciesOf(program).length === 1;
    const run = single ? undefined : await store.runs.get({ brandId, runId });
    const paidIn = run?.currency ?? program.currency;
    const currencies = [...new Set([program.currency, paidIn])];
    const sum = { ...tally };
    let failure = earlier;
    let place = cursor ?? undefined;
    do {
      const page = await store.enrolments.page(brandId, programId, { cursor: place, limit: PARTNERS_PER_PAGE });
      const ids = page.items.map(({ partnerId }) => partnerId);
      const found = await store.partners.many(brandId, ids);
      const outcomes = await atOnce(AT_ONCE, [...found.values()], async (partner) => {
        const its: Outcome[] = [];
        for (const currency of currencies) {
          its.push(
            await issueTo({ brandId, program, partner, currency, paidIn, runId, recordedAt }).catch(
              (error: Error): Outcome => {
                failure ??= `${partner.partnerId}: ${error.message}`;
                return 'failed';
              },
            ),
          );
        }
        return its;
      });
      for (const outcome of outcomes.flat()) sum[outcome] += 1;
      place = page.cursor;
    } while (place !== undefined && enough());
    // One bad account keeps nobody else's statement back, but the run must not look done.
    if (place === undefined && sum.failed > 0) {
      throw new Error(`${sum.failed} statements of ${runId} could not be written; the first: ${failure}`);
    }
    return { ...order, cursor: place ?? null, tally: sum, ...(failure !== undefined && { failure }) };
  },
);

interface Account {
  readonly brandId: string;
  readonly program: Program;
  readonly partner: Partner;
  readonly currency: string;
  /** The run's currency. */
  readonly paidIn: string;
  readonly runId: string;
  readonly recordedAt: string;
}

/** Issues the run's statement in a currency to a partner unless that was done or nothing moved. */
async function issueTo({ brandId, program, partner, currency, paidIn, runId, recordedAt }: Account): Promise<Outcome> {
  const account = { brandId, programId: program.programId, partnerId: partner.partnerId };
  const key = { ...account, currency };
  for (let attempt = 1; ; attempt += 1) {
    const newest = await store.statements.newest(account, RUNS_BACK);
    const own = newest.find((issued) => issued.cause === runId && issued.currency === currency);
    if (own) {
      await complete(own);
      return 'alreadyIssued';
    }
    const through = (await store.ledger.head(key))?.sequence ?? 0;
    const previous = through === 0 ? undefined : await previousIn(currency, account, newest);
    const after = previous?.lastJournal ?? 0;
    if (through === after) return 'unmoved';
    const journals = await journalsBetween(store.ledger, key, { after, through });
    if (isUnderWay(itemIdOf(runId, partner.partnerId), journals)) return 'waiting';
    const excluded = await store.runs.exclusion({ brandId, runId }, partner.partnerId);
    const concerned = excluded && [paidIn, excluded.exchangeable?.currency].includes(currency);
    // That another run decides is no reason not to be paid.
    const reasons = concerned ? excluded.reasons.filter(({ code }) => code !== 'paid-in-another-currency') : [];
    const { statement, record } = nextStatement({
      brandId,
      program,
      partner,
      number: (newest[0]?.number ?? 0) + 1,
      previous,
      journals,
      cause: runId,
      notPaid: reasons.map(({ words }) => words),
      recordedAt,
    });
    const made = await documentsOf(statement);
    if ((await store.statements.issue({ ...record, documents: fingerprints(made) })) === 'issued') {
      await write(record, made);
      return 'issued';
    }
    if (attempt === ATTEMPTS)
      throw new Error(`statements of ${partner.partnerId} are being issued by others all the time`);
  }
}

/** The newest statement in a currency: among the newest of all, unless the partner had that many in another one since. */
async function previousIn(
  currency: string,
  account: Parameters<typeof store.statements.list>[0],
  newest: readonly StatementRecord[],
): Promise<StatementRecord | undefined> {
  let found = newest.find((issued) => issued.currency === currency);
  let cursor = newest.length < RUNS_BACK ? undefined : String(newest.at(-1)?.number);
  while (!found && cursor !== undefined) {
    const page = await store.statements.list(account, { cursor, limit: 100, newestFirst: true });
    found = page.items.find((issued) => issued.currency === currency);
    cursor = page.cursor;
  }
  return found;
}

/** Whether the item's money is set aside and neither arrived nor came back. */
function isUnderWay(itemId: string, journals: readonly Journal[]): boolean {
  return journals.filter((journal) => itemOf(journal) === itemId).at(-1)?.kind === 'reserve';
}

/** Writes the documents of a statement that a call issued and then died over. The last one written tells that all are there. */
async function complete(record: StatementRecord): Promise<void> {
  if (await documents.exists(statementKey(record, 'json'))) return;
  const range = { after: record.firstJournal - 1, through: record.lastJournal };
  await write(record, await documentsOf(statementOf(record, await journalsBetween(store.ledger, record, range))));
}

async function write(record: Parameters<typeof statementKey>[0], made: Documents): Promise<void> {
  for (const format of FORMATS) await documents.put(statementKey(record, format), made[format], CONTENT_TYPES[format]);
}
