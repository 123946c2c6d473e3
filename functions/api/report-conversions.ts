import { clickKeyRing } from '../../lib/aws/click-keys.ts';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { retrying } from '../../lib/aws/lean-retry.ts';
import { parameters } from '../../lib/aws/parameters.ts';
import { secretOpener } from '../../lib/aws/sealed-secrets.ts';
import { BATCH_BYTES, MOST_CONVERSIONS, takeBatch } from '../../lib/http/conversion-batch.ts';
import { conversionIntake } from '../../lib/http/conversion-intake.ts';
import { conversionView } from '../../lib/http/conversion-view.ts';
import { list, object, readJson } from '../../lib/http/json-fields.ts';
import { leanOperation, serveLean } from '../../lib/http/lean-endpoint.ts';
import { readReport } from '../../lib/http/read-report.ts';
import { missing } from '../../lib/http/revision.ts';
import { signatureCheck } from '../../lib/http/signed-request.ts';
import { logLine } from '../../lib/observability/log-line.ts';
import { REPORT_CONVERSION, REPORT_CONVERSIONS } from '../../lib/routes.ts';
import { leanConversions } from '../../lib/store/lean-conversions.ts';
import { lookUpConstants, type ProgramConstants } from '../../lib/store/program-constants.ts';

/**
 * Reports of conversions, one by one and many at once: what every order of a shop waits for, so it starts without SDK, zod, Middy and
 * Powertools (`docs/decisions/0034-reports-are-read-by-hand.md`). Warm, one conditional write an order.
 */
const DEADLINE_MS = 3_000;
const coreTable = env('coreTable');
const dynamodb = retrying(leanClient('dynamodb'));
const conversions = leanConversions(dynamodb, env('conversionsTable'), DEADLINE_MS);
const clickKeys = clickKeyRing(parameters(leanClient('ssm')), env('clickKeysParameter'));

/** What never changes about a program; an environment reads it once. */
const known = new Map<string, ProgramConstants>();
const MOST_KNOWN = 1_000;

async function programOf(brandId: string, programId: string): Promise<ProgramConstants> {
  const key = `${brandId}#${programId}`;
  const remembered = known.get(key);
  if (remembered) return remembered;
  const program = await lookUpConstants(dynamodb, coreTable, { brandId, programId }, DEADLINE_MS);
  if (!program) throw missing('program', programId);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, program);
  return program;
}

const take = conversionIntake({ programOf, record: conversions.record, clickKeys });

const reportConversion = leanOperation({
  route: REPORT_CONVERSION,
  read: (value) => readReport(value),
  async run(report, who, at) {
    const { outcome, conversion, notes } = await take(report, who, at);
    return { outcome, conversion: conversionView(conversion), notes };
  },
});

const batch = object<{ conversions: unknown[] }>({
  conversions: list((value) => value, { least: 1, most: MOST_CONVERSIONS }),
});

const reportConversions = leanOperation({
  route: REPORT_CONVERSIONS,
  read: (value) => readJson(batch, value, 'body'),
  maxBytes: BATCH_BYTES,
  run: (body, who, at) =>
    takeBatch(
      body.conversions,
      (report) => take(report, who, at),
      (message, error) => logLine('ERROR', message, { brandId: who.brandId, error }),
    ),
});

export const handler = serveLean(
  [reportConversion, reportConversions],
  signatureCheck(dynamodb, coreTable, secretOpener(leanClient('kms'))),
);
