import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { secretSealer } from '../../lib/aws/sealed-secrets.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { VisibleError } from '../../lib/errors.ts';
import { keysContracts } from '../../lib/http/contracts/keys.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { missing, revisedRow } from '../../lib/http/revision.ts';
import { type ApiKey, hashSecret, isAccepted, mintSecret, outlives } from '../../lib/programs/api-key.ts';
import { mintSigningSecret } from '../../lib/programs/signature.ts';
import { apiKeys } from '../../lib/store/api-keys.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { programs as programStore } from '../../lib/store/programs.ts';

const client = documentClient();
const table = env('coreTable');
const keys = apiKeys(client, table);
const programs = programStore(client, table);
const partners = partnerStore(client, table);
const secrets = secretSealer(leanClient('kms'), env('vaultKey'));

/** More than any brand needs, and few enough to read whole. */
const MOST_KEYS = 200;

const createApiKey = operation(keysContracts.createApiKey, async ({ body, who, at, mint, entry }) => {
  const { expiresAt: expiresOn, signing, ...wanted } = body;
  if (expiresOn !== undefined && expiresOn <= at) {
    const field = { field: 'expiresAt', message: 'must be in the future' };
    throw new VisibleError('invalid', 'expires-in-the-past', 'A key that has expired already is of no use.', [field]);
  }
  const accepted = (await keys.list(who.brandId)).filter((key) => isAccepted(key, at));
  if (accepted.length >= MOST_KEYS) {
    throw new VisibleError(
      'refused',
      'too-many-keys',
      `The brand has ${MOST_KEYS} keys; revoke those that nobody uses.`,
    );
  }
  if (wanted.programId !== undefined && !(await programs.get(who.brandId, wanted.programId)))
    throw missing('program', wanted.programId);
  if (wanted.partnerId !== undefined && !(await partners.get(who.brandId, wanted.partnerId)))
    throw missing('partner', wanted.partnerId);
  const secret = mintSecret(who.brandId, systemEntropy(32));
  const keyId = mint('apiKey');
  const signingSecret = signing && mintSigningSecret(systemEntropy(32));
  const key: ApiKey = {
    ...wanted,
    brandId: who.brandId,
    keyId,
    signingSecret: signingSecret && (await secrets.seal(who.brandId, keyId, signingSecret)),
    hash: hashSecret(secret),
    lastFour: secret.slice(-4),
    createdAt: at,
    createdBy: who.person,
    expiresOn,
  };
  const { name, person, role, programId, partnerId } = key;
  const created = await keys.create(
    key,
    entry({ target: keyId, after: { name, person, role, programId, partnerId, signing, expiresOn } }),
  );
  if (!created)
    throw new VisibleError(
      'conflict',
      'already-carried-out',
      'The same request made a key before; its secret was shown then.',
    );
  return { apiKey: shown(key), secret, signingSecret };
});

const listApiKeys = operation(keysContracts.listApiKeys, async ({ who }) => ({
  items: (await keys.list(who.brandId)).map(shown),
}));

const revokeApiKey = operation(keysContracts.revokeApiKey, async ({ params, query, who, at, entry }) => {
  const { keyId } = params;
  const from = query.from !== undefined && query.from > at ? query.from : at;
  const all = await keys.list(who.brandId);
  const key = all.find((one) => one.keyId === keyId);
  if (!key) throw missing('key', keyId);
  const owners = all.filter((one) => one.role === 'owner' && one.keyId !== keyId && outlives(one, from));
  if (key.role === 'owner' && owners.length === 0) {
    throw new VisibleError(
      'refused',
      'last-owner-key',
      'No other owner key would be left; make one for the new owner first.',
    );
  }
  const revision = await keys.revoke(who.brandId, keyId, from, (before, after) =>
    entry({ target: keyId, before, after }),
  );
  return shown(revisedRow(revision, 'key', keyId));
});

const shown = ({ expiresOn, signingSecret, ...key }: ApiKey) => ({
  ...key,
  signing: signingSecret === undefined ? undefined : ('required' as const),
  expiresAt: expiresOn,
});

export const handler = serve({ createApiKey, listApiKeys, revokeApiKey }, { client, table });
