import { env } from '../../lib/aws/env.ts';
import { leanClient } from '../../lib/aws/lean-client.ts';
import { parameters } from '../../lib/aws/parameters.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { formatClickKeys, parseClickKeys, rotateClickKeys } from '../../lib/tracking/click-keys.ts';

/**
 * Gives click ids a new signing key; the first run makes the first one. Earlier keys go on verifying. Click functions that are running sign
 * with the key they have until they are replaced, which is as good.
 *
 * With `{ "onlyIfAbsent": true }` nothing happens when there are keys: for installing, which may be repeated.
 */
const DEADLINE_MS = 5_000;

const name = env('clickKeysParameter');
const store = parameters(leanClient('ssm'));

export interface Rotation {
  readonly outcome: 'created' | 'rotated' | 'kept';
  /** Number of the key that signs from now on. */
  readonly current: number;
  readonly keys: number;
}

export async function handler(event: { readonly onlyIfAbsent?: boolean } | null = {}): Promise<Rotation> {
  const before = await store.read(name, DEADLINE_MS);
  const known = before && parseClickKeys(before.value);
  if (known && event?.onlyIfAbsent) return { outcome: 'kept', current: known.current, keys: known.keys.size };

  const { current, keys } = rotateClickKeys(known, systemEntropy(32));
  const value = formatClickKeys({ current, keys });
  if (!before) {
    if (!(await store.create(name, value, DEADLINE_MS))) return handler({ onlyIfAbsent: true });
    return { outcome: 'created', current, keys: keys.size };
  }
  const version = await store.replace(name, value, DEADLINE_MS);
  if (version !== before.version + 1)
    throw new Error(
      `another rotation ran at the same time and its key is lost: ids signed with it in between will be refused (version ${version})`,
    );
  return { outcome: 'rotated', current, keys: keys.size };
}
