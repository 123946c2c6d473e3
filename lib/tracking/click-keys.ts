import { createSecretKey, type KeyObject } from 'node:crypto';
import type { ClickKeys } from './click-id.ts';

/**
 * The stored form of the signing keys, one JSON text in a SecureString: `{ "current": 2, "keys": { "1": "<32 bytes base64>", "2": … } }`.
 * Clicks are signed with the current key; the others still verify ids that are on their way to an order.
 */
interface StoredKeys {
  readonly current: number;
  readonly keys: Readonly<Record<string, string>>;
}

const KEY_BYTES = 32;
/** A standard parameter holds 4 KB; at a rotation a month this many keys outlive every look-back by far. */
const KEYS_KEPT = 48;
/** The number is one byte of the click id. */
const KEY_NUMBERS = 256;

/** Reads the stored form; throws on anything else, since signing or refusing with half a key set would lose clicks. */
export function parseClickKeys(text: string): ClickKeys {
  const { current, keys } = JSON.parse(text) as Partial<StoredKeys>;
  const read = new Map<number, KeyObject>();
  for (const [number, base64] of Object.entries(keys ?? {})) {
    const bytes = Buffer.from(base64, 'base64');
    if (!isKeyNumber(Number(number)) || bytes.length !== KEY_BYTES)
      throw new Error(`click key ${number} is not ${KEY_BYTES} bytes under a number from 0 to ${KEY_NUMBERS - 1}`);
    read.set(Number(number), createSecretKey(bytes));
  }
  if (current === undefined || !read.has(current)) throw new Error('the current click key is not among the keys');
  return { current, keys: read };
}

export function formatClickKeys({ current, keys }: ClickKeys): string {
  const stored: StoredKeys = {
    current,
    keys: Object.fromEntries([...keys].map(([number, key]) => [number, key.export().toString('base64')])),
  };
  return JSON.stringify(stored);
}

/**
 * The keys with a new current one from 32 random bytes. Numbers go round from 0 to 255; the oldest key goes when there are more than
 * {@link KEYS_KEPT}.
 */
export function rotateClickKeys(before: ClickKeys | undefined, random: Uint8Array): ClickKeys {
  if (random.length !== KEY_BYTES) throw new RangeError(`a click key has ${KEY_BYTES} bytes`);
  const key = createSecretKey(random);
  if (!before) return { current: 1, keys: new Map([[1, key]]) };
  const current = (before.current + 1) % KEY_NUMBERS;
  const age = (number: number) => (current - number + KEY_NUMBERS) % KEY_NUMBERS;
  const kept = [...before.keys]
    .filter(([number]) => number !== current)
    .sort(([a], [b]) => age(a) - age(b))
    .slice(0, KEYS_KEPT - 1);
  return { current, keys: new Map([[current, key], ...kept]) };
}

const isKeyNumber = (number: number) => Number.isInteger(number) && number >= 0 && number < KEY_NUMBERS;
