import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { derive, mint } from '../../lib/ids.ts';
import { type ApiKey, hashSecret, mintSecret } from '../../lib/programs/api-key.ts';
import { type Brand, NewBrand } from '../../lib/programs/brand.ts';
import { apiKeys } from '../../lib/store/api-keys.ts';
import { type AuditEntry, auditLog } from '../../lib/store/audit.ts';
import { brands as brandStore } from '../../lib/store/brands.ts';
import { writeTogether } from '../../lib/store/transaction.ts';
import { type Instant, instant } from '../../lib/time.ts';

/**
 * Sets up a tenant: the brand and its owner's API key, whose secret is answered once. Started from the console or `npm start`.
 *
 * The brand's id is derived from the input, so the same input never makes a second brand: a rerun answers the first one, without a secret.
 * `{ …, "anotherOwnerKey": true }` then makes a further owner key, for when the first secret was lost.
 */
const client = documentClient();
const table = env('coreTable');
const brands = brandStore(client, table);
const keys = apiKeys(client, table);
const audit = auditLog(client, table);

export interface Created {
  readonly brandId: string;
  readonly created: boolean;
  readonly keyId?: string;
  /** Shown this once. */
  readonly secret?: string;
}

/** Six characters are a thousand million ids; another brand's is seen and the next one taken. */
const MOST_TRIES = 20;

export async function handler(event: unknown): Promise<Created> {
  const parsed = NewBrand.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
    throw new TypeError(`input refused: ${problems.join('; ')}`);
  }
  const wanted = parsed.data;
  const at = instant(wallClockMs());
  const madeFor = JSON.stringify([wanted.name, wanted.ownerEmail.toLowerCase(), wanted.key]);
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const brandId = derive('brand', madeFor, attempt);
    const brand: Brand = { brandId, name: wanted.name, ownerEmail: wanted.ownerEmail, madeFor, createdAt: at };
    const there = await brands.get(brandId);
    if (there && there.madeFor !== madeFor) continue;
    if (there && !wanted.anotherOwnerKey) return { brandId, created: false };
    const owner = ownerKey(brand, at);
    const told = entry(owner.key, there ? 'anotherOwnerKey' : 'createBrand');
    const writes = [keys.createWrite(owner.key), audit.write(told)];
    const outcome = await writeTogether(client, there ? writes : [brands.createWrite(brand), ...writes]);
    if (outcome.written) return { brandId, created: !there, keyId: owner.key.keyId, secret: owner.secret };
    // Somebody took the id in between: look again who.
    return handler(event);
  }
  throw new Error('no free brand id');
}

function ownerKey({ brandId, ownerEmail }: Brand, at: Instant): { readonly key: ApiKey; readonly secret: string } {
  const secret = mintSecret(brandId, systemEntropy(32));
  const key: ApiKey = {
    brandId,
    keyId: mint('apiKey', Date.parse(at), systemEntropy(8)),
    hash: hashSecret(secret),
    name: 'owner',
    person: ownerEmail.toLowerCase(),
    role: 'owner',
    lastFour: secret.slice(-4),
    createdAt: at,
    createdBy: 'ops/create-brand',
  };
  return { key, secret };
}

const entry = ({ brandId, keyId, createdAt, person, role }: ApiKey, action: string): AuditEntry => ({
  auditId: mint('audit', Date.parse(createdAt), systemEntropy(8)),
  brandId,
  at: createdAt,
  person: 'ops',
  keyId: 'ops/create-brand',
  action,
  target: keyId,
  after: { person, role },
});
