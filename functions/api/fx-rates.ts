import { SFNClient } from '@aws-sdk/client-sfn';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { executionName } from '../../lib/aws/execution-name.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import { addDays } from '../../lib/calendar.ts';
import { fxRatesContracts } from '../../lib/http/contracts/fx-rates.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { missing } from '../../lib/http/revision.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';

const client = documentClient();
const table = env('coreTable');
const rates = fxRates(client, table);
const workflows = workflowClient(new SFNClient({}), env('workflows'));

/**
 * Stores a day's rates and lets settlement look at that day again: what waited for them is settled, what was settled by an older version
 * is corrected. Sent again, it looks again, so that a start which failed is made good.
 */
const putFxRates = operation(fxRatesContracts.putFxRates, async ({ params, body, who, at, bytes, entry }) => {
  const { day } = params;
  const stored = await rates.put(who.brandId, day, body, (version) =>
    entry({ target: `fx-rates/${day}/${version}`, after: body }),
  );
  // The day has begun or ended somewhere a day earlier or later than in UTC.
  const window = { from: `${addDays(day, -1)}T00:00:00.000Z`, to: `${addDays(day, 2)}T00:00:00.000Z` };
  const input = { mode: 'recompute', ...window, asOf: at, brandId: who.brandId, madeBy: who.person };
  const name = executionName(who.brandId, at, bytes(4));
  await workflows.start('settle-conversions', name, input);
  return { ...stored, settles: name };
});

const getFxRates = operation(fxRatesContracts.getFxRates, async ({ params, who }) => {
  const items = await rates.versions(who.brandId, params.day);
  if (items.length === 0) throw missing('fx-table', params.day);
  return { items };
});

export const handler = serve({ putFxRates, getFxRates }, { client, table });
