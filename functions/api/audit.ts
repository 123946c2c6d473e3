import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { auditContracts } from '../../lib/http/contracts/audit.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { auditLog } from '../../lib/store/audit.ts';

const client = documentClient();
const table = env('coreTable');
const log = auditLog(client, table);

const listAudit = operation(auditContracts.listAudit, async ({ query, who }) => {
  const { target, limit, order } = query;
  const scope = [who.brandId, 'audit', target ?? '', order];
  const cursor = fromCursor(query.cursor, scope);
  const page = await log.list(who.brandId, target, { limit, cursor, newestFirst: order === 'newest-first' });
  return answerPage(page, scope);
});

export const handler = serve({ listAudit }, { client, table });
