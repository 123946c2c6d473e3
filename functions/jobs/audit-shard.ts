import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { derive } from '../../lib/ids.ts';
import { AuditShard, type AuditTally, NOTHING_AUDITED, tallied } from '../../lib/ledger/audit-order.ts';
import { LAWS, type Violation } from '../../lib/ledger/laws.ts';
import { incident } from '../../lib/observability/incident.ts';
import { adjustments } from '../../lib/store/adjustments.ts';
import { auditLog } from '../../lib/store/audit.ts';
import { type Audited, auditAccount } from '../../lib/store/chain-audit.ts';
import { auditConversion } from '../../lib/store/conversion-audit.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { auditPayee, auditStoredSubmission, auditYear } from '../../lib/store/returns-audit.ts';
import { auditStoredRun } from '../../lib/store/run-audit.ts';
import { statements } from '../../lib/store/statements.ts';
import { taxReturns } from '../../lib/store/tax-returns.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';

/**
 * Audits one part of a program, or of a brand's tax year, against the laws of the ledger. It changes nothing: what breaks a law is written into a report, counted,
 * and rings the alarm; a person decides what follows.
 */
const client = documentClient();
const core = env('coreTable');
const stores = {
  ledger: ledger(client, env('ledgerTable')),
  conversions: conversions(client, env('conversionsTable')),
  statements: statements(client, core),
  adjustments: adjustments(client, core),
  runs: payoutRuns(client, core),
  enrolments: enrolments(client, core),
  programs: programs(client, core),
  returns: taxReturns(client, core),
  taxpayers: taxpayers(client, core),
  partners: partners(client, core),
  auditLog: auditLog(client, core),
  documents: files(new S3Client({}), env('documentsBucket')),
};

const CONVERSIONS_PER_PAGE = 100;
/** Remote calls at once. */
const WIDTH = 16;

export const handler = job(AuditShard, async (shard, { enough }) => {
  let tally = shard.tally ?? NOTHING_AUDITED;
  let cursor = shard.cursor ?? undefined;
  do {
    const { found, next } = await auditPart(shard, cursor);
    const report = found.violations.length > 0 ? await keep(shard, cursor, found.violations) : tally.report;
    tally = { ...tallied(tally, found.counts, found.violations), ...(report !== undefined && { report }) };
    cursor = next;
  } while (cursor !== undefined && enough());
  // The run must not look clean because its last page was: a shard that found something fails, and the run with it.
  if (cursor === undefined && tally.violations > 0) throw new LawsBroken(tally);
  return { ...shard, cursor: cursor ?? null, tally };
});

/** What an audit that found something ends with; the state machine does not try it again. */
export class LawsBroken extends Error {
  override readonly name = 'LawsBroken';
  readonly tally: AuditTally;

  constructor(tally: AuditTally) {
    const [first] = tally.examples;
    super(`${tally.violations} laws broken, all in ${tally.report}; the first: ${first?.where}: ${first?.found}`);
    this.tally = tally;
  }
}

/** Audits what stands at a place of the shard, and says where it goes on. */
function auditPart(
  shard: AuditShard,
  cursor: string | undefined,
): Promise<{ found: Audited; next: string | undefined }> {
  switch (shard.kind) {
    case 'chains':
      return inTurn(shard.partnerIds, cursor, (partnerId) => auditAccount(stores, { ...shard, partnerId }));
    case 'runs':
      return inTurn(shard.runIds, cursor, async (runId) => {
        const run = await stores.runs.get({ brandId: shard.brandId, runId });
        return { counts: { runs: 1 }, violations: run ? await auditStoredRun(stores, run) : [] };
      });
    case 'days':
      return auditDay(shard, cursor);
    case 'payees':
      return inTurn(shard.partnerIds, cursor, (partnerId) => auditPayee(stores, shard, partnerId));
    case 'submissions': {
      const numbers = Array.from({ length: shard.last - shard.first + 1 }, (_, place) => String(shard.first + place));
      return inTurn(numbers, cursor, (number) => auditStoredSubmission(stores, shard, Number(number)));
    }
    case 'sums':
      return auditYear(stores, shard).then((found) => ({ found, next: undefined }));
  }
}

/** One name of a list, the first unless the cursor names another; goes on with the one after it. */
async function inTurn(names: readonly string[], cursor: string | undefined, audit: (name: string) => Promise<Audited>) {
  const place = cursor === undefined ? 0 : names.indexOf(cursor);
  const name = names[place];
  const found: Audited = name === undefined ? { counts: {}, violations: [] } : await audit(name);
  return { found, next: names[place + 1] };
}

/** A page of a day's conversions. */
async function auditDay(shard: Extract<AuditShard, { kind: 'days' }>, cursor: string | undefined) {
  const page = await stores.conversions.stretchKeys(shard, { limit: CONVERSIONS_PER_PAGE, cursor });
  const loaded = await stores.conversions.load(page.items);
  const violations = await atOnce(WIDTH, loaded, (conversion) => auditConversion(stores.ledger, conversion));
  const found: Audited = { counts: { conversions: loaded.length }, violations: violations.flat() };
  return { found, next: page.cursor };
}

/** What no other shard of the same audit has. */
function placeOf(shard: AuditShard): readonly (string | number)[] {
  switch (shard.kind) {
    case 'chains':
      return [shard.programId, shard.partnerIds[0] ?? ''];
    case 'runs':
      return [shard.programId, shard.runIds[0] ?? ''];
    case 'days':
      return [shard.programId, shard.firstDay];
    case 'payees':
      return [shard.year, shard.partnerIds[0] ?? ''];
    case 'submissions':
      return [shard.year, shard.first];
    case 'sums':
      return [shard.year];
  }
}

/** Writes what broke a law, a line each with the law's sentence, and tells the alarm. The same part again replaces its file. */
async function keep(shard: AuditShard, cursor: string | undefined, violations: readonly Violation[]): Promise<string> {
  const { brandId, asOf, kind } = shard;
  const programId = 'programId' in shard ? shard.programId : undefined;
  const folder = `reports/audit-ledger/${brandId}/${asOf}`;
  const place = derive('event', ...placeOf(shard), kind, cursor ?? '').slice(4);
  const lines = violations.map((one) => `${JSON.stringify({ ...one, says: LAWS[one.law], programId })}\n`).join('');
  await stores.documents.put(`${folder}/${place}.jsonl`, lines, 'application/x-ndjson');
  const [{ law, where, found }] = violations as [Violation];
  const facts = { brandId, programId, violations: violations.length, report: folder };
  incident('LedgerLawsBroken', wallClockMs(), LAWS[law], new Error(`${where}: ${found}`), facts);
  return folder;
}
