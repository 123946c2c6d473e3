import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { addDays, type Day, dayIn } from '../../lib/calendar.ts';
import { explain } from '../../lib/commission/explain.ts';
import { documentsOf, statementKey, statementOf } from '../../lib/documents/statement-documents.ts';
import { CONTENT_TYPES, type Format } from '../../lib/documents/statement-formats.ts';
import { VisibleError } from '../../lib/errors.ts';
import { preferred } from '../../lib/http/accept.ts';
import { MOST_DAYS, statementsContracts } from '../../lib/http/contracts/statements.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { reply } from '../../lib/http/reply.ts';
import { missing } from '../../lib/http/revision.ts';
import { NO_BALANCES, unpaidCents } from '../../lib/ledger/chain.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import type { StatementRecord } from '../../lib/payouts/statement-record.ts';
import { currenciesOf } from '../../lib/programs/payout-currencies.ts';
import { journalsBetween } from '../../lib/store/chain.ts';
import { days } from '../../lib/store/days.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { pageOf } from '../../lib/store/page.ts';
import { programs } from '../../lib/store/programs.ts';
import { statements } from '../../lib/store/statements.ts';
import { DAY_MS, epochMs } from '../../lib/time.ts';

const client = documentClient();
const table = env('coreTable');
const store = {
  days: days(client, table),
  enrolments: enrolments(client, table),
  programs: programs(client, table),
  statements: statements(client, table),
  ledger: ledger(client, env('ledgerTable')),
};
const documents = files(new S3Client({}), env('documentsBucket'));

/** Lambda answers 6 MB at most, headers and JSON quoting of the body included. */
const MOST_BYTES = 4_500_000;

const getLedger = operation(statementsContracts.getLedger, async ({ params, query, who }) => {
  const { programId, partnerId } = params;
  const program = await programOf(who.brandId, programId, partnerId);
  const known = currenciesOf(program);
  const { currency = program.currency } = query;
  if (!known.includes(currency))
    throw invalid('currency', `must be ${known.join(' or ')}: money of the program lies in no other`);
  const key = { brandId: who.brandId, programId, partnerId, currency };
  const scope = [who.brandId, programId, partnerId, 'ledger', ...(currency === program.currency ? [] : [currency])];
  const after = Number(fromCursor(query.cursor, scope) ?? 0);
  const [head, journals] = await Promise.all([
    store.ledger.head(key),
    store.ledger.journals(key, { after, limit: query.limit }),
  ]);
  const more = journals.length > 0 && journals.at(-1)!.sequence < (head?.sequence ?? 0);
  const page = answerPage(
    pageOf(journals, more, ({ sequence }) => String(sequence)),
    scope,
  );
  const balances = head?.after.balances ?? NO_BALANCES;
  const schedule = Object.entries(head?.after.schedule ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    programId,
    partnerId,
    currency,
    balances,
    unpaidCents: unpaidCents(balances),
    schedule: schedule.map(([day, cents]) => ({ day, cents })),
    ...page,
    items: page.items.map(journalAnswer),
  };
});

const journalAnswer = (journal: Journal) => ({
  ...journal,
  entries: [...journal.entries],
  lines: journal.lines.map((line) => ({
    ...line,
    explanation: explain(line, journal.currency),
    flags: line.flags?.map(({ flag }) => flag),
  })),
  balances: journal.after.balances,
});

const listStatements = operation(statementsContracts.listStatements, async ({ params, query, who }) => {
  const { programId, partnerId } = params;
  await programOf(who.brandId, programId, partnerId);
  const scope = [who.brandId, programId, partnerId, 'statements'];
  const cursor = fromCursor(query.cursor, scope);
  const account = { brandId: who.brandId, programId, partnerId };
  const page = await store.statements.list(account, { limit: query.limit, cursor, newestFirst: true });
  const answer = answerPage(page, scope);
  return {
    ...answer,
    items: answer.items.map(({ firstJournal: first, lastJournal: last, ...record }) => ({
      ...record,
      journals: { first, last },
    })),
  };
});

const MEDIA = {
  'application/json': 'json',
  'text/html': 'html',
  'text/csv': 'csv',
  'application/pdf': 'pdf',
} as const;

const getStatement = operation(statementsContracts.getStatement, async ({ params, query, headers, who }) => {
  const { programId, partnerId, number } = params;
  const record = await store.statements.get({ brandId: who.brandId, programId, partnerId }, number);
  if (!record) throw missing('statement', `${programId}/${partnerId}/${number}`);
  const media = preferred(headers.accept, Object.keys(MEDIA) as (keyof typeof MEDIA)[]);
  const format = query.format ?? (media ? MEDIA[media] : 'json');
  const document = await documentOf(record, format);
  const body = document.toString(format === 'pdf' ? 'base64' : 'utf8');
  if (body.length > MOST_BYTES || document.length > MOST_BYTES) {
    const where = `${statementKey(record, format)} of the documents bucket`;
    throw new VisibleError(
      'refused',
      'statement-too-long',
      `The statement is too long for an answer; it lies under ${where}.`,
    );
  }
  if (format === 'json') return JSON.parse(body);
  const name = `statement-${number}.${format}`;
  const disposition = format === 'csv' ? `attachment; filename="${name}"` : `inline; filename="${name}"`;
  return reply({
    headers: {
      'content-type': CONTENT_TYPES[format],
      'content-disposition': disposition,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      vary: 'accept',
    },
    body,
    isBase64: format === 'pdf',
  });
});

/** The document as it was issued; made again from the journals when its copy is not in the bucket (yet). */
async function documentOf(record: StatementRecord, format: Format): Promise<Buffer> {
  const stored = await documents.bytes(statementKey(record, format));
  if (stored !== undefined) return Buffer.from(stored);
  const range = { after: record.firstJournal - 1, through: record.lastJournal };
  const made = await documentsOf(statementOf(record, await journalsBetween(store.ledger, record, range)));
  return Buffer.from(made[format]);
}

const listDays = operation(statementsContracts.listDays, async ({ params, query, who, at }) => {
  const { programId } = params;
  const program = await store.programs.get(who.brandId, programId);
  if (!program) throw missing('program', programId);
  const to = query.to ?? dayIn(at, program.timeZone);
  const from = query.from ?? addDays(to, -6);
  const wanted = span(from, to);
  const { currency, timeZone } = program;
  const { partnerId, limit } = query;
  if (partnerId !== undefined) {
    return { currency, timeZone, items: await store.days.ofPartner(who.brandId, programId, partnerId, wanted) };
  }
  const scope = [who.brandId, programId, 'days', from, to];
  const cursor = fromCursor(query.cursor, scope);
  const page = await store.days.range(who.brandId, programId, from, to, { limit, cursor });
  return { currency, timeZone, ...answerPage(page, scope) };
});

/** The days from one to another; refuses too many and none. */
function span(from: Day, to: Day): Day[] {
  const length = (epochMs(to) - epochMs(from)) / DAY_MS + 1;
  if (length < 1) throw invalid('to', `must not be before ${from}`);
  if (length > MOST_DAYS) throw invalid('from', `must be at most ${MOST_DAYS - 1} days before ${to}`, 'too-many-days');
  return Array.from({ length }, (_, place) => addDays(from, place));
}

function invalid(field: string, message: string, code = 'invalid-fields') {
  return new VisibleError('invalid', code, `${field}: ${message}`, [{ field, message }]);
}

/** The program of an account; refuses an account that is not there. */
async function programOf(brandId: string, programId: string, partnerId: string) {
  const [program, enrolment] = await Promise.all([
    store.programs.get(brandId, programId),
    store.enrolments.get(brandId, programId, partnerId),
  ]);
  if (!program) throw missing('program', programId);
  if (!enrolment) throw missing('enrolment', `${programId}/${partnerId}`);
  return program;
}

export const handler = serve({ getLedger, listStatements, getStatement, listDays }, { client, table });
