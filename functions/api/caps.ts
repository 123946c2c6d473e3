import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import type { Cap } from '../../lib/caps/cap.ts';
import { VisibleError } from '../../lib/errors.ts';
import { capsContracts } from '../../lib/http/contracts/caps.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { capCounters } from '../../lib/store/cap-counters.ts';
import { caps as capStore } from '../../lib/store/caps.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { programs as programStore } from '../../lib/store/programs.ts';

const client = documentClient();
const table = env('coreTable');
const caps = capStore(client, table);
const enrolments = enrolmentStore(client, table);
const programs = programStore(client, table);
const counters = { core: capCounters(client, table), conversions: capCounters(client, env('conversionsTable')) };

/** Settlement reads all of a program's caps at once. */
const MOST_CAPS = 1_000;
const WINDOWS_SHOWN = 60;

const createCap = operation(capsContracts.createCap, async ({ params, body, who, at, mint, entry }) => {
  const { brandId } = who;
  const { programId } = params;
  await existing(brandId, programId);
  const { scope, startsAt = at, endsAt } = body;
  if (scope.kind === 'partner' && !(await enrolments.get(brandId, programId, scope.partnerId))) {
    const field = { field: 'scope.partnerId', message: `must be a partner of ${programId}` };
    throw new VisibleError('refused', 'not-enrolled', `${scope.partnerId} is not in ${programId}.`, [field]);
  }
  // What was settled before counted towards nothing; a cap that reached back would make a rerun differ.
  if (startsAt < at) throw invalid('startsAt', `must not lie before the request, which came at ${at}`);
  if (endsAt !== undefined && endsAt <= startsAt) throw invalid('endsAt', `must lie after the start, ${startsAt}`);
  if ((await caps.all(brandId, programId)).length >= MOST_CAPS)
    throw new VisibleError('refused', 'too-many-caps', `${programId} has ${MOST_CAPS} caps, ended ones included.`);
  const cap: Cap = { ...body, brandId, programId, capId: mint('cap'), startsAt, createdAt: at };
  await caps.create(cap, entry({ target: targetOf(cap), after: body }));
  return { ...cap, revision: 1 };
});

const listCaps = operation(capsContracts.listCaps, async ({ params, who }) => {
  await existing(who.brandId, params.programId);
  return { items: await caps.all(who.brandId, params.programId) };
});

const getCap = operation(capsContracts.getCap, async ({ params, who }) => {
  const cap = await caps.get(who.brandId, params.programId, params.capId);
  if (!cap) throw missing('cap', params.capId);
  const rows = await counters[cap.measure === 'clicks' ? 'core' : 'conversions'].windows(cap, WINDOWS_SHOWN);
  const windows = rows.map(({ sk, used, clicks, turned }) => ({
    window: sk,
    used: clicks ?? used,
    turnedAway: turned === cap.limit,
  }));
  return { ...cap, windows };
});

const updateCap = operation(capsContracts.updateCap, async ({ params, body, who, at, headers, entry }) => {
  const { limit, hard, endsAt } = body;
  if (endsAt != null && endsAt < at) throw invalid('endsAt', `must not lie before the request, which came at ${at}`);
  const named = { ...params, brandId: who.brandId };
  const revision = await caps.update(
    named,
    (cap) => ({
      ...cap,
      limit: limit ?? cap.limit,
      hard: hard ?? cap.hard,
      endsAt: endsAt === undefined ? cap.endsAt : (endsAt ?? undefined),
    }),
    (before, after) => entry({ target: targetOf(params), before, after }),
    expectedRevision(headers),
  );
  return revisedRow(revision, 'cap', params.capId);
});

async function existing(brandId: string, programId: string): Promise<void> {
  if (!(await programs.get(brandId, programId))) throw missing('program', programId);
}

function invalid(field: string, message: string): VisibleError {
  return new VisibleError('invalid', 'invalid-fields', `${field}: ${message}`, [{ field, message }]);
}

const targetOf = ({ programId, capId }: Pick<Cap, 'programId' | 'capId'>) => `${programId}/caps/${capId}`;

export const handler = serve({ createCap, listCaps, getCap, updateCap }, { client, table });
