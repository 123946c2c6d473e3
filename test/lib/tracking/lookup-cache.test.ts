import { describe, expect, test } from 'vitest';
import { lookupCache } from '../../../lib/tracking/lookup-cache.ts';

const options = { freshMs: 60_000, jitterMs: 10_000, maxEntries: 3 };
/** A cache with a table behind it that counts its reads and can be taken away. */
function given(table: Record<string, string> = {}) {
  const cache = lookupCache<string>(options);
  const reads: string[] = [];
  const state = { down: false, jitter: 0 };
  const get = (key: string, nowMs: number) =>
    cache.get(
      key,
      nowMs,
      async () => {
        reads.push(key);
        if (state.down) throw new Error('down');
        return table[key];
      },
      () => state.jitter,
    );
  return { get, reads, state, table };
}

describe('a lookup', () => {
  test('is read once while it is fresh', async () => {
    const { get, reads } = given({ a: '1' });
    expect([await get('a', 0), await get('a', 1), await get('a', 59_999)]).toEqual(['1', '1', '1']);
    expect(reads).toEqual(['a']);
  });

  test('shows a change once it is no longer fresh', async () => {
    const { get, table } = given({ a: '1' });
    await get('a', 0);
    table.a = '2';
    expect(await get('a', 59_999)).toBe('1');
    expect(await get('a', 60_000)).toBe('2');
  });

  test('is fresh longer by its share of the jitter', async () => {
    const { get, state, reads } = given({ a: '1' });
    state.jitter = 0.5;
    await get('a', 0);
    await get('a', 64_999);
    expect(reads).toHaveLength(1);
    await get('a', 65_000);
    expect(reads).toHaveLength(2);
  });

  test('of what is not there is remembered too, until it is', async () => {
    const { get, reads, table } = given();
    await get('a', 0);
    await get('a', 1);
    expect(reads).toHaveLength(1);
    table.a = '1';
    expect(await get('a', 60_000)).toBe('1');
  });
});

describe('bounds', () => {
  test('the entry read longest ago goes', async () => {
    const { get, reads } = given({ a: '1', b: '1', c: '1', d: '1' });
    for (const key of ['a', 'b', 'c', 'd', 'b', 'c', 'd', 'a']) await get(key, 0);
    expect(reads).toEqual(['a', 'b', 'c', 'd', 'a']);
  });

  test('codes that do not exist push out nothing that does', async () => {
    const { get, reads } = given({ a: '1' });
    await get('a', 0);
    for (let i = 0; i < 50; i += 1) await get(`guess ${i}`, 0);
    expect(await get('a', 1)).toBe('1');
    expect(reads.filter((key) => key === 'a')).toHaveLength(1);
  });
});

describe('when reading fails', () => {
  test('what was known serves on, and the next reading waits some seconds', async () => {
    const { get, state, reads } = given({ a: '1' });
    await get('a', 0);
    state.down = true;
    expect(await get('a', 70_000)).toBe('1');
    expect(await get('a', 74_999)).toBe('1');
    expect(reads).toHaveLength(2);
    await get('a', 75_000);
    expect(reads).toHaveLength(3);
  });

  test('what was not known fails, and so does what was known to be missing', async () => {
    const { get, state } = given();
    await get('b', 0);
    state.down = true;
    await expect(get('a', 0)).rejects.toThrow('down');
    await expect(get('b', 70_000)).rejects.toThrow('down');
  });
});
