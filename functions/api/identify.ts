import { clickKeyRing } from '../../lib/aws/click-keys.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { parameters } from '../../lib/aws/parameters.ts';
import { VisibleError } from '../../lib/errors.ts';
import { identifyContracts } from '../../lib/http/contracts/identify.ts';
import { plausibleTime } from '../../lib/http/conversion-intake.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { missing } from '../../lib/http/revision.ts';
import { customers as customerStore } from '../../lib/store/customers.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { type ClickIdRefusal, refusalReason } from '../../lib/tracking/click-id.ts';
import { allowsJoins } from '../../lib/tracking/visitor.ts';

const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const customers = customerStore(client, table);
const clickKeys = clickKeyRing(parameters(leanClient('ssm')), env('clickKeysParameter'));
const retentionDays = Number(env('clickRetentionDays'));

/** Programs that are known to be there; an environment asks once. */
const known = new Set<string>();
const MOST_KNOWN = 1_000;

async function hasProgram(brandId: string, programId: string): Promise<boolean> {
  const key = `${brandId}#${programId}`;
  if (known.has(key)) return true;
  if (!(await programs.get(brandId, programId))) return false;
  if (known.size >= MOST_KNOWN) known.clear();
  known.add(key);
  return true;
}

/** Nothing is audited: it is traffic, like clicks and orders, and no change that a person makes. */
const identifyCustomer = operation(identifyContracts.identifyCustomer, async ({ body, who, at }) => {
  const { programId, clickId, customerId, occurredAt = at } = body;
  plausibleTime(body.occurredAt, at);
  if (!(await hasProgram(who.brandId, programId))) throw missing('program', programId);
  const click = await clickKeys.verify(clickId, programId);
  if (typeof click === 'string') throw refusedClickId(click);
  if (!allowsJoins(click.visitor)) return { outcome: 'not-joined' as const, programId, customerId };
  const customer = { brandId: who.brandId, programId, customerId };
  const recorded = await customers.recognise(customer, click.visitor, occurredAt, retentionDays);
  return { outcome: OUTCOMES[recorded], programId, customerId };
});

const OUTCOMES = { recorded: 'joined', 'already-known': 'already-joined' } as const;

function refusedClickId(refusal: ClickIdRefusal): VisibleError {
  const message = {
    malformed: 'must be a click id: 64 characters of letters, digits, - and _',
    'unknown-key': 'is signed with a key that is not known here',
    forged: 'was not made for this program: changed, made up or another program’s',
  }[refusal];
  const detail = `clickId ${message} (${refusalReason(refusal)}); nothing was stored.`;
  return new VisibleError('refused', 'click-id-refused', detail, [{ field: 'clickId', message }]);
}

export const handler = serve({ identifyCustomer }, { client, table });
