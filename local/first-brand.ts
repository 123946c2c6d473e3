import type { Laptop } from './boot.ts';
import type { Credentials } from './credentials.ts';
import { readCredentials, writeCredentials } from './credentials.ts';

const BRAND = { name: 'Story Brands', ownerEmail: 'owner@brand.example' };
const FINANCE = { person: 'fatima@brand.example', role: 'finance', name: 'makes payout runs' };
const APPROVER = { person: 'anton@brand.example', role: 'finance', name: 'approves payout runs' };

/** Whose keys `credentials.json` holds. */
export const PEOPLE: Readonly<Record<keyof Credentials['keys'], string>> = {
  owner: BRAND.ownerEmail,
  finance: FINANCE.person,
  approver: APPROVER.person,
};

/** The function made from `functions/<entry>.ts`. */
export function functionOf(laptop: Laptop, entry: string): string {
  const found = laptop.assembly
    .ofType('AWS::Lambda::Function')
    .find(({ properties }) => properties.Description === `functions/${entry}.ts`);
  if (!found) throw new Error(`the stacks have no function made from functions/${entry}.ts`);
  return found.physicalName;
}

/** Calls an ops function the way an operator would from the console; throws when it fails. */
export async function operate<Answer>(laptop: Laptop, entry: string, event: unknown): Promise<Answer> {
  const outcome = await laptop.invoke(functionOf(laptop, entry), event);
  if (!outcome.ok) throw new Error(`${entry}: ${outcome.errorType}: ${outcome.errorMessage}`);
  return outcome.payload as Answer;
}

/** The address of an HTTP API by the name of its stack output: `ApiUrl`, `TrackingUrl`. */
export function urlOf(laptop: Pick<Laptop, 'assembly'>, output: string): string {
  const url = laptop.assembly.outputs[output];
  if (url === undefined) throw new Error(`the stacks have no output ${output}`);
  return url;
}

/** What an owner does once after deploying: the first signing key, the first brand, a key for each person. Kept for the next start. */
export async function firstBrand(laptop: Laptop, dataDir: string): Promise<Credentials> {
  const urls = { apiUrl: urlOf(laptop, 'ApiUrl'), trackingUrl: urlOf(laptop, 'TrackingUrl') };
  const kept = readCredentials(dataDir);
  if (kept) {
    const now = { ...kept, ...urls };
    writeCredentials(dataDir, now);
    return now;
  }
  await operate(laptop, 'ops/rotate-click-keys', { onlyIfAbsent: true });
  const { brandId, secret } = await operate<{ brandId: string; secret: string }>(laptop, 'ops/create-brand', {
    ...BRAND,
    // A start that was killed before it kept the secret has made the brand already.
    anotherOwnerKey: true,
  });
  const createKey = async (body: typeof FINANCE) => {
    const response = await fetch(`${urls.apiUrl}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status !== 201)
      throw new Error(`creating a key answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { secret: string }).secret;
  };
  const credentials = {
    brandId,
    ...urls,
    keys: { owner: secret, finance: await createKey(FINANCE), approver: await createKey(APPROVER) },
  };
  writeCredentials(dataDir, credentials);
  return credentials;
}
