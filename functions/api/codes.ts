import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { VisibleError } from '../../lib/errors.ts';
import { codesContracts } from '../../lib/http/contracts/codes.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { codes as codeStore, type StoredCode } from '../../lib/store/codes.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import type { Instant } from '../../lib/time.ts';
import { type Code, changeCode, codeStatus } from '../../lib/tracking/code.ts';

const client = documentClient();
const table = env('coreTable');
const codes = codeStore(client, table);
const enrolments = enrolmentStore(client, table);
const programs = programStore(client, table);

const createCode = operation(codesContracts.createCode, async ({ body, who, at, entry }) => {
  const { brandId } = who;
  const { programId, partnerId, code, startsAt = at, endsAt } = body;
  if (!(await programs.get(brandId, programId))) throw missing('program', programId);
  await enrolled(brandId, programId, partnerId);
  if (endsAt !== undefined && endsAt <= startsAt) {
    const field = { field: 'endsAt', message: `must lie after the start, ${startsAt}` };
    throw new VisibleError('invalid', 'invalid-fields', `endsAt: ${field.message}`, [field]);
  }
  const period = { partnerId, from: startsAt, ...(endsAt !== undefined && { until: endsAt }) };
  const fresh: Code = { brandId, programId, code, partnerId, periods: [period], createdAt: at };
  const created = await codes.create(
    fresh,
    entry({ target: targetOf(fresh), after: { partnerId, periods: [period] } }),
  );
  if (created === 'code-taken') {
    const holder = await codes.get(brandId, programId, code);
    const words = `${programId} has the code ${holder?.code ?? code} already, of ${holder?.partnerId ?? 'a partner'}.`;
    const field = { field: 'code', message: 'is registered; change that one instead' };
    throw new VisibleError('conflict', 'code-taken', words, [field]);
  }
  return shown({ ...fresh, revision: 1 }, at);
});

const listCodes = operation(codesContracts.listCodes, async ({ query, who, at }) => {
  const { programId, partnerId, limit } = query;
  const scope = [who.brandId, 'codes', partnerId ?? '', programId ?? ''];
  const request = { limit, cursor: fromCursor(query.cursor, scope) };
  if (partnerId === undefined && programId === undefined) {
    const field = { field: 'programId', message: 'must be given, or partnerId' };
    throw new VisibleError('invalid', 'invalid-fields', 'Say whose codes: programId, partnerId or both.', [field]);
  }
  const page =
    partnerId === undefined
      ? await codes.ofProgram(who.brandId, programId!, request)
      : await codes.ofPartner(who.brandId, partnerId, { programId, ...request });
  return answerPage({ ...page, items: page.items.map((code) => shown(code, at)) }, scope);
});

const getCode = operation(codesContracts.getCode, async ({ params, who, at }) => {
  const found = await codes.get(who.brandId, params.programId, params.code);
  if (!found) throw missing('code', params.code);
  return shown(found, at);
});

const updateCode = operation(codesContracts.updateCode, async ({ params, body, who, at, headers, entry }) => {
  const { brandId } = who;
  const { programId } = params;
  const code = await codes.get(brandId, programId, params.code);
  if (!code) throw missing('code', params.code);
  if (body.partnerId !== undefined && body.partnerId !== code.partnerId)
    await enrolled(brandId, programId, body.partnerId);
  const revision = await codes.update(
    code,
    (row) => {
      const changed = changeCode(row, body, at);
      if (!('message' in changed)) return changed;
      throw new VisibleError('refused', 'code-not-changed', `${changed.field} ${changed.message}.`, [changed]);
    },
    (before, after) => entry({ target: targetOf(code), before, after }),
    expectedRevision(headers),
  );
  return shown(revisedRow(revision, 'code', params.code), at);
});

async function enrolled(brandId: string, programId: string, partnerId: string): Promise<void> {
  const enrolment = await enrolments.get(brandId, programId, partnerId);
  if (enrolment && enrolment.status !== 'ended') return;
  const field = { field: 'partnerId', message: `must be a partner of ${programId}` };
  const words = `${partnerId} is not in ${programId}; enrol the partner first.`;
  throw new VisibleError('refused', 'not-enrolled', words, [field]);
}

const targetOf = ({ programId, code }: Pick<Code, 'programId' | 'code'>) => `${programId}/codes/${code}`;

const shown = (code: StoredCode, at: Instant) => ({
  ...code,
  periods: [...code.periods],
  status: codeStatus(code, at),
});

export const handler = serve({ createCode, listCodes, getCode, updateCode }, { client, table });
